/** The plan of the house: who imports whom, who calls Atomics, how long a file is, what a directory is called. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { breaches, isAtomicsFile, type House } from './rooms.ts';
import { codeOnly, importsOf } from './source-text.ts';
import { pathsBelow, readManifest, sourcesBelow } from './source-tree.ts';

const FILE_LINES_MAX = 400;
/** The user's view is one straight list of documented calls, longer than any other file may be. */
const LONG_LISTS: readonly string[] = ['src/store.ts'];
/** Names that say nothing about what is inside. */
const DRAWERS: readonly string[] = ['utils', 'util', 'common', 'types', 'helpers', 'helper'];

const manifest = readManifest();

function aliasesOfManifest(): Map<string, string> {
  const aliases = Object.entries(manifest.imports).map(([alias, targets]): [string, string] => {
    const compiled = targets['default'] ?? '';
    return [alias, compiled.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts')];
  });
  return new Map(aliases);
}

/** A house of made-up files, to see the checker refuse. */
function madeUp(files: Record<string, string>, packages: readonly string[] = []): House {
  return { files: new Map(Object.entries(files)), aliases: new Map([['#atomics', 'src/memory/atomics.ts']]), packages };
}

function atomicsCallers(files: ReadonlyMap<string, string>): string[] {
  return [...files]
    .filter(([file, text]) => !isAtomicsFile(file) && /\bAtomics\b/.test(codeOnly(text)))
    .map(([f]) => f);
}

describe('the house', () => {
  test('every import goes downward, and every outside package has one door', () => {
    const files = sourcesBelow('src', 'native-layout', 'workers');
    const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    assert.ok(files.size > 0);
    assert.deepEqual(breaches({ files, aliases: aliasesOfManifest(), packages }), []);
  });

  test('only src/memory/atomics*.ts call Atomics', () => {
    const files = sourcesBelow('src', 'workers');
    assert.ok([...files.keys()].some(isAtomicsFile));
    assert.deepEqual(atomicsCallers(files), []);
  });

  test(`no source file is longer than ${FILE_LINES_MAX} lines`, () => {
    const long = [...sourcesBelow('src', 'native-layout', 'workers')]
      .map(([file, text]) => ({ file, lines: text.trimEnd().split('\n').length }))
      .filter(({ file, lines }) => lines > FILE_LINES_MAX && !LONG_LISTS.includes(file));
    assert.deepEqual(long, []);
  });

  test('no directory and no file is a drawer for what has no name', () => {
    const drawers = pathsBelow('src', 'native-layout', 'workers', 'bench', 'test').filter((path) => {
      const name = path.split('/').at(-1) ?? '';
      return DRAWERS.includes(name.replace(/\.ts$/, ''));
    });
    assert.deepEqual(drawers, []);
  });
});

describe('the checker', () => {
  const refused: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    [
      'a segment that knows codecs',
      { 'src/segment/table.ts': "import { packKey } from '../codec/key.ts';" },
      /^src\/segment\/table\.ts imports \.\.\/codec\/key\.ts: segment may not import codec$/,
    ],
    [
      'a type that is imported upward',
      { 'src/memory/arena.ts': "import type { Store } from '../store.ts';" },
      /memory may not import store/,
    ],
    [
      'a re-export that goes upward',
      { 'src/hash/route.ts': "export { Segment } from '../segment/segment.ts';" },
      /hash may not import segment/,
    ],
    [
      'an import over several lines',
      { 'src/codec/key.ts': "import {\n  a,\n  b,\n} from '../policy/expiry.ts';" },
      /codec may not import policy/,
    ],
    [
      'an import() that goes upward',
      { 'src/policy/lru.ts': "const store = await import('../store.ts');" },
      /policy may not import store/,
    ],
    [
      '#atomics above the rooms that may use memory',
      { 'src/hash/sip.ts': "import { load } from '#atomics';" },
      /hash may not import memory/,
    ],
    [
      'the atomics file by its path',
      { 'src/segment/lock.ts': "import { load } from '../memory/atomics.ts';" },
      /by its path instead of as #atomics/,
    ],
    [
      'an alias that does not exist',
      { 'src/segment/lock.ts': "import { load } from '#clock';" },
      /which package\.json does not define/,
    ],
    [
      'a layout that uses Node.js',
      { 'native-layout/header.ts': "import { arch } from 'node:process';" },
      /native-layout is self-contained/,
    ],
    [
      'an adapter that reaches behind the public exports',
      { 'src/adapters/keyv.ts': "import { Store } from '../store.ts';" },
      /adapters may not import store/,
    ],
    ['a built-in without node:', { 'src/store.ts': "import { join } from 'path';" }, /package\.json does not declare/],
    ['a file in no room', { 'src/misc/odds.ts': '' }, /src\/misc\/odds\.ts is in no room/],
  ];
  for (const [what, files, sentence] of refused) {
    test(`refuses ${what}`, () => {
      const found = breaches(madeUp(files));
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0] ?? '', sentence);
    });
  }

  test('refuses a second door to an outside package, and a package without one', () => {
    const first = "import { encode } from '@msgpack/msgpack';";
    const second = "import { decode } from '@msgpack/msgpack/dist/decode';";
    assert.deepEqual(breaches(madeUp({ 'src/codec/msgpack.ts': first }, ['@msgpack/msgpack'])), []);
    const twice = madeUp({ 'src/codec/msgpack.ts': first, 'src/store.ts': second }, ['@msgpack/msgpack', 'piscina']);
    assert.deepEqual(breaches(twice), [
      '@msgpack/msgpack has 2 import doors instead of one: src/codec/msgpack.ts, src/store.ts',
      'piscina has 0 import doors instead of one: ',
    ]);
  });

  test('accepts the path of a get', () => {
    const house = madeUp({
      'src/index.ts': "export { Store } from './store.ts';",
      'src/store.ts': "import { packKey } from './codec/key.ts';\nimport { Segment } from './segment/segment.ts';",
      'src/codec/key.ts': "import { mix } from '../hash/sip.ts';",
      'src/segment/segment.ts':
        "import { load } from '#atomics';\nimport * as slot from '../../native-layout/slot.ts';",
      'workers/task.ts': "import { Store } from '../src/index.ts';\nimport { parentPort } from 'node:worker_threads';",
    });
    assert.deepEqual(breaches(house), []);
  });

  test('reads no imports from comments', () => {
    assert.deepEqual(importsOf("// import 'a';\n/*\nimport 'b';\n*/\nimport 'c';\nconst s = 'x // y';"), ['c']);
  });

  test('finds Atomics in code, and not in comments or messages', () => {
    const files = new Map([
      ['src/store.ts', 'Atomics.load(words, 0);'],
      ['src/segment/lock.ts', 'const { wait } = Atomics;'],
      ['src/errors.ts', "// Atomics.wait\nthrow new Error('Atomics.wait timed out');"],
      ['src/memory/atomics.ts', 'Atomics.load(words, 0);'],
      ['src/memory/atomics.scheduled.ts', 'Atomics.load(words, 0);'],
    ]);
    assert.deepEqual(atomicsCallers(files), ['src/store.ts', 'src/segment/lock.ts']);
  });
});
