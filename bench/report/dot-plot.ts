/** Dots in rows over one axis: ratios to many rivals, two libraries side by side, single measurements. */
import { colourOf } from './libraries.ts';
import { fittingTicks, type Scale } from './scale.ts';
import type { PlotOption, Size } from './svg.ts';

export interface Dot {
  /** Decides the colour. */
  readonly line: string;
  readonly value: number;
  /** The interval the value is known to lie in. */
  readonly low: number;
  readonly high: number;
}

export interface Row {
  readonly label: string;
  readonly dots: readonly Dot[];
  /** What stands at the end of the row. */
  readonly note: string;
}

export interface DotPlot {
  readonly rows: readonly Row[];
  readonly x: Scale;
  readonly xName: string;
  /** A value at which an upright line stands, for example 1 for ratios. */
  readonly parting?: number;
  /** Many dots in a row, which may cover each other. */
  readonly crowded?: boolean;
}

const WIDE_PX = 736;
const NARROW_PX = 344;
const FONT = 'system-ui, sans-serif';
const CHARACTER_PX = 7;
/** Keeps text readable where lines pass behind it. */
const HALO = { textBorderColor: 'var(--paper)', textBorderWidth: 3 };
const AXIS_PX = 56;
const TOP_PX = 12;

export function sizeOfDots({ rows }: DotPlot, narrow: boolean): Size {
  return { width: narrow ? NARROW_PX : WIDE_PX, height: rows.length * (narrow ? 38 : 26) + TOP_PX + AXIS_PX };
}

export function optionOfDots(plot: DotPlot, narrow: boolean): PlotOption {
  const { rows, x, xName } = plot;
  const label = { color: 'var(--ink-soft)', fontFamily: FONT, fontSize: narrow ? 12 : 13 };
  const left = narrow ? 10 : longestPx(rows.map((row) => row.label)) + 16;
  const right = longestPx(rows.map(({ note }) => note)) + 20;
  const ticks = fittingTicks(x, sizeOfDots(plot, narrow).width - left - right, CHARACTER_PX);
  const texts = new Map(ticks.map(({ at, text }) => [at.toFixed(6), text]));
  const customValues = ticks.map(({ at }) => at);
  return {
    textStyle: { fontFamily: FONT },
    grid: { left, right, top: TOP_PX, bottom: AXIS_PX },
    xAxis: {
      type: 'value',
      min: x.min,
      max: x.max,
      name: xName,
      nameLocation: 'middle',
      nameGap: 30,
      nameTextStyle: label,
      axisLine: { show: false },
      axisTick: { show: false, customValues },
      axisLabel: { ...label, customValues, formatter: (value: number) => texts.get(value.toFixed(6)) ?? '' },
      splitLine: { show: true, lineStyle: { color: 'var(--rule)' } },
    },
    yAxis: rowAxes(rows, label, narrow),
    series: [...partingOf(plot), whiskersOf(plot), ...dotsOf(plot)],
  };
}

/** What the rows are called, and what stands at their ends. */
function rowAxes(rows: readonly Row[], label: object, narrow: boolean): Record<string, unknown>[] {
  const hidden = { show: false };
  const axis = { type: 'category', inverse: true, axisLine: hidden, axisTick: hidden, splitLine: hidden };
  const inked = { ...label, color: 'var(--ink)', interval: 0, margin: 12 };
  // On a narrow screen a row's label stands above it, where there is room for it.
  const above = { inside: true, margin: 0, align: 'left', verticalAlign: 'bottom', padding: [0, 0, 7, 0], ...HALO };
  return [
    // Above the lines that its labels may lie on.
    { ...axis, z: 4, data: rows.map((row) => row.label), axisLabel: { ...inked, ...(narrow ? above : {}) } },
    { ...axis, data: rows.map(({ note }) => note), position: 'right', axisLabel: inked },
  ];
}

function longestPx(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length)) * CHARACTER_PX;
}

interface RenderParams {
  readonly coordSys: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly dataIndex: number;
}

interface RenderApi {
  coord(place: readonly [number, number]): [number, number];
}

function partingOf({ parting, x }: DotPlot): Record<string, unknown>[] {
  if (parting === undefined) return [];
  const renderItem = ({ coordSys }: RenderParams, api: RenderApi): unknown => {
    const [at] = api.coord([x.place(parting), 0]);
    const shape = { x1: at, x2: at, y1: coordSys.y, y2: coordSys.y + coordSys.height };
    return { type: 'line', shape, style: { stroke: 'var(--ink-soft)', lineWidth: 1 } };
  };
  return [{ type: 'custom', data: [[x.place(parting), 0]], renderItem, silent: true, z: 1 }];
}

/** The intervals, as thin lines behind the dots. */
function whiskersOf({ rows, x, crowded }: DotPlot): Record<string, unknown> {
  const known = rows.flatMap((row, index) => row.dots.filter(isDrawn).map((dot) => ({ ...dot, index })));
  const intervals = crowded === true ? [] : known;
  const renderItem = ({ dataIndex }: RenderParams, api: RenderApi): unknown => {
    const { low, high, index, line } = intervals[dataIndex];
    const [[x1, y1], [x2, y2]] = [api.coord([x.place(low), index]), api.coord([x.place(high), index])];
    return { type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: colourOf(line), lineWidth: 2, opacity: 0.45 } };
  };
  return {
    type: 'custom',
    data: intervals.map(({ value, index }) => [x.place(value), index]),
    renderItem,
    silent: true,
    z: 2,
  };
}

function dotsOf({ rows, x, crowded }: DotPlot): Record<string, unknown>[] {
  const lines = new Set(rows.flatMap(({ dots }) => dots.map(({ line }) => line)));
  return [...lines].map((line) => ({
    type: 'scatter',
    name: line,
    data: rows.flatMap(({ dots }, index) =>
      dots.filter((dot) => dot.line === line && isDrawn(dot)).map(({ value }) => [x.place(value), index]),
    ),
    symbolSize: crowded === true ? 7 : 9,
    itemStyle:
      crowded === true
        ? { color: colourOf(line), opacity: 0.35 }
        : { color: colourOf(line), opacity: 1, borderColor: 'var(--paper)', borderWidth: 1 },
    z: 3,
  }));
}

function isDrawn({ value, low, high }: Dot): boolean {
  return [value, low, high].every((one) => Number.isFinite(one) && one > 0);
}
