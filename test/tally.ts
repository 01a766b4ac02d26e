import { fileURLToPath } from 'node:url';

/** What the tally reads of a `test:pass` or `test:fail` event. */
export interface TestOutcome {
  readonly name: string;
  readonly file?: string | undefined;
  readonly skip?: string | boolean | undefined;
  readonly todo?: string | boolean | undefined;
  readonly details: { readonly type?: string | undefined; readonly error?: Error };
}

/** Counts the outcomes of tests, leaving out the events that stand for a suite or for a whole file. */
export class Tally {
  passed: number = 0;
  failed: number = 0;
  skipped: number = 0;
  todo: number = 0;
  readonly #testsOfFile: Map<string, number>;

  constructor(files: readonly string[]) {
    this.#testsOfFile = new Map(files.map((file) => [file, 0]));
  }

  pass(test: TestOutcome): void {
    if (test.details.type === 'suite' || this.#isFile(test)) return;
    this.#countTest(test);
    if (isMarked(test.skip)) this.skipped += 1;
    else if (isMarked(test.todo)) this.todo += 1;
    else this.passed += 1;
  }

  fail(test: TestOutcome): void {
    // The tests in a suite have been counted one by one; a suite fails by itself when one of its hooks does.
    if (test.details.type === 'suite' && failureType(test.details.error) === 'subtestsFailed') return;
    // A file fails by itself when its process crashes, hangs, or exits with a code of its own.
    if (!this.#isFile(test)) this.#countTest(test);
    if (isMarked(test.todo)) this.todo += 1;
    else this.failed += 1;
  }

  filesWithoutTests(): string[] {
    return [...this.#testsOfFile].filter(([, count]) => count === 0).map(([file]) => file);
  }

  /** True when nothing failed and something passed, and no file was empty. */
  isGood(): boolean {
    return this.failed === 0 && this.passed > 0 && this.filesWithoutTests().length === 0;
  }

  describe(): string {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped, ${this.todo} todo`;
  }

  #isFile(test: TestOutcome): boolean {
    return this.#testsOfFile.has(test.name);
  }

  #countTest(test: TestOutcome): void {
    if (test.file === undefined) return;
    // The first Node.js 20 name the files of tests by URL.
    const file = test.file.startsWith('file:') ? fileURLToPath(test.file) : test.file;
    this.#testsOfFile.set(file, (this.#testsOfFile.get(file) ?? 0) + 1);
  }
}

function failureType(error: Error | undefined): unknown {
  return error !== undefined && 'failureType' in error ? error.failureType : undefined;
}

function isMarked(mark: string | boolean | undefined): boolean {
  return mark !== undefined && mark !== false;
}
