/** Puts load on a service by autocannon, in a process of its own: one order after the other. */
import autocannon from 'autocannon';
import { quantile } from '../../harness/statistics.ts';
import { zipfIndexes } from '../../harness/zipf.ts';
import type { Load, Loaded } from './load.ts';

/** Requests of a connection's own stream: a power of two. */
const STREAM_LENGTH = 2048;
/** How often autocannon looks whether it is done, in ms. */
const LOOK_MS = 100;
/** One request in so many asks for the session, the others for pages. */
const SESSION_EVERY = 5;

function requestsOf({ pages, cookie }: Load, seed: number): autocannon.Request[] {
  return Array.from(zipfIndexes(pages, STREAM_LENGTH, seed), (index, at): autocannon.Request => {
    return at % SESSION_EVERY === 0 ? { path: '/me', headers: { cookie } } : { path: `/page/${index + 1}` };
  });
}

async function shoot(load: Load): Promise<Loaded> {
  const { addresses, requests, connections, seed } = load;
  const streams = Array.from({ length: connections }, (_, at) => requestsOf(load, seed + at));
  const latencies: number[] = [];
  let answered = 0;
  let refused = 0;
  let startMs = 0;
  let endMs = 0;
  const { errors, timeouts } = await new Promise<autocannon.Result>((resolve, reject) => {
    // It takes several addresses, which its types do not know, and gives each connection one in turn.
    const url = addresses as unknown as string;
    const setupClient = (client: autocannon.Client): void => client.setRequests(streams.pop() ?? []);
    const options = { url, connections, amount: requests, setupClient, sampleInt: LOOK_MS };
    const cannon = autocannon(options, (error, result) => (error === null ? resolve(result) : reject(error)));
    cannon.on('response', (_client, status, _bytes, responseMs) => {
      answered += 1;
      if (status !== 200) refused += 1;
      endMs = performance.now();
      // The first ones waited until all connections were made.
      if (answered <= connections) startMs = endMs;
      else latencies.push(responseMs);
    });
  });
  if (errors > 0 || timeouts > 0) throw new Error(`${errors} errors and ${timeouts} timeouts on ${addresses.join()}`);
  return {
    requestsPerSecond: (latencies.length * 1000) / (endMs - startMs),
    p99Ms: quantile(latencies, 0.99),
    answered,
    refused,
  };
}

process.on('message', (load: Load) => {
  void shoot(load).then((loaded) => process.send?.(loaded));
});
