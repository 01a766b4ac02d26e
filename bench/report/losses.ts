/** Where sharena loses: every ratio on the wrong side of 1, worst first, taken from the data as it is. */
import { loses, type Against, type Finding } from '../harness/question.ts';
import { escapeHtml, said, tableHtml } from './html.ts';
import { findingsOf, type Results } from './results.ts';

const GROUPS: readonly (readonly [Against['kind'], string, string])[] = [
  ['rival', 'To what one could use instead', 'Every comparison in which the other library is ahead.'],
  ['itself', 'To itself', 'Ways of doing the same with sharena that should be faster and are not.'],
  [
    'limit',
    'To the limit',
    'Not rivals but what the machine or the decoder allows at best: a table in C++ without strings, or decoding alone.',
  ],
];

/** All findings whose other side is ahead, the furthest behind first. */
export function lossesOf(results: Results, kind: Against['kind']): Finding[] {
  return findingsOf(results)
    .filter((finding) => finding.against?.kind === kind && loses(finding))
    .sort((a, b) => timesBehind(b) - timesBehind(a));
}

/** How many times the other side is ahead, from 1 up. */
function timesBehind({ against, measured }: Finding): number {
  return against?.better === 'below 1' ? measured.median : 1 / measured.median;
}

/** Whether the whole interval lies on the wrong side; without an interval, whether it is off by more than a tenth. */
function isCertain(finding: Finding): boolean {
  const { against, measured } = finding;
  const { low, high } = measured.confidence ?? { low: measured.median * 0.9, high: measured.median * 1.1 };
  return against?.better === 'below 1' ? low > 1 : high < 1;
}

export function lossesHtml(results: Results): string {
  return GROUPS.map(([kind, title, about]) => {
    const losses = lossesOf(results, kind);
    const compared = findingsOf(results).filter(({ against }) => against?.kind === kind).length;
    if (compared === 0) return '';
    const head = ['what', 'against', 'behind', 'ratio', 'certain'];
    const rows = losses.map((finding) => [
      finding.what,
      finding.against?.name ?? '',
      `${timesBehind(finding).toPrecision(3)}×`,
      said(finding.measured.median, 'x'),
      isCertain(finding) ? 'yes' : 'within the noise',
    ]);
    const count = `${losses.length} of ${compared} comparisons.`;
    return `<h3>${title}</h3>
<p>${escapeHtml(`${about} ${count}`)}</p>
${losses.length === 0 ? '' : tableHtml(`${title}: where sharena is behind`, head, rows, [2, 3])}`;
  }).join('\n');
}
