/** Hits on rate limits, whose state is a value of 24 bytes. */
import { VALUE_RATE } from '../../native-layout/record.ts';
import { valueScratch } from '../memory/scratch.ts';
import { expiryAfter } from '../policy/expiry.ts';
import { RateMeter } from '../policy/rate.ts';
import type { Stepper } from '../segment/step.ts';

export class RateStepper implements Stepper {
  readonly kind: number = VALUE_RATE;
  readonly meter: RateMeter = new RateMeter();

  step(isPresent: boolean, nowMs: number): number {
    const { meter } = this;
    const { floats } = valueScratch;
    if (isPresent) {
      meter.a = floats[0];
      meter.b = floats[1];
      meter.c = floats[2];
    }
    meter.step(isPresent, nowMs);
    floats[0] = meter.a;
    floats[1] = meter.b;
    floats[2] = meter.c;
    valueScratch.kind = VALUE_RATE;
    valueScratch.byteLength = 24;
    valueScratch.large = null;
    return expiryAfter(nowMs, meter.keepMs);
  }
}

/** One for all stores of the thread: a hit is over before the next one begins. */
export const rateStepper: RateStepper = new RateStepper();
