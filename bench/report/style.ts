/** How the page looks: on paper, on a screen by day and by night, on a phone. Names of colours are those of libraries.ts. */

const LIGHT = `
  --paper: #fcfbf8; --panel: #f5f3ee; --ink: #1d1c1a; --ink-soft: #5b5853; --rule: #e4e1da; --rule-strong: #b9b4aa;
  --met: #2f6b3c; --missed: #a33b12;
  --sharena: #c8401a; --map: #3f4650; --lru-cache: #1b6ec2; --quick-lru: #0b7a75; --lmdb: #2e7d32; --sharedmap: #8a3ea8;
  --redis: #8d6a00; --piscina: #5a4bc4; --native: #77726a; --other: #77726a;`;

const DARK = `
  --paper: #16171a; --panel: #1f2125; --ink: #ebe8e1; --ink-soft: #a9a59c; --rule: #2e3036; --rule-strong: #585b63;
  --met: #7fc48d; --missed: #f0926a;
  --sharena: #ff7d4f; --map: #c9ccd2; --lru-cache: #6db3f7; --quick-lru: #4fc4bd; --lmdb: #74c67a; --sharedmap: #cf93e6;
  --redis: #dcb54a; --piscina: #a79cf5; --native: #98938a; --other: #98938a;`;

export const STYLE: string = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 ui-serif, Charter, 'Iowan Old Style', Georgia, 'Times New Roman', serif;
}
main { max-width: 46rem; margin: 0 auto; padding: 4rem 0 6rem; }
@media (max-width: 48rem) { main { padding: 2rem 0.5rem 4rem; max-width: 22.5rem; } }
h1 { font-size: 2.5rem; line-height: 1.1; letter-spacing: -0.02em; margin: 0 0 0.75rem; font-weight: 600; }
h2 { font-size: 1.4rem; line-height: 1.25; letter-spacing: -0.01em; margin: 0 0 0.25rem; font-weight: 600; }
h3 { font-size: 1.1rem; margin: 2rem 0 0.25rem; font-weight: 600; }
p { margin: 0 0 1rem; }
.lead { font-size: 1.25rem; line-height: 1.5; color: var(--ink-soft); }
.lead strong { color: var(--ink); font-weight: 600; }
.rough { border-left: 3px solid var(--missed); padding-left: 1rem; }
section, figure { margin: 4rem 0 0; padding: 1.5rem 0 0; border-top: 1px solid var(--rule); }
dl, table, summary, nav, footer, .key { font: 0.875rem/1.5 system-ui, sans-serif; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.25rem; margin: 1.5rem 0 0; }
dt { color: var(--ink-soft); }
dd { margin: 0; overflow-wrap: anywhere; }
nav { margin: 1.5rem 0 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1.1rem; }
a { color: inherit; text-decoration-color: var(--rule-strong); text-underline-offset: 0.2em; }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--sharena); outline-offset: 2px; }
figcaption p, section > p { color: var(--ink-soft); max-width: 40rem; }
figcaption p { margin-bottom: 0.75rem; }
svg { display: block; max-width: 100%; height: auto; overflow: visible; }
svg text { font-variant-numeric: tabular-nums; }
svg.narrow { display: none; }
@media (max-width: 48rem) { svg.wide { display: none; } svg.narrow { display: block; } }
details { margin: 0.5rem 0 0; }
summary { color: var(--ink-soft); cursor: pointer; width: max-content; }
details.question { margin: 0; border-bottom: 1px solid var(--rule); }
details.question summary { width: auto; padding: 0.5rem 0; color: var(--ink); }
small { font-size: inherit; color: var(--ink-soft); }
.scrolled { overflow-x: auto; margin: 0.75rem 0 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--ink-soft); padding: 0 0 0.25rem; }
th, td { text-align: left; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; font-weight: 400; }
thead th { color: var(--ink-soft); border-bottom-color: var(--rule-strong); white-space: nowrap; }
th.number, td.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.met { color: var(--met); white-space: nowrap; }
.missed { color: var(--missed); white-space: nowrap; font-weight: 600; }
.key { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0 0 0.75rem; padding: 0; list-style: none; }
.key li::before { content: ''; display: inline-block; width: 0.65em; height: 0.65em; border-radius: 50%; margin-right: 0.4em; background: var(--colour); }
footer { margin: 4rem 0 0; padding: 1.5rem 0 0; border-top: 1px solid var(--rule); color: var(--ink-soft); }
@media print {
  :root { ${LIGHT} --paper: #fff; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  nav, details { display: none; }
  svg.wide { display: block; max-width: 100%; } svg.narrow { display: none; }
  figure, tr { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  section, figure { margin-top: 1.5rem; }
  .scrolled { overflow: visible; }
}
`;
