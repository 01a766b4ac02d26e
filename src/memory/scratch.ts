/**
 * Private memory of this thread in which keys and values are encoded, and into which records are copied before they are
 * decoded. One set a thread: nothing in it outlives the call that filled it.
 */

/** Bytes that a scratch holds itself; a longer key or value goes through `large`. */
export const SCRATCH_BYTES: number = 16 * 1024;

export class Scratch {
  /** The bytes as 32-bit words, little-endian; the last word of a run is zero-padded by the encoder. */
  readonly words: Int32Array<ArrayBuffer>;
  /** The same bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes for the native string calls of Buffer. */
  readonly buffer: Buffer;
  /** The same bytes as 64-bit floats: `floats[0]` is `words[0..1]`. */
  readonly floats: Float64Array<ArrayBuffer>;
  /** The same bytes for the fields of structs. */
  readonly view: DataView<ArrayBuffer>;
  /** One of the KEY_* or VALUE_* kinds of native-layout/record. */
  kind: number;
  /** Length of the encoded bytes. */
  byteLength: number;
  /** The bytes when there are more than SCRATCH_BYTES of them, else null. */
  large: Uint8Array | null;
  /** After a read: number of the record that was read, its version. */
  version: number;
  /** After a read: expiry of the record in ms since 1970, 0 for none. */
  expiry: number;
  /** During a read: word index of the value in the arena. Stale once the read is over. */
  at: number;

  constructor(capacityBytes: number) {
    const memory = new ArrayBuffer(capacityBytes + 8);
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(memory);
    this.buffer = Buffer.from(memory);
    this.floats = new Float64Array(memory);
    this.view = new DataView(memory);
    this.kind = 0;
    this.byteLength = 0;
    this.large = null;
    this.version = 0;
    this.expiry = 0;
    this.at = 0;
  }
}

/** Holds the longest key there is, so that its `large` is never used. */
export const keyScratch: Scratch = new Scratch(64 * 1024);
export const valueScratch: Scratch = new Scratch(SCRATCH_BYTES);
/** A field of a struct that is to be replaced. */
export const fieldScratch: Scratch = new Scratch(SCRATCH_BYTES);
