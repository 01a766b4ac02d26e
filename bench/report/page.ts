/** The report: one HTML file that needs nothing but itself. */
import { barsHtml, tallyOf } from './bars.ts';
import { figuresOf } from './figures.ts';
import { escapeHtml, said, tableHtml } from './html.ts';
import { lossesHtml, lossesOf } from './losses.ts';
import { findingsOf, type Results } from './results.ts';
import { STYLE } from './style.ts';

/** Nothing may be fetched and nothing may be run, whatever the page says. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export function renderPage(results: Results): string {
  const figures = figuresOf(results);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>sharena, measured on ${escapeHtml(results.environment.date.slice(0, 10))}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${headerHtml(results)}
${navigationHtml(figures)}
${figures.join('\n')}
<section id="bars"><h2>The bars</h2>
<p>What the project asks of itself. A figure reaches its bar when its median does.</p>
${barsHtml(results)}
</section>
<section id="losses"><h2>Where sharena loses</h2>
<p>Every ratio of this run that is on the wrong side of 1, the worst first. “Certain” means that the whole 95 % interval is.</p>
${lossesHtml(results)}
</section>
<section id="figures"><h2>All figures</h2>
<p>By question; “npm run bench -- get” asks the one of that name alone.</p>
${results.questions.map(questionHtml).join('\n')}
</section>
${methodHtml(results)}
</main>
</body>
</html>
`;
}

function headerHtml(results: Results): string {
  const { environment, quick } = results;
  const { reached, measured } = tallyOf(results);
  const rivals = findingsOf(results).filter(({ against }) => against?.kind === 'rival').length;
  const losses = lossesOf(results, 'rival').length;
  const facts: readonly (readonly [string, string])[] = [
    ['Date', `${environment.date.slice(0, 16).replace('T', ' ')} UTC`],
    [
      'Machine',
      `${environment.cpu}, ${environment.cores} cores, ${(environment.memoryBytes / 2 ** 30).toFixed(0)} GiB`,
    ],
    ['System', `${environment.platform}, Node.js ${environment.node}, V8 ${environment.v8}`],
    ['Load', `${environment.load} processes that wanted a core when it began`],
    ['Commit', environment.commit ?? 'unknown'],
    ['Command', environment.command],
  ];
  const rough = quick ? '<p class="rough">A quick run: it shows that everything works, its figures are rough.</p>' : '';
  return `<header>
<h1>sharena, measured</h1>
<p class="lead">A key-value store in memory that all threads of a Node.js process share. It is ahead in <strong>${rivals - losses} of ${rivals}</strong> comparisons with other libraries and reaches <strong>${reached} of ${measured}</strong> bars.</p>
${rough}
<dl>${facts.map(([name, fact]) => `<dt>${name}</dt><dd>${escapeHtml(fact)}</dd>`).join('')}</dl>
</header>`;
}

function navigationHtml(figures: readonly string[]): string {
  const links = figures.map((html) => {
    const [, id = '', title = ''] = /<figure id="([^"]+)"[^]*?<h2>([^<]+)<\/h2>/.exec(html) ?? [];
    return `<a href="#${id}">${title}</a>`;
  });
  return `<nav aria-label="Contents">${links.join('')}<a href="#bars">The bars</a><a href="#losses">Where sharena loses</a><a href="#figures">All figures</a><a href="#method">How it was measured</a></nav>`;
}

function questionHtml({ name, asks, findings }: Results['questions'][number]): string {
  const head = ['what', 'median', '95 % within', 'detail'];
  const rows = findings.map(({ what, unit, measured, detail }) => {
    const { median, confidence } = measured;
    const within = confidence === undefined ? '' : `${said(confidence.low, unit)} – ${said(confidence.high, unit)}`;
    return [what, said(median, unit), within, detail ?? ''];
  });
  return `<details class="question"><summary>${escapeHtml(asks)} <small>${escapeHtml(name)}, ${findings.length} figures</small></summary>
${tableHtml(asks, head, rows, [1, 2])}
</details>`;
}

function methodHtml({ environment }: Results): string {
  return `<section id="method"><h2>How it was measured</h2>
<p>Both sides of a ratio run in turn, batch by batch, and the ratio is formed within a pair of batches: what slows the machine for longer than that slows both. A figure is the median of at least five pairs; its interval is the one that holds the true median in 95 of 100 cases whatever the distribution, by the order of the samples.</p>
<p>Keys are made anew for every call on both sides, as a service parses them from requests; making one is inside the time. Before anything is timed the process has used several stores of different codecs, so that nothing is fast by luck. Batches on one thread are timed by the time they were on a core, everything else by the clock.</p>
<p>Every sample is in the JSON file beside this page. The machine had ${environment.cores} cores; what more of them would do is not measured here.</p>
</section>`;
}
