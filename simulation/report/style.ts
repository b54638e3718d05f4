/** Colours of classes, beside each other well told apart in light and dark (Tableau 10, and two more). */
export const COLOURS = 12;

export const style = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --line: #e3e6eb; --text: #1b2129; --soft: #5d6875;
  --accent: #2f6fb3; --second: #d9772b; --third: #7a5ba6; --grid: #eceff3; --rest: #b3bac3; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161b; --card: #1a2027; --line: #2b333d; --text: #e6eaef; --soft: #98a4b1;
    --accent: #6aa9e9; --second: #f0a061; --third: #b99be0; --grid: #262e37; --rest: #5a6572; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, 'Segoe UI', Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 0 0 2px; }
p { margin: 0; color: var(--soft); max-width: 76ch; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(134px, 1fr)); gap: 12px; margin: 22px 0; }
.figures div, section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.figures div { padding: 12px; }
.figures dt { color: var(--soft); font-size: 13px; }
.figures dd { margin: 2px 0 0; font-size: 19px; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.25; }
.figures dd small { display: block; font-size: 12.5px; font-weight: 400; color: var(--soft); }
.sections { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
section { padding: 16px 18px; min-width: 0; }
section.wide { grid-column: 1 / -1; }
@media (max-width: 800px) { section { grid-column: 1 / -1; } }
.chart, .fluid { margin-top: 10px; }
.chart svg { display: block; width: 100%; height: auto; overflow: visible; }
.fluid { display: flex; }
.fluid svg { display: block; flex: none; overflow: visible; }
.fluid .plot { flex: 1; min-width: 0; width: 0; }
.tight { display: none; }
svg text { fill: var(--soft); font: 12px system-ui, 'Segoe UI', Roboto, sans-serif; font-variant-numeric: tabular-nums; }
svg text.name { fill: var(--text); }
svg .over { paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
svg .grid { stroke: var(--grid); }
svg .axis { stroke: var(--line); }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .mark { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 4 3; }
svg .segment { stroke: var(--card); stroke-width: 0.6; }
.accent { fill: var(--accent); } .second { fill: var(--second); } .third { fill: var(--third); } .rest { fill: var(--rest); background: var(--rest); }
i.accent { background: var(--accent); } i.second { background: var(--second); } i.third { background: var(--third); }
.line.accent { stroke: var(--accent); } .line.second { stroke: var(--second); } .line.third { stroke: var(--third); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 14px; list-style: none; padding: 0; margin: 10px 0 0; font-size: 13px; color: var(--soft); }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
.legend .ramp { width: 90px; background: linear-gradient(90deg, transparent, var(--accent)); border: 1px solid var(--line); }
${[
  '#4e79a7',
  '#f28e2b',
  '#59a14f',
  '#e15759',
  '#76b7b2',
  '#edc948',
  '#b07aa1',
  '#9c755f',
  '#ff9da7',
  '#3d9c8a',
  '#d37295',
  '#8f9bd6',
]
  .map((colour, index) => `.c${index} { fill: ${colour}; background: ${colour}; }`)
  .join(' ')}
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--accent); font-size: 14px; }
.scroll { overflow: auto; max-height: 460px; margin-top: 8px; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: 6px 10px; }
th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child { text-align: left; font-weight: 500; position: sticky; left: 0; background: var(--card); }
thead th { position: sticky; top: 0; background: var(--card); color: var(--soft); font-weight: 500; }
thead th:first-child { z-index: 1; }
footer { margin-top: 24px; color: var(--soft); font-size: 13px; }
@media (max-width: 520px) {
  main { padding: 24px 14px 36px; }
  h1 { font-size: 22px; }
  section { padding: 14px; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .figures div:last-child:nth-child(odd) { grid-column: 1 / -1; }
  .chart text { font-size: 16px; }
  .roomy { display: none; }
  .tight { display: inline; } }
@media print { .scroll { max-height: none; overflow: visible; } }
`;
