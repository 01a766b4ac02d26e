/** The checker against histories whose verdicts are known: 102 of an etcd register, 6 of a map from keys to texts. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { check } from './checker.ts';
import { parseRegisterLog, parseTextLog } from './logs.ts';
import { partition } from './model.ts';
import { registerModel } from './register-model.ts';
import { textModel } from './text-model.ts';

const shared: string =
  process.env['SHARENA_SHARED'] ?? join(import.meta.dirname, '..', '..', '..', '..', '..', 'shared');
const histories: string = join(shared, 'data', 'histories');
const skip: string | false = existsSync(join(histories, 'verdicts.json')) ? false : `no histories in ${histories}`;

function verdictOfRegister(log: string): string {
  return check(registerModel, parseRegisterLog(log)).verdict;
}

function verdictOfTexts(log: string): string {
  let worst = 'linearizable';
  for (const part of partition(parseTextLog(log), ({ key }) => key).values()) {
    const { verdict } = check(textModel, part);
    // One refused key refuses the history, whatever the others would say.
    if (verdict === 'not linearizable') return verdict;
    if (verdict === 'unknown') worst = verdict;
  }
  return worst;
}

test('the checker agrees with the golden verdicts', { skip }, () => {
  const golden = JSON.parse(readFileSync(join(histories, 'verdicts.json'), 'utf8')) as {
    readonly etcd: Readonly<Record<string, boolean>>;
    readonly kv: Readonly<Record<string, boolean>>;
  };
  const wrong: string[] = [];
  let count = 0;
  const judge = (folder: string, file: string, isLinearizable: boolean, verdictOf: (log: string) => string): void => {
    count++;
    const verdict = verdictOf(readFileSync(join(histories, 'test_data', folder, file), 'utf8'));
    if (verdict !== (isLinearizable ? 'linearizable' : 'not linearizable')) wrong.push(`${file}: ${verdict}`);
  };
  for (const [file, isLinearizable] of Object.entries(golden.etcd)) {
    judge('jepsen', file, isLinearizable, verdictOfRegister);
  }
  for (const [file, isLinearizable] of Object.entries(golden.kv)) judge('kv', file, isLinearizable, verdictOfTexts);
  console.log(`${count - wrong.length}/${count} golden verdicts`);
  assert.deepEqual(wrong, []);
  assert.ok(count > 0);
});

test('every golden history without a verdict is at least readable', { skip }, () => {
  for (const file of readdirSync(join(histories, 'test_data', 'jepsen'))) {
    const operations = parseRegisterLog(readFileSync(join(histories, 'test_data', 'jepsen', file), 'utf8'));
    assert.ok(operations.length > 0 || file === 'etcd_095.log', file);
  }
});
