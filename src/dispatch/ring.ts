/**
 * Consistent hashing of segments to owners, as a pure function of its inputs.
 *
 * Weighted rendezvous hashing (Thaler and Ravishankar 1998; weights as of Schindelhauer and Schomaker 2005) says which
 * owner a segment likes best; a quota for each owner (bounded loads, Mirrokni, Thorup and Zadimoghaddam 2018) keeps the
 * heaviest within one segment of its share; and a segment moves only when its owner has left or is over its quota.
 */

/** No owner. */
export const NOBODY = -1;

/**
 * The owner of each segment. O(segments x owners).
 *
 * @param weights by owner number; 0 for an owner that is not there
 * @param previous the assignment to stay close to, or null
 * @returns owner numbers; NOBODY everywhere when no weight is above 0
 */
export function assignSegments(
  segmentCount: number,
  weights: readonly number[],
  previous: Int32Array | null,
): Int32Array {
  const owners = new Int32Array(segmentCount).fill(NOBODY);
  const present = [...weights.keys()].filter((owner) => (weights[owner] ?? 0) > 0);
  if (present.length === 0) return owners;
  const held = heldBy(segmentCount, weights, previous);
  const quotas = quotasOf(segmentCount, weights, present, held);
  const left: number[] = [];
  for (let segment = 0; segment < segmentCount; segment++)
    if (ownerBefore(previous, weights, segment) === NOBODY) left.push(segment);
  for (const owner of present) {
    const ranked = (held.get(owner) ?? []).map((segment) => ({
      segment,
      score: scoreOf(segment, owner, weights[owner] ?? 0),
    }));
    ranked.sort((a, b) => b.score - a.score || a.segment - b.segment);
    const quota = quotas.get(owner) ?? 0;
    for (const { segment } of ranked.slice(0, quota)) owners[segment] = owner;
    for (const { segment } of ranked.slice(quota)) left.push(segment);
    quotas.set(owner, quota - Math.min(quota, ranked.length));
  }
  for (const segment of left.sort((a, b) => a - b)) {
    const owner = favourite(segment, weights, present, quotas);
    owners[segment] = owner;
    quotas.set(owner, (quotas.get(owner) ?? 0) - 1);
  }
  return owners;
}

function ownerBefore(previous: Int32Array | null, weights: readonly number[], segment: number): number {
  const owner = previous?.[segment] ?? NOBODY;
  return owner >= 0 && (weights[owner] ?? 0) > 0 ? owner : NOBODY;
}

function heldBy(segmentCount: number, weights: readonly number[], previous: Int32Array | null): Map<number, number[]> {
  const held = new Map<number, number[]>();
  for (let segment = 0; segment < segmentCount; segment++) {
    const owner = ownerBefore(previous, weights, segment);
    if (owner === NOBODY) continue;
    const segments = held.get(owner);
    if (segments === undefined) held.set(owner, [segment]);
    else segments.push(segment);
  }
  return held;
}

/** Whole segments for each owner, in proportion to weights; what is left over goes first to those who already have it. */
function quotasOf(
  segmentCount: number,
  weights: readonly number[],
  present: readonly number[],
  held: ReadonlyMap<number, readonly number[]>,
): Map<number, number> {
  const total = present.reduce((sum, owner) => sum + (weights[owner] ?? 0), 0);
  const shares = present.map((owner) => {
    const share = (segmentCount * (weights[owner] ?? 0)) / total;
    const whole = Math.floor(share);
    const rest = share - whole;
    // A share of whole segments has no part in what is left over, whatever its owner has.
    return { owner, whole, rest, over: rest > 0 && (held.get(owner)?.length ?? 0) > whole };
  });
  let spare = segmentCount - shares.reduce((sum, { whole }) => sum + whole, 0);
  shares.sort((a, b) => Number(b.over) - Number(a.over) || b.rest - a.rest || a.owner - b.owner);
  const quotas = new Map<number, number>();
  for (const { owner, whole } of shares) {
    quotas.set(owner, whole + (spare > 0 ? 1 : 0));
    if (spare > 0) spare -= 1;
  }
  return quotas;
}

function favourite(
  segment: number,
  weights: readonly number[],
  present: readonly number[],
  quotas: ReadonlyMap<number, number>,
): number {
  let best = NOBODY;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const owner of present) {
    if ((quotas.get(owner) ?? 0) <= 0) continue;
    const score = scoreOf(segment, owner, weights[owner] ?? 0);
    if (score <= bestScore) continue;
    best = owner;
    bestScore = score;
  }
  return best;
}

/** -weight / ln(u) for a u in (0, 1) that the pair draws. */
function scoreOf(segment: number, owner: number, weight: number): number {
  let mixed = Math.imul(segment + 1, 0x9e3779b1) ^ Math.imul(owner + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  mixed ^= mixed >>> 15;
  return -weight / Math.log(((mixed >>> 0) + 0.5) / 2 ** 32);
}
