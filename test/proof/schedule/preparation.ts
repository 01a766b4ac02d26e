import { arenaHeader } from '../../../native-layout/arena.ts';
import type { Codec, Key } from '../../../src/index.ts';
import { countThreads } from '../../../src/memory/threads.ts';
import { arenaOf, Store, type StoreHandle } from '../../../src/store.ts';
import { structs as structCodec } from '../linearizability/struct-token.ts';
import type { Token } from '../linearizability/values.ts';
import type { Beginning } from './judge.ts';
import type { Scenario } from './plan.ts';

const HASH_KEY = [0x5eed5eed, 0x0ddba115] as const;
const MEMORY_BYTES = 256 * 1024;

/** Describes a store that was prepared for a scenario, before anybody acts. */
export function beginningOf(scenario: Scenario, store: Store): Beginning {
  const entries = new Map(store.entries());
  const { words, threadsWord } = arenaOf(store);
  return {
    entries,
    endsInMs: new Map([...entries.keys()].map((key) => [key, store.getRemainingTTL(key)])),
    keys: keysIn(scenario, entries),
    tokens: tokensIn(scenario, entries),
    attached: countThreads(words, threadsWord),
    nowMs: scenario.laterMs ?? 0,
    stats: store.stats(),
  };
}

/** The hash key of an arena is random; a run can be repeated only with one that is not. */
export function storeWithKnownHashes({
  segments = 1,
  memory = MEMORY_BYTES,
  structs = false,
  memo = false,
}: Pick<Scenario, 'segments' | 'memory' | 'structs' | 'memo'>): Store {
  const value = structs ? { value: structCodec as Codec<unknown> } : {};
  const first = Store.create({ memory, segments, lockTimeout: 200, memo, ...value });
  const { words } = arenaOf(first);
  [words[arenaHeader.word.hashKey0], words[arenaHeader.word.hashKey1]] = HASH_KEY;
  const handle: StoreHandle = first.handle;
  first.close();
  // This thread looks between the runs, for which the bytes are put back: nothing that it remembers would be true.
  return Store.attach(handle, { lockTimeout: 200, memo: false });
}

/** The keys that operations name, and some of those that an operation is about that names none. */
function keysIn(scenario: Scenario, initial: ReadonlyMap<Key, unknown>): Key[] {
  const ops = scenario.actors.flat();
  const named = ops.flatMap((op) => ('key' in op ? [op.key] : []));
  const all = ops.some(({ call }) => call === 'clear' || call === 'keys');
  return [...new Set([...named, ...(all ? [...initial.keys()].slice(0, 3) : [])])];
}

function tokensIn(scenario: Scenario, initial: ReadonlyMap<Key, unknown>): Token[] {
  const written = scenario.actors.flat().flatMap((op) => ('token' in op ? [op.token] : []));
  const before = [...initial.values()].flatMap((value) =>
    typeof value === 'string' ? [value.slice(0, value.indexOf(' ')) as Token] : [],
  );
  return [...new Set([...before, ...written])];
}
