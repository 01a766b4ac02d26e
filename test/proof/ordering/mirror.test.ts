/** The programs are about the code as it is: each call in them is in src, in the same order, and none there is left out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtomicsFile } from '../../house/rooms.ts';
import { sourcesBelow } from '../../house/source-tree.ts';
import { argumentsNamedIn, functionsOf } from '../../layout/named-arguments.ts';
import { callsIn, firstMissing, isOrdering, type Call } from './mirror.ts';
import { NO_FAULT, stage } from './protocol.ts';
import { PROTOCOLS } from './protocols.ts';

const sources = sourcesBelow('src');

function textOf(file: string, name: string): string {
  const text = sources.get(`src/${file}`);
  assert.ok(text !== undefined, `there is no src/${file}`);
  const found = functionsOf(text).get(name);
  assert.ok(found !== undefined, `src/${file} has no function ${name}`);
  return found;
}

function show(call: Call | undefined): string {
  return call === undefined ? '' : `${call[0]}(.., ${call[1]})`;
}

const mirrored = PROTOCOLS.map((protocol) => ({ protocol, runs: stage(protocol, 'arm64', NO_FAULT).mirrored }));

for (const { protocol, runs } of mirrored) {
  test(`[${protocol.argument}] ${protocol.scene}: the calls are those of src`, () => {
    assert.ok(runs.length > 0);
    for (const { file, name, calls } of runs) {
      const missing = firstMissing(calls, callsIn(textOf(file, name)));
      assert.equal(missing, undefined, `${name} in src/${file} does not call ${show(missing)}, or not in this place`);
    }
  });

  test(`[${protocol.argument}] ${protocol.scene}: the argument is named by a function that the program mirrors`, () => {
    const texts = runs.map(({ file, name }) => textOf(file, name));
    assert.ok(texts.some((text) => argumentsNamedIn(text).includes(protocol.argument)));
  });
}

/** Calls that no program has to have, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {};

const REGISTRY = 'all its accesses are Atomics, which are in one order for all threads: the schedules try those';
const FIGURE = 'what it gives may be out of date at once';
const BEFORE = 'no other thread knows of the arena before a message has brought it there';

/** Functions that no program mirrors, and why. */
const LIKE_ANOTHER: Readonly<Record<string, string>> = {
  'dispatch/mail-bell.ts markGone': 'as lieDown',
  'dispatch/mail-calls.ts lastStarted': FIGURE,
  'dispatch/mail-link.ts begunIn': FIGURE,
  'dispatch/mail-link.ts checkLink': BEFORE,
  'dispatch/mail-link.ts waitingIn': FIGURE,
  'dispatch/mail-ring.ts hasRoom': 'as hasRecord',
  'dispatch/owners.ts deriveOwners': REGISTRY,
  'dispatch/owners.ts ownerOf': REGISTRY,
  'dispatch/owners.ts ringEpoch': REGISTRY,
  'dispatch/turns.ts change': REGISTRY,
  'dispatch/turns.ts hasWorked': REGISTRY,
  'dispatch/turns.ts isAborted': REGISTRY,
  'dispatch/turns.ts markSent': REGISTRY,
  'dispatch/turns.ts noteWork': REGISTRY,
  'dispatch/turns.ts wasBegun': REGISTRY,
  'dispatch/upkeep-counts.ts upkeepIn': FIGURE,
  'memory/arena.ts checkSegments': BEFORE,
  'memory/arena.ts checkedView': BEFORE,
  'memory/arena.ts createArena': BEFORE,
  'memory/lock.ts tryAcquire': 'it is the first line of acquire',
  'memory/lock.ts tryTakeOver': 'as acquireSlow once it has slept',
  'memory/threads.ts clearDead': REGISTRY,
  'memory/threads.ts clearEntry': REGISTRY,
  'memory/threads.ts countThreads': REGISTRY,
  'memory/threads.ts describe': REGISTRY,
  'memory/threads.ts isSameMemory': REGISTRY,
  'memory/threads.ts markExited': REGISTRY,
  'memory/threads.ts register': REGISTRY,
  'memory/threads.ts tokenIsDead': REGISTRY,
  'memory/threads.ts tokenOf': REGISTRY,
  'memory/threads.ts unregister': REGISTRY,
};

test('no call that orders something is left out of all programs', () => {
  const all = mirrored.flatMap(({ runs }) => runs);
  const places = new Set(all.map(({ file, name }) => `${file} ${name}`));
  const left: string[] = [];
  for (const place of places) {
    const [file = '', name = ''] = place.split(' ');
    const calls = all.filter((run) => run.file === file && run.name === name).flatMap((run) => run.calls);
    for (const call of callsIn(textOf(file, name)).filter(isOrdering)) {
      if (calls.some((other) => other[0] === call[0] && other[1] === call[1])) continue;
      const where = `${name}: ${show(call)}`;
      if (!(where in LEFT_OUT)) left.push(where);
    }
  }
  assert.deepEqual(left, []);
});

test('each function that orders something is mirrored, or is like one that is', () => {
  const known = new Set(mirrored.flatMap(({ runs }) => runs.map(({ file, name }) => `${file} ${name}`)));
  const left: string[] = [];
  for (const [path, text] of sources) {
    if (isAtomicsFile(path)) continue;
    for (const [name, body] of functionsOf(text)) {
      const place = `${path.slice('src/'.length)} ${name}`;
      if (!known.has(place) && callsIn(body).some(isOrdering)) left.push(place);
    }
  }
  assert.deepEqual(left.sort(), Object.keys(LIKE_ANOTHER).sort());
});

test('calls are found with their second argument, in order', () => {
  const text =
    'function f() {\n  // peek(words, a)\n  if (peek(words, head + A[1]) === load(table.words, g(x, y))) words[b + 1] = 0;\n}\n';
  assert.deepEqual(callsIn(text), [
    ['peek', 'head + A[1]'],
    ['load', 'g(x, y)'],
    ['plain', 'b + 1'],
  ]);
});

test('a call out of order is missed', () => {
  const source: Call[] = [
    ['peek', 'a'],
    ['store', 'b'],
  ];
  assert.equal(firstMissing([['store', 'b']], source), undefined);
  assert.deepEqual(
    firstMissing(
      [
        ['store', 'b'],
        ['peek', 'a'],
      ],
      source,
    ),
    ['peek', 'a'],
  );
});

/** What each function of atomics.ts has to be made of, for `seam.ts` to be right: on x64, and elsewhere. */
const SPELLINGS: Readonly<Record<string, readonly [x64: RegExp, elsewhere: RegExp]>> = {
  peek: [/return words\[word\];/, /return words\[word\];/],
  poke: [/ words\[word\] = value;/, / words\[word\] = value;/],
  openingLoad: [/TSO \? words\[word\]/, /: Atomics\.load\(words, word\);/],
  closingLoad: [
    /if \(TSO\) return words\[word\];/,
    /Atomics\.store\(privateWord, 0, 0\);\s+return Atomics\.load\(words, word\);/,
  ],
  closingLoadNext: [/TSO \? words\[word\]/, /: Atomics\.load\(words, word\);/],
  releaseStore: [/if \(TSO\) words\[word\] = value;/, /else Atomics\.store\(words, word, value\);/],
  reuseFence: [/if \(!TSO\) /, /Atomics\.load\(words, word\);/],
  load: [/Atomics\.load\(words, word\)/, /Atomics\.load\(words, word\)/],
  store: [/Atomics\.store\(words, word, value\)/, /Atomics\.store\(words, word, value\)/],
  compareExchange: [/Atomics\.compareExchange\(/, /Atomics\.compareExchange\(/],
  exchange: [/Atomics\.exchange\(/, /Atomics\.exchange\(/],
};

test('the calls come to what atomics.ts makes of them', () => {
  const functions = functionsOf(sources.get('src/memory/atomics.ts') ?? '');
  for (const [name, spellings] of Object.entries(SPELLINGS)) {
    for (const spelling of spellings) assert.match(functions.get(name) ?? '', spelling, name);
  }
});
