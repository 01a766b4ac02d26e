/** Lines over a number: how something changes with entries, threads, bytes, or towards the slowest calls. */
import { colourOf, dashOf } from './libraries.ts';
import { fittingTicks, type Scale, type Tick } from './scale.ts';
import type { Line } from './series.ts';
import type { PlotOption, Size } from './svg.ts';

export interface LinePlot {
  readonly lines: readonly Line[];
  readonly x: Scale;
  readonly y: Scale;
  readonly xName: string;
  readonly yName: string;
}

const WIDE: Size = { width: 736, height: 400 };
const NARROW: Size = { width: 344, height: 360 };
const FONT = 'system-ui, sans-serif';
const LABEL_CHARACTER_PX = 7.4;
const LABEL_DISTANCE = 8;

export function sizeOfLines(narrow: boolean): Size {
  return narrow ? NARROW : WIDE;
}

export function optionOfLines({ lines, x, y, xName, yName }: LinePlot, narrow: boolean): PlotOption {
  const { width } = sizeOfLines(narrow);
  const fontSize = narrow ? 12 : 13;
  const label = { color: 'var(--ink-soft)', fontFamily: FONT, fontSize };
  const longest = Math.max(...lines.map(({ name }) => labelOf(name).length));
  const left = LABEL_CHARACTER_PX * Math.max(...y.ticks.map(({ text }) => text.length)) + LABEL_DISTANCE;
  const right = Math.min(0.36 * width, longest * LABEL_CHARACTER_PX + 2 * LABEL_DISTANCE);
  const axis = (scale: Scale, ticks: readonly Tick[]): Record<string, unknown> => {
    const texts = new Map(ticks.map(({ at, text }) => [at.toFixed(6), text]));
    const at = ticks.map((tick) => tick.at);
    return {
      type: 'value',
      min: scale.min,
      max: scale.max,
      axisLabel: { ...label, customValues: at, formatter: (value: number) => texts.get(value.toFixed(6)) ?? '' },
      axisTick: { show: false, customValues: at },
      splitLine: { show: false },
    };
  };
  return {
    textStyle: { fontFamily: FONT },
    grid: {
      left,
      right,
      top: 34,
      bottom: 52,
    },
    xAxis: {
      ...axis(x, fittingTicks(x, width - left - right, LABEL_CHARACTER_PX)),
      name: xName,
      nameLocation: 'middle',
      nameGap: 30,
      nameTextStyle: label,
      axisLine: { show: true, onZero: false, lineStyle: { color: 'var(--rule-strong)', width: 1 } },
    },
    yAxis: {
      ...axis(y, y.ticks),
      name: yName,
      nameLocation: 'end',
      nameGap: 16,
      nameTextStyle: { ...label, align: 'left', padding: [0, 0, 0, -left] },
      axisLine: { show: false },
      splitLine: { show: true, lineStyle: { color: 'var(--rule)' } },
    },
    series: lines.map((line) => seriesOf(line, x, y, { fontSize, labelX: width - right + LABEL_DISTANCE })),
  };
}

function seriesOf(
  { name, points }: Line,
  x: Scale,
  y: Scale,
  { fontSize, labelX }: { fontSize: number; labelX: number },
): Record<string, unknown> {
  const colour = colourOf(name);
  const ours = colour === colourOf('sharena');
  return {
    type: 'line',
    name,
    clip: false,
    data: points
      .filter(({ y: value }) => Number.isFinite(value))
      .map((point) => [x.place(Number(point.x)), y.place(point.y)]),
    symbol: 'circle',
    symbolSize: ours ? 7 : 5,
    itemStyle: { color: colour, borderColor: 'var(--paper)', borderWidth: 1 },
    lineStyle: { color: colour, width: ours ? 2.5 : 1.5, type: dashOf(name) },
    z: ours ? 3 : 2,
    endLabel: {
      show: true,
      formatter: labelOf(name),
      color: colour,
      fontFamily: FONT,
      fontSize,
      fontWeight: ours ? 600 : 400,
      distance: LABEL_DISTANCE,
      textBorderColor: 'var(--paper)',
      textBorderWidth: 3,
    },
    // All in one column beside the plot, also of lines that end before the others: inside they would lie on lines.
    labelLayout: () => ({ x: labelX, moveOverlap: 'shiftY' }),
  };
}

function labelOf(name: string): string {
  return name === 'reads of thread-local Maps' ? 'Map a thread' : name;
}
