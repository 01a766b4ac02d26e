/** Where a hash leads: its top bits name the segment, the next ones the place in the segment's table. */

/** Segment of a hash, among `2 ** segmentBits` of them; fixed for an arena. */
export function segmentOf(hash: number, segmentBits: number): number {
  return segmentBits === 0 ? 0 : hash >>> (32 - segmentBits);
}

/** 29 bits to derive the home slot from, free of the bits that chose the segment. */
export function placeOf(hash: number, segmentBits: number): number {
  return (hash << segmentBits) >>> 3;
}
