/** Pages that cost a millisecond to make, and are kept for all threads once one has asked for them. */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Entry } from '../../src/dispatch/pool.ts';

export interface Pages {
  /** A page from where pages are kept, or made. */
  get(id: string): Uint8Array | Promise<Uint8Array>;
}

export function servePages(server: FastifyInstance, pages: Pages): void {
  server.get<{ Params: { id: string } }>('/page/:id(^[1-9]\\d{0,5}$)', async (request, reply) => {
    reply.type('text/html; charset=utf-8');
    return reply.send(await pages.get(request.params.id));
  });
}

/**
 * The entry processor of pages. It runs on the owner of the page, one call after the other: whichever threads miss a page at the
 * same time, the first call makes it, and the others find it.
 */
export function renderPage(entry: Entry<Uint8Array>): Uint8Array {
  const kept = entry.value;
  if (kept !== undefined) return kept;
  const page = render(String(entry.key));
  entry.set(page);
  entry.stores['counters'].increment('pages rendered');
  return page;
}

const ROWS = 40;
const ROUNDS_A_ROW = 20;

/** Stands for a template and the queries behind it: 4 KiB that follow from the id, after some work. */
export function render(id: string): Uint8Array {
  const rows: string[] = [];
  let digest = id;
  for (let row = 1; row <= ROWS; row++) {
    for (let round = 0; round < ROUNDS_A_ROW; round++) digest = createHash('sha256').update(digest).digest('hex');
    rows.push(`<tr><td>${row}</td><td>${digest}</td></tr>`);
  }
  return Buffer.from(
    `<!doctype html><title>Page ${id}</title><h1>Page ${id}</h1><table>\n${rows.join('\n')}\n</table>\n`,
  );
}
