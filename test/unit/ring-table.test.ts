/** The ring in the arena: claimed by one pool at a time, changed under its lock, whole again after a death amid a change. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { changeOwners, claimRing, loadsOf, ownersOf, releaseRing, ringEpoch } from '../../src/dispatch/owners.ts';
import { assignSegments, NOBODY } from '../../src/dispatch/ring.ts';
import { OptionError } from '../../src/index.ts';
import { attachArena, createArena, type Arena } from '../../src/memory/arena.ts';

const SEGMENTS = 64;

function tableOf(arena: Arena): number[] {
  return [...ownersOf(arena)];
}

function newArena(): Arena {
  return createArena(4 * 2 ** 20, SEGMENTS, '{"name":"","codec":"msgpack"}', 5000);
}

/** Runs a claim in a thread that dies at the `step`th access to shared words of the claim. Returns whether it did. */
async function dieClaiming(arena: Arena, step: number): Promise<boolean> {
  const worker = new Worker(new URL('../fixtures/ring-claimer.js', import.meta.url), {
    workerData: { handle: arena.handle, step },
    execArgv: ['--conditions=sharena-proof'],
  });
  const [code] = (await once(worker, 'exit')) as [number];
  assert.ok(code === 0 || code === 7, `the claimer exited with ${code}`);
  return code === 7;
}

test('an arena without a pool has no owners', () => {
  const arena = newArena();
  assert.deepEqual(new Set(tableOf(arena)), new Set([NOBODY]));
  arena.detach();
});

test('the table is what assignSegments gives, in every thread, and each change counts an epoch', () => {
  const arena = newArena();
  const other = attachArena(arena.handle, 5000);
  claimRing(arena, [1, 1, 1]);
  const first = assignSegments(SEGMENTS, [1, 1, 1], null);
  assert.deepEqual(tableOf(other), [...first]);
  const epoch = ringEpoch(other);
  changeOwners([arena], [1, 0, 1, 1]);
  assert.deepEqual(tableOf(other), [...assignSegments(SEGMENTS, [1, 0, 1, 1], first)]);
  assert.equal(ringEpoch(other), epoch + 1);
  const loads = loadsOf(ownersOf(other));
  assert.equal(loads[1], 0);
  assert.deepEqual(
    [loads[0], loads[2], loads[3]].sort((a, b) => a - b),
    [21, 21, 22],
  );
  releaseRing(arena);
  assert.deepEqual(new Set(tableOf(other)), new Set([NOBODY]));
  other.detach();
  arena.detach();
});

test('a ring is claimed by one pool at a time, and a refused claim changes nothing', () => {
  const arena = newArena();
  claimRing(arena, [1, 1]);
  const before = tableOf(arena);
  assert.throws(() => claimRing(arena, [1, 1, 1]), OptionError);
  assert.deepEqual(tableOf(arena), before);
  releaseRing(arena);
  claimRing(arena, [1]);
  assert.deepEqual(new Set(tableOf(arena)), new Set([0]));
  arena.detach();
});

test('whoever dies at whatever step of a claim leaves a ring that the next pool claims whole', async () => {
  let deaths = 0;
  for (let step = 1; ; step += step < 8 ? 1 : 37) {
    const arena = newArena();
    const hasDied = await dieClaiming(arena, step);
    claimRing(arena, [1, 1, 1, 1]);
    assert.deepEqual(loadsOf(ownersOf(arena)).slice(0, 5), [16, 16, 16, 16, 0], `after a death at step ${step}`);
    releaseRing(arena);
    arena.detach();
    if (!hasDied) break;
    deaths += 1;
  }
  assert.ok(deaths > 10, `${deaths} deaths`);
});
