/** One case: a specimen is copied, changed somewhere, and used. */
import { strict as assert } from 'node:assert';
import { SharenaError, Store } from '../../../src/index.ts';
import { Random } from '../../fixtures/random.ts';
import { glimpse, isSame } from '../../model/values.ts';
import type { Role } from './anatomy.ts';
import { Attempts, iterate, readAll, write } from './exercise.ts';
import { copyOf, type Flip, flipSome, shownFlips } from './flips.ts';
import { makeSpecimen, NOW_MS, type Specimen, type SpecimenEntry } from './specimen.ts';

/**
 * What became of the flips: attach refused them, verify found them, or neither, and all entries read as before or not;
 * or nobody asked verify.
 */
export type Fate = 'refused' | 'found' | 'harmless' | 'changed' | 'unasked';

/** A specimen serves this many cases. */
const CASES_PER_SPECIMEN = 50;
const LOCK_TIMEOUT_MS = 20;

/** Of these no change goes unnoticed: attach refuses it or verify finds it. */
const COVERED: readonly Role[] = [
  ...[
    'magic0',
    'magic1',
    'layoutVersion',
    'endianMark',
    'bufferIndex',
    'bufferCount',
    'segmentCount',
    'memoryPages',
  ].map((field) => `header.${field}`),
  ...['hashKey0', 'hashKey1', 'metaBytes', 'freePages'].map((field) => `header.${field}`),
  ...['table', 'live', 'used', 'freeWords', 'heapPages', 'extents', 'largeRuns', 'bumpWord', 'bumpEnd'].map(
    (field) => `segment.${field}`,
  ),
  ...['ttlCount', 'intent', 'largePages', 'binMap', 'bins'].map((field) => `segment.${field}`),
  ...['page-table.use', 'page-table.link'],
  ...['slot.tag', 'slot.ref', 'slot.empty-tag', 'slot.vacant-ref'],
  ...['record.key', 'free.size', 'free.next'],
  ...['lease.ref', 'lease.next', 'segment.leases', 'segment.detachedWords'],
];

/**
 * What verify does not look at, or only at part of, and reads depend on: a change there may change what its own entry reads
 * as, and nothing else. Of `seq` it sees only that it is a number of a record; of `meta` and `size` neither the kind of the
 * value, nor its length as long as the words of the record, or the pages of a large one, stay as many.
 *
 * What is in neither list is statistics, hints, locks, names, places of threads and holders of leases, or in no use.
 */
const UNCOVERED: readonly Role[] = ['record.meta', 'record.size', 'record.expiry', 'record.value'];

export class DamageRun {
  readonly #seed: number;
  #specimen: Specimen | undefined;
  #group: number = -1;
  readonly fates: Map<string, number> = new Map();
  readonly outcomes: Map<string, number> = new Map();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Runs case `number`. `onStage` is told how far it came. Throws an AssertionError that says how to run it again. */
  run(number: number, onStage: (stage: string) => void): void {
    const random = new Random(Math.imul(this.#seed + 1, 0x9e3779b1) + number);
    const clock = { nowMs: NOW_MS };
    const realNow = Date.now;
    Date.now = () => clock.nowMs;
    let flips: Flip[] = [];
    try {
      onStage('making the specimen');
      const specimen = this.#specimenOf(number);
      const handle = copyOf(specimen.handle);
      flips = flipSome(handle, specimen.anatomy, random);
      onStage(shownFlips(flips));
      const fate = damage(specimen, handle, flips, random, clock, this.outcomes, onStage);
      const role = flips.length === 1 ? (flips[0]?.role ?? '') : 'several';
      this.fates.set(`${role} ${fate}`, (this.fates.get(`${role} ${fate}`) ?? 0) + 1);
    } catch (error) {
      const where = `SHARENA_SEED=${this.#seed} SHARENA_CASE=${number}, changed: ${shownFlips(flips)}`;
      throw new assert.AssertionError({ message: `${where}: ${(error as Error).stack ?? String(error)}` });
    } finally {
      Date.now = realNow;
    }
  }

  #specimenOf(number: number): Specimen {
    const group = Math.floor(number / CASES_PER_SPECIMEN);
    if (this.#specimen === undefined || this.#group !== group) {
      this.#specimen = makeSpecimen(new Random(Math.imul(this.#seed + 7, 0x85ebca6b) + group));
      this.#group = group;
    }
    return this.#specimen;
  }
}

function damage(
  specimen: Specimen,
  handle: Specimen['handle'],
  flips: readonly Flip[],
  random: Random,
  clock: { nowMs: number },
  outcomes: Map<string, number>,
  onStage: (stage: string) => void,
): Fate {
  let store: Store;
  try {
    store = Store.attach(handle, { lockTimeout: LOCK_TIMEOUT_MS, memo: random.chance(0.3) });
  } catch (error) {
    if (!(error instanceof SharenaError)) throw error;
    return 'refused';
  }
  const attempts = new Attempts();
  try {
    const fate = random.chance(0.8) ? inspect(store, specimen, flips, attempts) : 'unasked';
    onStage(`${shownFlips(flips)}, reading`);
    const keys = specimen.entries.map(({ key }) => key);
    const stages = [
      () => readAll(store, keys, attempts),
      () => iterate(store, attempts),
      () => write(store, random, attempts, 150),
      () => void attempts.make(() => store.verify()),
      () => {
        clock.nowMs += 5_000;
        write(store, random, attempts, 150);
      },
      () => void attempts.make(() => store.clear()),
      () => write(store, random, attempts, 20),
    ];
    for (const [index, stage] of stages.entries()) {
      if (index !== 0 && index < 4 && random.chance(0.3)) continue;
      onStage(`${shownFlips(flips)}, stage ${index}`);
      stage();
      attempts.rest();
    }
    for (const [outcome, count] of attempts.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
    return fate;
  } finally {
    closeAnyhow(store);
  }
}

/** To close is to give leases back, for which their segments must be in order. */
function closeAnyhow(store: Store): void {
  try {
    store.close();
  } catch (error) {
    if (!(error instanceof SharenaError)) throw error;
  }
}

/** Where verify finds nothing, all entries are there, and all but those that were hit where it does not look are right. */
function inspect(store: Store, specimen: Specimen, flips: readonly Flip[], attempts: Attempts): Fate {
  const report = attempts.make(() => store.verify());
  if (report instanceof SharenaError || !report.ok) return 'found';
  let changed = false;
  for (const entry of specimen.entries) {
    const found = attempts.make(() => store.get(entry.key));
    if (!(found instanceof SharenaError) && isSame(found, entry.value)) continue;
    changed = true;
    assert.ok(
      isHit(specimen, flips, entry),
      `verify found nothing, but ${glimpse(entry.key)} reads as ${glimpse(found)} instead of ${glimpse(entry.value)}`,
    );
  }
  const [only, ...others] = flips;
  assert.ok(only !== undefined);
  assert.ok(others.length > 0 || !COVERED.includes(only.role), 'verify found nothing');
  return changed ? 'changed' : 'harmless';
}

function isHit({ anatomy }: Specimen, flips: readonly Flip[], entry: SpecimenEntry): boolean {
  return flips.some(
    ({ buffer, word, role }) =>
      buffer === entry.buffer && anatomy.recordOf(buffer, word) === entry.record && UNCOVERED.includes(role),
  );
}
