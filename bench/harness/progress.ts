/** Says on stderr what a long run is doing, in one line that is rewritten where stderr is a terminal. */
export class Progress {
  readonly #startMs: number = performance.now();
  readonly #title: string;

  constructor(title: string) {
    this.#title = title;
  }

  step(text: string): void {
    const seconds = ((performance.now() - this.#startMs) / 1000).toFixed(0).padStart(3);
    const line = `${seconds} s  ${this.#title}: ${text}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line.slice(0, process.stderr.columns - 1)}`);
    else process.stderr.write(`${line}\n`);
  }

  /** Wipes the line, so that a report can follow. */
  done(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}
