/** Checks MessagePack before it is decoded: that its arrays and maps can have as many items as they say they have. */
import { ValueError } from '../errors.ts';

/**
 * Throws ValueError unless the bytes hold one whole value whose arrays and maps announce no more items than there are
 * bytes left for them, all nested ones together. Linear in the number of bytes; takes no memory.
 */
export function checkMsgpack(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length;
  let at = 0;
  /** Items that have been announced and not yet seen; each takes a byte at least. */
  let owed = 1;
  while (owed > 0) {
    if (owed > end - at) throw damaged(`${owed} items are announced at byte ${at} of ${end}`);
    const head = bytes[at];
    const field = lengthFieldBytes(head);
    if (at + 1 + field > end) throw damaged(`the length at byte ${at} is cut off`);
    const length = field === 0 ? shortLength(head) : readLength(view, at + 1, field);
    at += 1 + field;
    owed -= 1;
    if (isMap(head)) owed += 2 * length;
    else if (isArray(head)) owed += length;
    else at += length;
    if (at > end) throw damaged(`the value that ends at byte ${at} is cut off at ${end}`);
  }
  if (at !== end) throw damaged(`${end - at} bytes follow the value of ${at}`);
}

function isMap(head: number): boolean {
  return (head >= 0x80 && head <= 0x8f) || head === 0xde || head === 0xdf;
}

function isArray(head: number): boolean {
  return (head >= 0x90 && head <= 0x9f) || head === 0xdc || head === 0xdd;
}

/** Bytes of the length that follows a head byte, big-endian; 0 when the head itself tells the length. */
function lengthFieldBytes(head: number): number {
  switch (head) {
    case 0xc4: // bin 8
    case 0xd9: // str 8
      return 1;
    case 0xc5: // bin 16
    case 0xda: // str 16
    case 0xdc: // array 16
    case 0xde: // map 16
      return 2;
    case 0xc6: // bin 32
    case 0xdb: // str 32
    case 0xdd: // array 32
    case 0xdf: // map 32
      return 4;
    default:
      return 0;
  }
}

/** Items of a short array or map, bytes after the head of a scalar or short string. */
function shortLength(head: number): number {
  if (head <= 0x7f || head >= 0xe0) return 0;
  if (head <= 0x9f) return head & 0xf;
  if (head <= 0xbf) return head & 0x1f;
  switch (head) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return 0;
    case 0xcc: // uint 8
    case 0xd0: // int 8
      return 1;
    case 0xcd: // uint 16
    case 0xd1: // int 16
      return 2;
    case 0xca: // float 32
    case 0xce: // uint 32
    case 0xd2: // int 32
      return 4;
    case 0xcb: // float 64
    case 0xcf: // uint 64
    case 0xd3: // int 64
      return 8;
    default:
      throw damaged(`0x${head.toString(16)} begins no value of this codec`);
  }
}

function readLength(view: DataView, at: number, field: number): number {
  if (field === 1) return view.getUint8(at);
  return field === 2 ? view.getUint16(at) : view.getUint32(at);
}

function damaged(what: string): ValueError {
  return new ValueError(`damaged MessagePack: ${what}`);
}
