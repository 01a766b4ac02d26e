/** The example: `npm run example:http [-- --threads N] [--port N]`. SIGHUP restarts all threads, SIGINT ends. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Service } from './service.ts';

const { values } = parseArgs({ options: { threads: { type: 'string' }, port: { type: 'string' } } });
const service = await Service.open({
  threads: Number(values.threads ?? availableParallelism()),
  port: Number(values.port ?? 3000),
});
console.log(`Serving on ${service.address} from ${service.pool.threads} threads. Try:

  curl -i ${service.address}/page/42
  curl -i ${service.address}/login -c cookies -H 'content-type: application/json' -d '{"user": "Ada"}'
  curl -i ${service.address}/me -b cookies
  kill -HUP ${process.pid}    # restarts all threads, one after the other`);

process.on('SIGHUP', () => {
  void service.restart().then(() => console.log(service.pool.describe()), console.error);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void service.close());
