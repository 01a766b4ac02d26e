/**
 * The names of the properties that are decoded most, so that each is made into a string once.
 *
 * The decoder's own cache is one for the process: whoever decodes bytes that change meanwhile leaves wrong names in it for
 * everybody. This one belongs to our decoders, and a name is taken from it only when it equals the bytes char for char.
 */

const SLOTS = 1024;
const NAME_BYTES_MAX = 32;

export class NameCache {
  readonly names: string[] = Array.from({ length: SLOTS }, () => '');

  /** As KeyDecoder of @msgpack/msgpack wants it. */
  canBeCached(byteLength: number): boolean {
    return byteLength <= NAME_BYTES_MAX;
  }

  /** The string that the bytes are in UTF-8. */
  decode(bytes: Uint8Array, start: number, byteLength: number): string {
    if (byteLength === 0) return '';
    const slot =
      (bytes[start] + 31 * bytes[start + byteLength - 1] + 61 * bytes[start + (byteLength >> 1)] + byteLength) &
      (SLOTS - 1);
    const name = this.names[slot];
    return isName(name, bytes, start, byteLength) ? name : this.remember(slot, bytes, start, byteLength);
  }

  remember(slot: number, bytes: Uint8Array, start: number, byteLength: number): string {
    const decoded = Buffer.from(bytes.buffer, bytes.byteOffset + start, byteLength).toString('utf8');
    // Only ASCII has as many chars as bytes, which isName relies on. As a key of an object the string becomes the one that
    // the engine itself compares names with.
    if (decoded.length !== byteLength) return decoded;
    const name = Object.keys({ [decoded]: 0 })[0];
    this.names[slot] = name;
    return name;
  }
}

function isName(name: string, bytes: Uint8Array, start: number, byteLength: number): boolean {
  if (name.length !== byteLength) return false;
  for (let index = 0; index < byteLength; index++) {
    if (name.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}
