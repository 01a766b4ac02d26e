/** Rings of mail: records come out as they went in, whatever their lengths, and whoever takes an end over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAIL_WORDS_MAX, RING_JUMP, RING_SOFT_WORDS, RING_WORDS } from '../../native-layout/mailbox.ts';
import {
  dropRecord,
  hasRecord,
  nextRecord,
  pushRecord,
  RingEnd,
  type RingPlace,
} from '../../src/dispatch/mail-ring.ts';
import { DamagedArenaError } from '../../src/errors.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';

const START = 16;

function placeOf(ringWords: number, softWords: number): RingPlace {
  const words = new Int32Array(new SharedArrayBuffer((START + ringWords) * 4));
  return { words, headWord: 0, tailWord: 1, startWord: START, ringWords, softWords };
}

function recordOf(count: number, mark: number): Int32Array {
  const record = new Int32Array(count).fill(mark);
  record[0] = count;
  return record;
}

/** The next record, taken out; null when there is none. */
function take(ring: RingEnd): Int32Array | null {
  const at = nextRecord(ring);
  if (at < 0) return null;
  const record = ring.words.slice(at, at + ring.words[at]);
  dropRecord(ring);
  return record;
}

test('records come out whole and in order, whatever their lengths and however full the ring is', () => {
  const random = new Random(announcedSeed('mail ring'));
  for (let round = 0; round < 200; round++) {
    const ringWords = 8 + random.below(60);
    const place = placeOf(ringWords, 1 + random.below(ringWords));
    let writer = new RingEnd(place);
    let reader = new RingEnd(place);
    const inRing: Int32Array[] = [];
    for (let step = 0; step < 300; step++) {
      // Threads die now and then, and others go on.
      if (random.below(20) === 0) writer = new RingEnd(place);
      if (random.below(20) === 0) reader = new RingEnd(place);
      if (random.below(2) === 0) {
        const record = recordOf(2 + random.below((ringWords >> 1) - 2), step);
        if (pushRecord(writer, record, record.length)) inRing.push(record);
        else assert.ok(inRing.length > 0, `no room for ${record.length} of ${ringWords} words in an empty ring`);
      } else {
        assert.equal(hasRecord(reader), inRing.length > 0);
        assert.deepEqual(take(reader), inRing.shift() ?? null);
      }
    }
  }
});

test('the longest record finds room in an empty ring, wherever its head is', () => {
  for (let head = 0; head < 63; head++) {
    const place = placeOf(64, 40);
    place.words[0] = head;
    place.words[1] = head;
    const record = recordOf((64 >> 1) - 1, 7);
    assert.ok(pushRecord(new RingEnd(place), record, record.length), `head ${head}`);
    assert.deepEqual(take(new RingEnd(place)), record);
  }
  assert.ok(MAIL_WORDS_MAX < RING_WORDS >> 1);
});

test('a ring whose reader keeps up uses its first part only', () => {
  const place = placeOf(RING_WORDS, RING_SOFT_WORDS);
  const writer = new RingEnd(place);
  const reader = new RingEnd(place);
  let last = 0;
  for (let step = 0; step < 20_000; step++) {
    assert.ok(pushRecord(writer, recordOf(10, step), 10));
    last = Math.max(last, writer.tail);
    if (step >= 100) assert.equal(take(reader)?.[1], step - 100);
  }
  assert.ok(last <= RING_SOFT_WORDS + 10, `up to word ${last}`);
});

test('a ring whose reader does not keep up is used whole, and refuses what does not fit', () => {
  const place = placeOf(1000, 10);
  const writer = new RingEnd(place);
  let pushed = 0;
  while (pushRecord(writer, recordOf(10, pushed), 10)) pushed += 1;
  assert.equal(pushed, 99);
  const reader = new RingEnd(place);
  for (let step = 0; step < pushed; step++) assert.equal(take(reader)?.[1], step);
  assert.equal(take(reader), null);
});

test('what a dead writer has not published is not there, and is written over', () => {
  const place = placeOf(64, 64);
  const dying = new RingEnd(place);
  pushRecord(dying, recordOf(5, 1), 5);
  place.words.set(recordOf(9, 2), START + 5);
  const reader = new RingEnd(place);
  assert.equal(take(reader)?.length, 5);
  assert.equal(take(reader), null);
  pushRecord(new RingEnd(place), recordOf(3, 3), 3);
  assert.deepEqual(take(reader), recordOf(3, 3));
});

test('a record that leaves its ring is damage', () => {
  for (const size of [-1, 1, 64, 1 << 30]) {
    const place = placeOf(64, 64);
    pushRecord(new RingEnd(place), recordOf(5, 1), 5);
    place.words[START] = size;
    assert.throws(() => nextRecord(new RingEnd(place)), DamagedArenaError);
  }
  const place = placeOf(64, 64);
  pushRecord(new RingEnd(place), recordOf(5, 1), 5);
  place.words[START] = RING_JUMP;
  assert.throws(() => nextRecord(new RingEnd(place)), DamagedArenaError);
});
