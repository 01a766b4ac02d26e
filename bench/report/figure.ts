/** A figure of the page: title, what it says, the picture for wide and for narrow pages, and its numbers as a table. */
import { optionOfDots, sizeOfDots, type DotPlot } from './dot-plot.ts';
import { escapeHtml, tableHtml } from './html.ts';
import { colourOf } from './libraries.ts';
import { optionOfLines, sizeOfLines, type LinePlot } from './line-plot.ts';
import type { Point } from './series.ts';
import { drawSvg } from './svg.ts';

interface Words {
  readonly id: string;
  readonly title: string;
  /** What is plotted, and what to see in it. */
  readonly about: string;
  /** Numbers as the table has them. */
  readonly say: (value: number) => string;
}

export interface LineFigure extends Words {
  readonly plot: LinePlot;
  readonly sayX: (x: number) => string;
}

export interface DotFigure extends Words {
  readonly plot: DotPlot;
  /** The libraries whose colours have to be named, because the rows do not say whose dots they hold. */
  readonly key?: readonly string[];
}

export function lineFigure(figure: LineFigure): string {
  const { plot, sayX, say } = figure;
  const drawn = [false, true].map((narrow) =>
    drawSvg(optionOfLines(plot, narrow), sizeOfLines(narrow), textOf(figure), classOf(narrow)),
  );
  const xs = [...new Set(plot.lines.flatMap(({ points }) => points.map(({ x }) => Number(x))))].sort((a, b) => a - b);
  const rows = xs.map((x) => [
    sayX(x),
    ...plot.lines.map(({ points }) =>
      sayPoint(
        points.find((point) => point.x === x),
        say,
      ),
    ),
  ]);
  const head = [plot.xName, ...plot.lines.map(({ name }) => name)];
  return figureHtml(figure, drawn, tableHtml(`${figure.title}: ${plot.yName}`, head, rows, numericAfterFirst(head)));
}

export function dotFigure(figure: DotFigure): string {
  const { plot, say } = figure;
  const drawn = [false, true].map((narrow) =>
    drawSvg(optionOfDots(plot, narrow), sizeOfDots(plot, narrow), textOf(figure), classOf(narrow)),
  );
  const head = ['', 'of', plot.xName, '95 % from', 'to'];
  const rows = plot.rows.flatMap(({ label, dots }) =>
    dots.map(({ line, value, low, high }) => [
      label,
      line,
      ...[value, low, high].map((number) => sayNumber(number, say)),
    ]),
  );
  const table = tableHtml(`${figure.title}: ${plot.xName}`, head, rows, [2, 3, 4]);
  return figureHtml(figure, [keyHtml(figure.key ?? []), ...drawn], table);
}

function keyHtml(names: readonly string[]): string {
  if (names.length === 0) return '';
  const items = names.map((name) => `<li style="--colour: ${colourOf(name)}">${escapeHtml(name)}</li>`);
  return `<ul class="key">${items.join('')}</ul>`;
}

function figureHtml({ id, title, about }: Words, drawn: readonly string[], table: string): string {
  return `<figure id="${id}" class="plot">
<figcaption><h2>${escapeHtml(title)}</h2><p>${escapeHtml(about)}</p></figcaption>
${drawn.join('\n')}
<details><summary>The numbers</summary>
${table}
</details>
</figure>`;
}

function textOf({ title, about }: Words): string {
  return `${title}. ${about} The table below holds the numbers.`;
}

function classOf(narrow: boolean): string {
  return narrow ? 'narrow' : 'wide';
}

function sayPoint(point: Point | undefined, say: (value: number) => string): string {
  return point === undefined ? '' : sayNumber(point.y, say);
}

function sayNumber(value: number, say: (value: number) => string): string {
  return Number.isFinite(value) ? say(value) : 'none';
}

function numericAfterFirst(head: readonly string[]): number[] {
  return head.map((_, column) => column).slice(1);
}
