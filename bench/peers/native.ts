/** A small table in C++, compiled on the spot and run in a process of its own: what the hardware allows. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subject, Timed } from '../harness/subject.ts';

/** From dist/bench/peers, where this file runs, to the source that is not compiled with it. */
const SOURCE: string = join(import.meta.dirname, '..', '..', '..', 'bench', 'peers', 'native-table.cpp');
const FLAGS: readonly string[] = ['-std=c++17', '-O2', '-march=native', '-Wall', '-Wextra', '-Werror'];
/** The name under which it is told. */
export const NATIVE = 'C++ table';
const ANSWER_BYTES_MAX = 64;

export interface NativeTable {
  readonly get: Subject;
  readonly set: Subject;
  close(): Promise<void>;
}

const compiler: string | undefined = [process.env['CXX'], 'c++', 'g++', 'clang++'].find(
  (name) => name !== undefined && name !== '' && spawnSync(name, ['--version']).status === 0,
);

/** A directory whose files live as long as this process. */
const directory: string = mkdtempSync(join(tmpdir(), 'sharena-bench-native-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
let opened = 0;

function compile(): string {
  const program = join(directory, 'native-table');
  if (opened === 0) execFileSync(compiler as string, [...FLAGS, SOURCE, '-o', program]);
  return program;
}

/**
 * The table with `entryCount` entries, keys and values as the other peers have them.
 *
 * @param stream indexes of entries, its length a power of two
 * @param valueBytes 16 for string values; any other length for values of so many bytes that all are the index's lowest
 * @returns undefined where there is no C++ compiler, and on systems without named pipes
 */
export function openNative(stream: Int32Array, entryCount: number, valueBytes: number): NativeTable | undefined {
  if (compiler === undefined || process.platform === 'win32') return undefined;
  const program = compile();
  opened += 1;
  const path = (name: string): string => join(directory, `${opened}-${name}`);
  const [streamFile, requests, answers] = [path('stream'), path('requests'), path('answers')];
  writeFileSync(streamFile, new Uint8Array(stream.buffer, stream.byteOffset, stream.byteLength));
  execFileSync('mkfifo', [requests, answers]);
  // The shell opens the pipes, so that each side waits for the other without an event loop.
  const command = 'exec "$0" "$1" "$2" "$3" < "$4" > "$5"';
  const child = spawn(
    'sh',
    ['-c', command, program, streamFile, String(entryCount), String(valueBytes), requests, answers],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const [requestFile, answerFile] = [openSync(requests, 'w'), openSync(answers, 'r')];
  const subject = (verb: 'get' | 'set'): Subject => {
    const time = (from: number, to: number): Timed => ask(requestFile, answerFile, `${verb} ${from} ${to}`);
    return { name: NATIVE, run: (from, to) => time(from, to).sum, time };
  };
  return { get: subject('get'), set: subject('set'), close: () => close(child, requestFile, answerFile) };
}

/** Sends a line and waits for the answer: this thread sleeps meanwhile, as it would have nothing else to do. */
function ask(requestFile: number, answerFile: number, line: string): Timed {
  writeSync(requestFile, `${line}\n`);
  const buffer = Buffer.alloc(ANSWER_BYTES_MAX);
  let length = 0;
  do {
    const got = readSync(answerFile, buffer, length, buffer.length - length, null);
    if (got === 0) throw new Error(`the C++ table ended instead of answering ${line}`);
    length += got;
  } while (buffer[length - 1] !== 0x0a);
  const [sum = Number.NaN, nanoseconds = Number.NaN] = buffer.toString('latin1', 0, length).split(' ').map(Number);
  return { sum: sum | 0, tookMs: nanoseconds / 1e6 };
}

async function close(child: ChildProcess, requestFile: number, answerFile: number): Promise<void> {
  const exited = child.exitCode === null ? once(child, 'exit') : undefined;
  closeSync(requestFile);
  closeSync(answerFile);
  await exited;
}
