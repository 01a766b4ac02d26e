/** A fault that is put into the sources of the engine, and the test that has to notice. */
export interface Mutant {
  readonly name: string;
  /** A source file, from the root of the repository. */
  readonly file: string;
  /** Text that the file has exactly once, and what takes its place. */
  readonly from: string;
  readonly to: string;
  readonly why: string;
  readonly caughtBy: TestChoice;
}

/** Some tests of a file. */
export interface TestChoice {
  /** Below test, without `.ts`. */
  readonly file: string;
  /** A part of their names; all tests of the file when it is left out. */
  readonly test?: string;
}

type Group =
  | 'pairs'
  | 'situations'
  | 'chosen'
  | 'readers'
  | 'tables'
  | 'expiry'
  | 'fields'
  | 'memories'
  | 'deaths'
  | 'failures'
  | 'witnesses'
  | 'finders'
  | 'bereaved'
  | 'leases'
  | 'leaseDeaths'
  | 'leaseFailures'
  | 'leaseWitnesses'
  | 'upkeep'
  | 'upkeepDeaths';

/** Groups of deterministic schedules: see ../schedule/README.md. */
export const SCHEDULES: Readonly<Record<Group, TestChoice>> = {
  pairs: { file: 'proof/schedule.test', test: 'two operations interleave anywhere' },
  situations: { file: 'proof/schedule.test', test: 'growing, tidying, sweeping and gathering' },
  chosen: { file: 'proof/schedule.test', test: 'three threads interleave' },
  readers: { file: 'proof/schedule.test', test: 'a read that many writes pass by' },
  tables: { file: 'proof/schedule.test', test: 'a table that leaves its page' },
  expiry: { file: 'proof/schedule.test', test: 'an entry that ends is gone' },
  fields: { file: 'proof/schedule.test', test: 'a struct of which fields are written in place' },
  memories: { file: 'proof/schedule.test', test: 'a value that is remembered' },
  deaths: { file: 'proof/schedule.test', test: 'leaves its operation whole or undone, and nothing else harmed' },
  failures: { file: 'proof/schedule.test', test: 'a thread that fails at any step' },
  witnesses: { file: 'proof/schedule.test', test: 'harms nobody in the midst' },
  finders: { file: 'proof/schedule.test', test: 'of several who find a dead thread' },
  bereaved: { file: 'proof/schedule.test', test: 'a repair is invisible to readers' },
  leases: { file: 'proof/schedule-leases.test', test: 'leased bytes stay as they are' },
  leaseDeaths: { file: 'proof/schedule-leases.test', test: 'a thread that dies while it leases' },
  leaseFailures: { file: 'proof/schedule-leases.test', test: 'a thread that fails while it leases' },
  leaseWitnesses: { file: 'proof/schedule-leases.test', test: 'a lease stays while others die' },
  upkeep: { file: 'proof/schedule-upkeep.test', test: 'upkeep is invisible' },
  upkeepDeaths: { file: 'proof/schedule-upkeep.test', test: 'an owner that dies at any step' },
};
