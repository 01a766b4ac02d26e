/** The least of a Redis client: commands over one connection, answered in the order in which they were sent. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const CR = 0x0d;
const DOLLAR = 0x24;
const MINUS = 0x2d;
/** A line end, and the `$` and digits in front of a bulk string. */
const LINE_END_BYTES = 2;

type Waiting = { resolve: (answer: Uint8Array | null) => void; reject: (error: Error) => void };

export class RespClient {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  /** Answers that were given: the place in `#waiting` from which on there are others. */
  #answered: number = 0;
  /** Received and not yet answered from, and how much more must come before it is worth a look. */
  #chunks: Buffer[] = [];
  #receivedBytes: number = 0;
  #neededBytes: number = 0;
  #out: Buffer[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    const end = (): void => this.#failAll(new Error('the server closed the connection'));
    socket.on('error', (error) => this.#failAll(error));
    socket.on('close', end);
  }

  /** @throws Error when nothing listens there */
  static async open(port: number): Promise<RespClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RespClient(socket);
  }

  /** @returns the value's bytes, null for a key that is not there */
  get(key: string): Promise<Uint8Array | null> {
    return this.send(['GET', key]);
  }

  set(key: string, value: string | Uint8Array): Promise<Uint8Array | null> {
    return this.send(['SET', key, value]);
  }

  ping(): Promise<Uint8Array | null> {
    return this.send(['PING']);
  }

  close(): void {
    this.#socket.destroy();
  }

  /**
   * A command of which the answer is a bulk string, a status or a number. What is sent within one turn of the event loop goes out
   * in one write.
   *
   * @returns the answer's bytes; rejects with what the server says is wrong
   */
  send(parts: readonly (string | Uint8Array)[]): Promise<Uint8Array | null> {
    if (this.#out.length === 0) queueMicrotask(() => this.#flush());
    this.#out.push(Buffer.from(`*${parts.length}\r\n`, 'latin1'));
    for (const part of parts) {
      const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
      this.#out.push(Buffer.from(`$${bytes.length}\r\n`, 'latin1'), Buffer.from(bytes), Buffer.from('\r\n', 'latin1'));
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #flush(): void {
    this.#socket.write(Buffer.concat(this.#out));
    this.#out = [];
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes < this.#neededBytes) return;
    const received = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    let at = 0;
    for (let end = this.#answerEnd(received, at); end <= received.length; end = this.#answerEnd(received, at)) {
      this.#answer(received.subarray(at, end));
      at = end;
    }
    const rest = received.subarray(at);
    this.#neededBytes = this.#answerEnd(received, at) - at;
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#receivedBytes = rest.length;
  }

  /** Where the answer that begins at `at` is over: beyond `received` while part of it is missing. */
  #answerEnd(received: Buffer, at: number): number {
    const lineEnd = received.indexOf(CR, at);
    const end = lineEnd + LINE_END_BYTES;
    if (lineEnd < 0 || end > received.length) return received.length + 1;
    if (received[at] !== DOLLAR) return end;
    const length = Number(received.toString('latin1', at + 1, lineEnd));
    return length < 0 ? end : end + length + LINE_END_BYTES;
  }

  #answer(bytes: Buffer): void {
    const waiting = this.#waiting[this.#answered];
    this.#answered += 1;
    if (this.#answered === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#answered = 0;
    }
    const lineEnd = bytes.indexOf(CR);
    if (bytes[0] === MINUS) waiting?.reject(new Error(bytes.toString('latin1', 1, lineEnd)));
    else if (bytes[0] !== DOLLAR) waiting?.resolve(bytes.subarray(1, lineEnd));
    else if (bytes[1] === MINUS) waiting?.resolve(null);
    else waiting?.resolve(bytes.subarray(lineEnd + LINE_END_BYTES, bytes.length - LINE_END_BYTES));
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.slice(this.#answered)) reject(error);
    this.#waiting.length = 0;
    this.#answered = 0;
  }
}
