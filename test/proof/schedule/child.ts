import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Report {
  readonly isGood: boolean;
  readonly text: string;
  /** The last line: how much was looked at. */
  readonly summary: string;
}

/** Runs main.ts in a process of its own, in which the seam is the scheduled one. */
export function exploreInChild(...args: readonly string[]): Promise<Report> {
  return runProof(new URL('./main.js', import.meta.url), args);
}

/** The same for mail. */
export function exploreMailInChild(...args: readonly string[]): Promise<Report> {
  return runProof(new URL('../mail/main.js', import.meta.url), args);
}

async function runProof(url: URL, args: readonly string[]): Promise<Report> {
  const main = fileURLToPath(url);
  const child = spawn(process.execPath, ['-C', 'sharena-proof', main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { isGood: code === 0, text, summary: text.trimEnd().split('\n').at(-1) ?? '' };
}

/** The part of a report that tells of failures. */
export function failuresIn({ text }: Report): string {
  return text.slice(Math.max(0, text.indexOf('FAILED')), 20_000);
}

/** The arguments of the command that a report prints for repeating its first failure. */
export function repetitionIn({ text }: Report): string[] {
  const command = /main\.js (--scenario .*)$/m.exec(text)?.[1];
  if (command === undefined) throw new Error(`the report names no command:\n${text}`);
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
}
