/** The state of a rate limit as the 24 bytes of a value. */
import { VALUE_RATE } from '../../native-layout/record.ts';
import { valueScratch } from '../memory/scratch.ts';
import type { RateState } from '../policy/rate.ts';

/** Reads the state that a read left in valueScratch. */
export function takeRateState(): RateState {
  const { floats } = valueScratch;
  return { a: floats[0], b: floats[1], c: floats[2] };
}

/** Leaves the state in valueScratch for a write. */
export function putRateState(state: RateState): void {
  const { floats } = valueScratch;
  [floats[0], floats[1], floats[2]] = [state.a, state.b, state.c];
  valueScratch.kind = VALUE_RATE;
  valueScratch.byteLength = 24;
  valueScratch.large = null;
}
