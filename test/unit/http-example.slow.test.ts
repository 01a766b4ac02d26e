/** The HTTP example, restarted under load for longer. */
import { test } from 'node:test';
import { NO_LIMIT, restartUnderLoad, serviceFor } from '../fixtures/http-service.ts';

test('all threads are restarted eight times in a row under autocannon without an error', async (t) => {
  const service = await serviceFor(t, { threads: 3, rateLimit: NO_LIMIT });
  await restartUnderLoad(t, service, 8);
});
