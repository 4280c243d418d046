#pragma once

namespace inferscale::report {

/// The page's style: a phone first, then wide screens, dark screens and paper.
inline constexpr const char* kHtmlStyle = R"css(
:root {
  --paper: #ffffff; --ink: #1b1f24; --soft: #59636e; --line: #d5dae0; --shade: #f4f6f8;
  --accent: #0b5c8e; --answer: #eaf3f9; --cue: rgb(27 31 36 / 40%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e4e7ea; --soft: #a3adb7; --line: #3a424a; --shade: #1e2327;
    --accent: #7cc0ec; --answer: #17303f; --cue: rgb(228 231 234 / 55%);
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 16px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.2em 0 0.4em; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.2em 0 0.5em; padding-bottom: 0.2em; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6em 0 0.4em; }
h1, h2, h3, p, li, figcaption, summary { overflow-wrap: anywhere; }
p, ul { margin: 0.6em 0; max-width: 52em; }
ul { padding-left: 1.2em; }
li { margin: 0.25em 0; }
a { color: var(--accent); }
code { font: 0.9em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.skip {
  position: absolute; left: 8px; top: 8px; z-index: 3; transform: translateY(-300%);
  padding: 0.4em 0.8em; background: var(--paper); border: 1px solid var(--accent);
}
.skip:focus { transform: none; }
nav { display: flex; flex-wrap: wrap; gap: 0.2em 1em; font-size: 0.9rem; margin-bottom: 0.8em; }
.note, figcaption { color: var(--soft); font-size: 0.9rem; }
.answer {
  background: var(--answer); border-left: 5px solid var(--accent); border-radius: 4px;
  padding: 0.6em 1em; margin: 0.8em 0; font-size: 1.06rem;
}
.answer p { margin: 0.2em 0; }
.answer ul { list-style: none; padding: 0; margin: 0.4em 0; max-width: none; }
.answer li { margin: 0.6em 0; }
figure { margin: 1em 0; }
figure.table figcaption { margin-bottom: 0.4em; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 4px; max-width: 100%; width: fit-content; }
/* A shadow at the edge behind which there is more; paper, which moves with what is in the frame, covers it at the end. */
.scroll, figure.plot {
  background: linear-gradient(-90deg, var(--paper) 50%, transparent) 100% 0 / 32px 100% no-repeat local,
    linear-gradient(-90deg, var(--cue), transparent) 100% 0 / 14px 100% no-repeat scroll, var(--paper);
}
.scroll:focus-visible, figure.plot:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
table { border-collapse: collapse; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.35em 0.7em; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; background: var(--shade); vertical-align: bottom; }
th[scope=row] { font-weight: 600; background: var(--paper); }
th.number, td.number { text-align: right; }
td.number { white-space: nowrap; }
td { max-width: 24em; min-width: 4em; overflow-wrap: break-word; }
td:not(.number):not(.short) { min-width: 14em; }
@media screen and (min-width: 601px) { .short { white-space: nowrap; max-width: none; } }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); gap: 1em; margin: 1em 0; }
figure.plot {
  margin: 0; padding: 8px; border: 1px solid var(--line); border-radius: 4px; min-width: 0;
}
figure.plot svg { display: block; width: 100%; height: auto; color: var(--ink); }
figure.plot figcaption { padding: 0.3em 0.2em 0; }
.wide-plots { display: flex; flex-wrap: wrap; align-items: flex-start; }
.small-plots { grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); }
figure.own { max-width: 100%; }
figure.own svg { width: auto; max-width: 100%; }
figure.own figcaption { contain: inline-size; }
@media (max-width: 600px) {
  figure.plot { overflow-x: auto; }
  figure.own svg { max-width: none; }
  .gallery:not(.small-plots, .wide-plots) svg.is { width: 520px; }
}
svg .off { display: none; }
svg .answer.off { display: inline; opacity: 0.25; }
svg .away { opacity: 0.25; }
.tools {
  position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 0.4em; align-items: center;
  background: var(--paper); padding: 0.5em 0; font-size: 0.85rem;
}
.tools[hidden] { display: none; }
.tools button, .tools select, .filter input {
  font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--soft); min-height: 28px;
}
.tools button { border-radius: 14px; padding: 0 0.8em; cursor: pointer; }
.tools button::before {
  content: ""; display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.45em; border-radius: 50%;
  border: 2px solid var(--c); background: var(--c);
}
.tools button[aria-pressed=false] { color: var(--soft); text-decoration: line-through; }
.tools button[aria-pressed=false]::before { background: none; }
.filter { margin: 0.3em 0; font-size: 0.88rem; }
button.sort {
  font: inherit; color: inherit; background: none; border: 0; margin: 0; padding: 0; text-align: inherit; cursor: pointer;
}
button.sort::after { content: "\2195"; color: var(--soft); margin-left: 0.3em; font-weight: 400; }
th[aria-sort=ascending] button.sort::after { content: "\2191"; color: var(--ink); }
th[aria-sort=descending] button.sort::after { content: "\2193"; color: var(--ink); }
a:focus-visible, button:focus-visible, select:focus-visible, input:focus-visible, summary:focus-visible {
  outline: 3px solid var(--accent); outline-offset: 2px;
}
details { border: 1px solid var(--line); border-radius: 4px; margin: 0.7em 0; padding: 0 0.8em; }
summary { cursor: pointer; padding: 0.55em 0; font-weight: 600; }
summary > * { display: inline; font: inherit; margin: 0; }
details[open] { padding-bottom: 0.6em; }
@media (max-width: 600px) {
  main { padding: 12px; }
  .tools { position: static; }
  th[scope=row] { position: sticky; left: 0; max-width: 42vw; overflow-wrap: break-word; box-shadow: 1px 0 0 var(--line); }
  td:not(.number):not(.short) { min-width: 10em; }
  details { padding: 0 0.5em; }
}
@media print {
  :root {
    --paper: #ffffff; --ink: #000000; --soft: #444444; --line: #b5b5b5; --shade: #eeeeee;
    --accent: #000000; --answer: #f3f3f3;
  }
  @page { margin: 13mm 12mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt; } }
  body { font-size: 9.5pt; line-height: 1.4; }
  main { max-width: none; padding: 0; }
  figure { margin: 0.6em 0; }
  nav, .skip, .back, .tools, .filter, button.sort::after { display: none; }
  h1, h2, h3, summary, figcaption { break-after: avoid; }
  h2 { margin-top: 1em; }
  tr, figure.plot, .answer, li { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; border: 0; width: auto; background: none; }
  table { font-size: 7.5pt; width: 100%; }
  table.wide { font-size: 6.3pt; }
  th, td { padding: 0.25em 0.4em; overflow-wrap: break-word; min-width: 0; }
  td:not(.number):not(.short) { min-width: 0; }
  td.number { white-space: normal; }
  .note, figcaption { font-size: 8.5pt; }
  figure.plot { border-color: #dddddd; background: none; }
  .gallery { display: block; orphans: 1; widows: 1; }
  .gallery figure.plot { display: inline-block; vertical-align: top; width: 49%; margin: 0 0 2mm; padding: 4px; }
  .small-plots figure.plot { width: 32.5%; }
  .wide-plots figure.own { width: auto; }
  details { display: none; }
  main::after { content: "Tables of cells, tests and artifacts: on the page itself (report.html) and in processed/."; font-size: 8.5pt; }
  figure.own svg { max-height: 6.4cm; }
  .note { break-after: avoid; }
}
)css";

}  // namespace inferscale::report
