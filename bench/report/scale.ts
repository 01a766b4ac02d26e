/** Where values lie along an axis, and which of them are named there. */

export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly Tick[];
  /** From a value to its place between `min` and `max`. */
  place(value: number): number;
}

type Format = (value: number) => string;

const LINEAR_STEPS = 5;
/** Over more powers of ten than this, only they are named, not what lies between them. */
const FINE_DECADES_MAX = 1.6;
const DECADES_NAMED_MAX = 7;

/** Powers of ten, with 2 and 5 between them where there are few. `beyond` widens it to values that must be inside. */
export function logScale(values: readonly number[], format: Format, beyond: readonly number[] = []): Scale {
  const positive = [...values, ...beyond].filter((value) => value > 0 && Number.isFinite(value));
  const [least, most] = positive.length === 0 ? [1, 10] : [Math.min(...positive), Math.max(...positive)];
  const fine = Math.log10(most / least) <= FINE_DECADES_MAX;
  const factors = fine ? [1, 2, 5] : [1];
  const named: number[] = [];
  for (let power = Math.floor(Math.log10(least)) - 1; power <= Math.ceil(Math.log10(most)) + 1; power++) {
    for (const factor of factors) named.push(factor * 10 ** power);
  }
  const first = Math.max(
    0,
    named.findLastIndex((value) => value <= least * 1.0001),
  );
  const last = named.findIndex((value) => value >= most * 0.9999);
  const inside = named.slice(first, last + 1);
  const every = Math.ceil((inside.length - 1) / DECADES_NAMED_MAX) || 1;
  return {
    min: Math.log10(inside[0]),
    max: Math.log10(inside[inside.length - 1]),
    ticks: inside
      .filter((_, index) => index % every === 0)
      .map((value) => ({ at: Math.log10(value), text: format(value) })),
    place: Math.log10,
  };
}

/** From zero up, in steps of 1, 2 or 5 times a power of ten. */
export function linearScale(values: readonly number[], format: Format): Scale {
  const most = Math.max(...values.filter(Number.isFinite), Number.MIN_VALUE);
  const rough = most / LINEAR_STEPS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((wide) => wide >= rough * 0.9999) ?? power;
  const steps = Math.ceil(most / step);
  const ticks = Array.from({ length: steps + 1 }, (_, index) => ({ at: index * step, text: format(index * step) }));
  return { min: 0, max: steps * step, ticks, place: (value) => value };
}

/** A tick at each of the values, `place` says where. */
export function pointScale(values: readonly number[], format: Format, place: (value: number) => number): Scale {
  const ticks = [...new Set(values)].sort((a, b) => a - b).map((value) => ({ at: place(value), text: format(value) }));
  return { min: ticks[0]?.at ?? 0, max: ticks.at(-1)?.at ?? 1, ticks, place };
}

/** The ticks whose texts fit beside each other on an axis of so many pixels; the last one stays. */
export function fittingTicks({ ticks, min, max }: Scale, axisPx: number, characterPx: number): Tick[] {
  const kept: Tick[] = [];
  let freePx = Number.POSITIVE_INFINITY;
  for (const tick of ticks.toReversed()) {
    const middlePx = ((tick.at - min) / (max - min || 1)) * axisPx;
    const halfPx = ((tick.text.length + 1) * characterPx) / 2;
    if (middlePx + halfPx > freePx) continue;
    kept.push(tick);
    freePx = middlePx - halfPx;
  }
  return kept.toReversed();
}

const POWERS: readonly (readonly [number, string])[] = [
  [1e9, ' G'],
  [1e6, ' M'],
  [1e3, ' k'],
];

/** 10,000,000 as `10 M`. */
export function short(value: number): string {
  const [power, name] = POWERS.find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  return `${Number((value / power).toPrecision(3))}${name}`;
}

/** Nanoseconds in the unit in which they are a small number. */
export function duration(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${Number(nanoseconds.toPrecision(3))} ns`;
  if (nanoseconds < 1e6) return `${Number((nanoseconds / 1e3).toPrecision(3))} µs`;
  return `${Number((nanoseconds / 1e6).toPrecision(3))} ms`;
}

export function byteCount(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${bytes / 1024} KiB` : `${bytes / 1024 ** 2} MiB`;
}
