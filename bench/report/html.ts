/** Text into HTML, and tables. */
import { quantity } from '../harness/report.ts';
import type { Unit } from '../harness/question.ts';

/** A quantity as the page writes it. */
export function said(value: number, unit: Unit): string {
  return quantity(value, unit).replace(/x$/, '×');
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export interface Cell {
  readonly text: string;
  /** A class of style.ts. */
  readonly className?: string;
}

/** A table that can be pushed sideways where it does not fit. Plain strings are cells as well; the first one heads its row. */
export function tableHtml(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
  numeric: readonly number[] = [],
): string {
  const classOf = (column: number, own: string = ''): string => {
    const classes = [numeric.includes(column) ? 'number' : '', own].filter((name) => name !== '').join(' ');
    return classes === '' ? '' : ` class="${classes}"`;
  };
  const cell = (content: string | Cell, column: number): string => {
    const { text, className } = typeof content === 'string' ? { text: content, className: '' } : content;
    const [tag, scope] = column === 0 ? ['th', ' scope="row"'] : ['td', ''];
    return `<${tag}${scope}${classOf(column, className)}>${escapeHtml(text)}</${tag}>`;
  };
  const headCells = head.map((text, column) => `<th scope="col"${classOf(column)}>${escapeHtml(text)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<div class="scrolled" tabindex="0" role="region" aria-label="${escapeHtml(caption)}"><table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr>${headCells}</tr></thead>
<tbody>
${body}
</tbody>
</table></div>`;
}
