/** One thread of a crew, see crew.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { Store } from '../../src/index.ts';
import { openMap } from '../peers/map.ts';
import { Barrier } from './barrier.ts';
import { coreTimeMs } from './core-time.ts';
import type { CrewMessage, CrewSetup, CrewTable, Round, ThreadResult } from './crew.ts';
import { stringValue } from './fresh-keys.ts';
import type { Table } from './loops.ts';
import { loopsOfItsOwn, type Subject } from './subject.ts';
import { warmProcess } from './warm.ts';
import { mixedIndexes } from './zipf.ts';

/** Between two looks at the clock: some 50 microseconds of work. */
const OPS_A_LOOK = 256;
const WARM_ROUNDS = 600;
const VALUES = 1024;

const setup = workerData as CrewSetup;
const barrier = new Barrier(setup.barrier);

warmProcess(WARM_ROUNDS);
const streams = new Map(
  setup.readFractions.map((fraction, at): [number, Int32Array] => {
    const seed = 1 + setup.index * setup.readFractions.length + at;
    return [fraction, mixedIndexes(setup.entryCount, setup.streamLength, seed, fraction)];
  }),
);
const values = Array.from({ length: VALUES }, (_, index) => stringValue(index + setup.index * VALUES));
const subjects = new Map<string, Subject>();
for (const fraction of setup.readFractions) {
  await addSubject('sharena', fraction, Store.attach<string>(setup.handle));
}
if (setup.withMaps) {
  const { table } = openMap({ entryCount: setup.entryCount, values: 'strings', valueOf: stringValue });
  for (const fraction of setup.readFractions) await addSubject('map', fraction, table);
}

async function addSubject(table: CrewTable, fraction: number, target: Table<string, string>): Promise<void> {
  const { mixedStrings } = await loopsOfItsOwn();
  const stream = streams.get(fraction) as Int32Array;
  const name = `${table} ${fraction}`;
  subjects.set(name, { name, run: (from, to) => mixedStrings(target, stream, from, to, values) });
}

function runRound(round: Round): ThreadResult {
  const subject = subjects.get(`${round.table} ${round.readFraction}`);
  if (subject === undefined) throw new RangeError(`no stream was prepared for ${JSON.stringify(round)}`);
  barrier.pass();
  const coreStartMs = coreTimeMs();
  const startNs = process.hrtime.bigint();
  const deadlineMs = performance.now() + round.wallMs;
  let ops = 0;
  let sum = 0;
  do {
    sum += subject.run(ops, ops + OPS_A_LOOK);
    ops += OPS_A_LOOK;
  } while (performance.now() < deadlineMs);
  const endNs = process.hrtime.bigint();
  const coreMs = coreTimeMs() - coreStartMs;
  if (Number.isNaN(sum)) throw new Error(`${subject.name} gave an answer that is no number`);
  return { ops, startNs, endNs, coreMs };
}

const send = (message: CrewMessage): void => parentPort?.postMessage(message);
parentPort?.on('message', (round: Round) => send({ result: runRound(round) }));
send({ ready: true });
