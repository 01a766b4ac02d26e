/**
 * The calls of src/memory/atomics.ts as statements: what each comes to on a machine, and which call in src it stands for.
 * What they come to is read off atomics.ts by a test; so is that the calls are still there, in this order.
 */
import { block, endOfBlock, type Expression, type ReadModifyWrite, type Statement } from './instructions.ts';
import type { MachineName } from './machines.ts';

/** Functions of the seam that programs use. `plain` is a store that is spelled out, in the handlers of a full stack. */
export type SeamCall =
  | 'peek'
  | 'peekBytes'
  | 'peekRun'
  | 'poke'
  | 'moveRun'
  | 'zeroRun'
  | 'openingLoad'
  | 'closingLoad'
  | 'closingLoadNext'
  | 'releaseStore'
  | 'reuseFence'
  | 'load'
  | 'store'
  | 'compareExchange'
  | 'exchange'
  | 'wait'
  | 'notify'
  | 'plain';

/** Calls of one run through a function of src, in the order of the program. */
export interface Mirrored {
  readonly file: string;
  readonly name: string;
  readonly calls: (readonly [call: SeamCall, word: string])[];
}

/** Ways to take the seam apart. */
export type SeamFault =
  | 'closing loads without the store before them'
  | 'closing loads are plain'
  | 'release stores are plain'
  | 'opening loads are plain';

export class Seam {
  readonly machine: MachineName;
  readonly mirrored: Mirrored[] = [];
  readonly #fault: string;

  constructor(machine: MachineName, fault: string) {
    this.machine = machine;
    this.#fault = fault;
  }

  /** Whether the machine keeps the order of loads and of stores: `TSO` in atomics.ts. */
  get isOrdered(): boolean {
    return this.machine !== 'arm64';
  }

  hasFault(fault: SeamFault): boolean {
    return this.#fault === fault;
  }

  /**
   * The calls that a function of src makes.
   *
   * @param file below src
   * @param ownWord the word that only this thread writes: `privateWord` in atomics.ts
   */
  of(file: string, name: string, ownWord = -1): SourceFunction {
    const calls: Mirrored['calls'] = [];
    this.mirrored.push({ file, name, calls });
    return new SourceFunction(this, calls, ownWord);
  }
}

/** `word` is the second argument of the call, as it is written there. */
export class SourceFunction {
  readonly #seam: Seam;
  readonly #calls: Mirrored['calls'];
  readonly #ownWord: number;

  constructor(seam: Seam, calls: Mirrored['calls'], ownWord: number) {
    this.#seam = seam;
    this.#calls = calls;
    this.#ownWord = ownWord;
  }

  /** Several words of one native copy are one call. */
  #copy(call: SeamCall, word: string): void {
    const last = this.#calls.at(-1);
    if (last?.[0] !== call || last[1] !== word) this.#calls.push([call, word]);
  }

  peek(word: string, into: string, at: Expression): Statement {
    this.#calls.push(['peek', word]);
    return { op: 'load', into, at, acquire: false };
  }

  /** One of the words that a native copy loads: no compiler exchanges it with what stands before or after the call. */
  peekBytes(word: string, into: string, at: Expression): Statement {
    this.#copy('peekBytes', word);
    return block(endOfBlock, { op: 'load', into, at, acquire: false }, endOfBlock);
  }

  /** The same. */
  peekRun(word: string, into: string, at: Expression): Statement {
    this.#copy('peekRun', word);
    return block(endOfBlock, { op: 'load', into, at, acquire: false }, endOfBlock);
  }

  poke(word: string, at: Expression, value: Expression): Statement {
    this.#calls.push(['poke', word]);
    return plainStore(at, value);
  }

  /** One of the words that a native copy stores. */
  moveRun(word: string, at: Expression, value: Expression): Statement {
    this.#copy('moveRun', word);
    return plainStore(at, value);
  }

  zeroRun(word: string, at: Expression): Statement {
    this.#copy('zeroRun', word);
    return plainStore(at, 0);
  }

  plain(word: string, at: Expression, value: Expression): Statement {
    this.#calls.push(['plain', word]);
    return plainStore(at, value);
  }

  openingLoad(word: string, into: string, at: Expression): Statement {
    this.#calls.push(['openingLoad', word]);
    return { op: 'load', into, at, acquire: !this.#seam.isOrdered && !this.#seam.hasFault('opening loads are plain') };
  }

  closingLoad(word: string, into: string, at: Expression): Statement {
    this.#calls.push(['closingLoad', word]);
    const load = this.#closing(into, at);
    const isAlone = this.#seam.isOrdered || this.#seam.hasFault('closing loads without the store before them');
    return isAlone ? load : block({ op: 'store', at: this.#ownWord, value: 0, release: true, locked: true }, load);
  }

  closingLoadNext(word: string, into: string, at: Expression): Statement {
    this.#calls.push(['closingLoadNext', word]);
    return this.#closing(into, at);
  }

  #closing(into: string, at: Expression): Statement {
    return { op: 'load', into, at, acquire: !this.#seam.isOrdered && !this.#seam.hasFault('closing loads are plain') };
  }

  releaseStore(word: string, at: Expression, value: Expression): Statement {
    this.#calls.push(['releaseStore', word]);
    const release = !this.#seam.isOrdered && !this.#seam.hasFault('release stores are plain');
    return { op: 'store', at, value, release, locked: false };
  }

  reuseFence(word: string, at: Expression): Statement {
    this.#calls.push(['reuseFence', word]);
    return this.#seam.isOrdered ? block() : { op: 'load', into: 'fence', at, acquire: true };
  }

  load(word: string, into: string, at: Expression): Statement {
    this.#calls.push(['load', word]);
    return { op: 'load', into, at, acquire: true };
  }

  store(word: string, at: Expression, value: Expression): Statement {
    this.#calls.push(['store', word]);
    return { op: 'store', at, value, release: true, locked: true };
  }

  /** `into` gets what was there before. */
  compareExchange(word: string, into: string, at: Expression, expected: Expression, value: Expression): Statement {
    this.#calls.push(['compareExchange', word]);
    const update: ReadModifyWrite['update'] = (old, registers) => {
      const wanted = typeof expected === 'number' ? expected : expected(registers);
      const next = typeof value === 'number' ? value : value(registers);
      return old === wanted ? next : undefined;
    };
    return { op: 'rmw', into, at, update };
  }

  exchange(word: string, into: string, at: Expression, value: number): Statement {
    this.#calls.push(['exchange', word]);
    return { op: 'rmw', into, at, update: () => value };
  }

  wait(word: string, at: Expression, expected: Expression): Statement {
    this.#calls.push(['wait', word]);
    return { op: 'wait', at, expected };
  }

  /** A wait for some time. `meaning` says what has happened when it is over. */
  slice(word: string, meaning: Statement): Statement {
    this.#calls.push(['wait', word]);
    return meaning;
  }

  notify(word: string, at: Expression): Statement {
    this.#calls.push(['notify', word]);
    return { op: 'notify', at };
  }
}

function plainStore(at: Expression, value: Expression): Statement {
  return { op: 'store', at, value, release: false, locked: false };
}
