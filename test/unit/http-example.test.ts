/** The HTTP example: several threads serve one port over the same stores, are restarted under load, and end cleanly. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import autocannon from 'autocannon';
import {
  checkLoad,
  clientsFor,
  isOneOf,
  NO_LIMIT,
  pageOf,
  restartUnderLoad,
  serviceFor,
} from '../fixtures/http-service.ts';
import { watchWorkers } from '../fixtures/pool-setup.ts';

test('a session that one thread has opened is known to all, and its visits are counted over all of them', async (t) => {
  const service = await serviceFor(t, { threads: 3 });
  const clients = clientsFor(t, service, 6);
  const login = await clients[0].post('/login', { user: 'Ada' });
  assert.equal(login.status, 200);
  const [cookie] = (login.headers['set-cookie'] ?? [''])[0].split(';');
  const answers = await Promise.all(clients.map((client) => client.get('/me', { cookie })));
  assert.deepEqual(new Set(answers.map(({ headers }) => headers['x-thread'])), new Set(['0', '1', '2']));
  const visits = answers.map(({ text }) => {
    const { user, visits: count } = JSON.parse(text) as { user: string; visits: number };
    assert.equal(user, 'Ada');
    return count;
  });
  assert.equal(Math.max(...visits), 6);

  const strange = cookie.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  for (const headers of [{}, { cookie: strange }, { cookie: 'session=' }] as Record<string, string>[]) {
    assert.equal((await clients[1].get('/me', headers)).status, 401);
  }
  assert.equal((await clients[1].post('/login', { user: '' })).status, 400);
});

test('a page that many ask several threads for at the same time is made once', async (t) => {
  const service = await serviceFor(t, { threads: 3, rateLimit: NO_LIMIT });
  const clients = clientsFor(t, service, 12);
  for (const id of [7, 8, 999_999]) {
    const answers = await Promise.all(clients.map((client) => client.get(`/page/${id}`)));
    assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set([pageOf(id)]));
    assert.equal(new Set(answers.map(({ headers }) => headers['x-thread'])).size, 3);
  }
  assert.equal(service.stores.counters.get('pages rendered'), 3);
  service.stores.pages.delete('7');
  assert.equal((await clients[0].get('/page/7')).text, pageOf(7));
  assert.equal(service.stores.counters.get('pages rendered'), 4);
  for (const id of ['0', '01', '1000000', 'x', '']) {
    assert.equal((await clients[0].get(`/page/${id}`)).status, 404);
  }
  assert.deepEqual(service.stores.pages.verify(), { ok: true, problems: [] });
});

test('a limit of 100 lets exactly 100 requests of a client pass through all threads together', async (t) => {
  const service = await serviceFor(t, { threads: 3, rateLimit: 100 });
  const clients = clientsFor(t, service, 10);
  const hits = clients.flatMap((client) =>
    Array.from({ length: 15 }, () => client.get('/page/1', { 'x-api-key': 'greedy' })),
  );
  const answers = await Promise.all(hits);
  const refused = answers.filter(({ status }) => status === 429);
  assert.equal(answers.filter(({ status }) => status === 200).length, 100);
  assert.equal(refused.length, 50);
  for (const { headers } of refused) {
    const seconds = Number(headers['retry-after']);
    assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, String(headers['retry-after']));
    assert.equal(headers['x-ratelimit-remaining'], '0');
  }
  assert.equal(new Set(answers.map(({ headers }) => headers['x-thread'])).size, 3);
  assert.equal((await clients[0].get('/page/1', { 'x-api-key': 'modest' })).status, 200);
});

test('2,000 requests of autocannon are all answered, and rightly', async (t) => {
  const service = await serviceFor(t, { threads: 2, rateLimit: NO_LIMIT });
  const pages = [1, 2, 3, 4].map(pageOf);
  const result = await autocannon({
    url: service.address,
    connections: 10,
    amount: 2000,
    requests: pages.map((_, at) => ({ path: `/page/${at + 1}` })),
    verifyBody: isOneOf(pages),
  });
  checkLoad(result);
  assert.equal(result['2xx'], 2000);
  assert.equal(service.stores.counters.get('pages rendered'), pages.length);
});

test('all threads are restarted under autocannon without an error', async (t) => {
  const service = await serviceFor(t, { threads: 2, rateLimit: NO_LIMIT });
  await restartUnderLoad(t, service, 1);
});

test('the only thread is restarted under autocannon without an error', async (t) => {
  const service = await serviceFor(t, { threads: 1, rateLimit: NO_LIMIT });
  await restartUnderLoad(t, service, 1);
});

test('a client that is connected and asks for nothing does not keep a thread from being replaced', async (t) => {
  const service = await serviceFor(t, { threads: 1 });
  const [client] = clientsFor(t, service, 1);
  await client.get('/page/1');
  const [{ threadId }] = service.pool.stats();
  await service.restart();
  assert.notEqual(service.pool.stats()[0].threadId, threadId);
  assert.equal((await client.get('/page/1')).status, 200);
});

test('a thread that dies is replaced, and the others serve meanwhile', async (t) => {
  const workers = watchWorkers(t);
  const service = await serviceFor(t, { threads: 2 });
  const clients = clientsFor(t, service, 4, false);
  const died = once(service.pool, 'ownerDied');
  const replaced = once(service.pool, 'ownerReplaced');
  void workers[0].terminate();
  await died;
  for (const { status } of await Promise.all(clients.map((client) => client.get('/page/1')))) assert.equal(status, 200);
  await replaced;
  const answers = await Promise.all(clients.map((client) => client.get('/page/1')));
  assert.equal(new Set(answers.map(({ headers }) => headers['x-thread'])).size, 2);
});

test('npm run example:http says how to try it, and ends cleanly when it is interrupted', async () => {
  const main = fileURLToPath(new URL('../../bench/http/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, '--threads', '2', '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [said] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
  assert.equal((await fetch(`${address}/page/42`)).status, 200);
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  assert.deepEqual(await exit, [0, null]);
  assert.equal(errors, '');
});
