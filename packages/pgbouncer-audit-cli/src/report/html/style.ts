/** No inline `style` anywhere: the page's policy allows this one sheet, by its hash. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f5f6f8; --text: #1b2027; --quiet: #535d6b; --line: #d8dde4;
  --red: #ab1f18; --red-panel: #fdeeec; --amber: #7d4b00; --amber-panel: #fff4df; --green: #17633a; --green-panel: #e8f5ec;
  --link: #1a56b0; --mark: #ffdf94; --mark-line: #c0392b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --panel: #1d2128; --text: #e3e7ed; --quiet: #a6afbc; --line: #363d48;
    --red: #ff9d94; --red-panel: #3a1d1b; --amber: #f0bf6c; --amber-panel: #37290f; --green: #84d6a0; --green-panel: #173021;
    --link: #90bbff; --mark: #5c4512; --mark-line: #ff9d94;
  }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --panel: #f5f6f8; --text: #000000; --quiet: #444444; --line: #bbbbbb;
    --red: #ab1f18; --red-panel: #fdeeec; --amber: #7d4b00; --amber-panel: #fff4df; --green: #17633a; --green-panel: #e8f5ec;
    --link: #000000; --mark: #ffdf94; --mark-line: #c0392b;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 5rem; max-width: 62rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif;
  overflow-wrap: break-word;
}
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
h1 { margin: 0 0 .5rem; font-size: 2rem; letter-spacing: -.015em; }
h2 { margin: 3.25rem 0 .4rem; font-size: 1.4rem; letter-spacing: -.01em; }
h3 { margin: 1.8rem 0 0; font-size: 1.08rem; }
.head h3 { margin: 0; }
h4 { margin: 1.4rem 0 .35rem; font-size: 1rem; }
p { margin: .4rem 0; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, input:focus-visible, select:focus-visible, summary:focus-visible, button:focus-visible {
  outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px;
}
code, pre, .place { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: .875em; }
pre, .place, li, p, td.place { overflow-wrap: anywhere; }
:not(pre) > code { background: var(--panel); padding: .08em .3em; border-radius: 4px; }
.quiet { color: var(--quiet); }
.skip { position: absolute; left: -100vw; }
.skip:focus { position: static; display: inline-block; margin-bottom: 1rem; }
.tool { margin: 0 0 1.25rem; color: var(--quiet); font-size: .9rem; }

.verdict { padding: 1.6rem 1.75rem 1.4rem; border-radius: 12px; box-shadow: inset 7px 0 0 var(--tone); background: var(--tone-panel); }
.verdict h1 { color: var(--tone); }
.verdict p { max-width: 46rem; }
.not-ready { --tone: var(--red); --tone-panel: var(--red-panel); }
.ready { --tone: var(--green); --tone-panel: var(--green-panel); }
.nothing-examined, .not-applicable { --tone: var(--amber); --tone-panel: var(--amber-panel); }
.numbers { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; margin: 1.1rem 0 0; padding: 0; }
.numbers div { display: flex; flex-direction: column-reverse; }
.numbers dt { color: var(--text); font-size: .85rem; }
.numbers dd { margin: 0; font-size: 1.5rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.2; }

nav { margin: 1.25rem 0 0; font-size: .925rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; }

.work { margin: 1.1rem 0 0; padding: 0; list-style: none; counter-reset: work; }
.work > li { position: relative; margin: 0 0 1rem; padding: 1.15rem 1.35rem 1.2rem 4rem; border: 1px solid var(--line); border-radius: 12px; counter-increment: work; }
.work > li::before {
  content: counter(work); position: absolute; left: 1.25rem; top: 1.05rem; width: 1.8rem; height: 1.8rem; border-radius: 50%;
  background: var(--text); color: var(--page); font-weight: 650; font-size: .95rem; line-height: 1.8rem; text-align: center;
}
.work > li.later::before { background: transparent; color: var(--text); box-shadow: inset 0 0 0 2px var(--line); }
.head { display: flex; flex-wrap: wrap; gap: .3rem .75rem; align-items: baseline; justify-content: space-between; }
.cure { margin: .55rem 0 .3rem; padding-left: 1.2rem; }
.cure li { margin: .2rem 0; }
.cure li::marker { color: var(--quiet); }
.places { margin: .5rem 0 0; padding: 0; list-style: none; font-size: .95rem; }
.places a + a { margin-left: .45rem; }
.hazards { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; margin: .5rem 0 0; padding: 0; list-style: none; font-size: .94rem; }

.chip { display: inline-block; padding: .05rem .55rem; border-radius: 99px; font-size: .82rem; font-weight: 600; white-space: nowrap; border: 1px solid currentColor; }
.chip.blocker { color: var(--red); background: var(--red-panel); }
.chip.risk { color: var(--amber); background: var(--amber-panel); }
.chip.info, .chip.possible, .chip.depends, .chip.suppressed, .chip.known { color: var(--quiet); background: var(--panel); }

table { width: 100%; margin: .4rem 0 0; border-collapse: collapse; font-size: .94rem; }
th, td { padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; font-size: .85rem; }
tbody th { font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.over td, tr.over th { color: var(--red); }

.bar { display: flex; height: .7rem; margin: .8rem 0 .5rem; border-radius: 99px; overflow: hidden; background: var(--panel); border: 1px solid var(--line); }
.bar svg { width: 100%; height: 100%; display: block; }
.read { fill: var(--green); } .part { fill: var(--amber); } .none { fill: var(--red); }

form.filter { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: end; margin: 1rem 0 .5rem; padding: 1rem 1.15rem; border-radius: 12px; background: var(--panel); }
form.filter[hidden] { display: none; }
form.filter label { display: grid; gap: .2rem; font-size: .85rem; font-weight: 600; }
form.filter label.inline { display: flex; height: 2.35rem; gap: .4rem; align-items: center; font-weight: 400; font-size: .94rem; }
form.filter fieldset { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0; padding: 0; border: 0; }
form.filter input[type=search], form.filter select {
  width: 15rem; max-width: 100%; height: 2.35rem; padding: .3rem .6rem; border: 1px solid var(--quiet); border-radius: 6px; background: var(--page); color: var(--text); font: inherit; font-weight: 400;
}
form.filter output { margin-left: auto; padding: .35rem 0; color: var(--quiet); font-size: .94rem; font-variant-numeric: tabular-nums; }

.finding { margin: .9rem 0; padding: 1rem 1.25rem 1.05rem; border: 1px solid var(--line); border-radius: 12px; }
.finding:target { border-color: var(--link); box-shadow: 0 0 0 2px var(--link); }
.finding .title { margin: 0; font-size: .95rem; }
.finding .meta { display: flex; flex-wrap: wrap; gap: .3rem .6rem; align-items: baseline; }
.frame { margin: .65rem 0; padding: .6rem .8rem; border-radius: 8px; background: var(--panel); white-space: pre-wrap; display: flex; gap: .9rem; }
.frame .line { color: var(--quiet); user-select: none; font-variant-numeric: tabular-nums; }
mark { background: var(--mark); color: inherit; border-bottom: 2px solid var(--mark-line); padding: 0; }
.because { margin: .45rem 0 0; padding: 0 0 0 .9rem; border-left: 3px solid var(--line); list-style: none; font-size: .92rem; color: var(--quiet); }
.because li { margin: .1rem 0; }
.fix { margin-top: .5rem; }
details { margin: 1rem 0 0; }
summary { cursor: pointer; font-weight: 600; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9rem; }
[hidden] { display: none !important; }

@media (max-width: 40rem) {
  body { padding: 1.25rem 1rem 3rem; }
  .work > li { padding-left: 1.35rem; padding-top: 3.4rem; }
  form.filter output { margin-left: 0; }
  th, td, td code { overflow-wrap: anywhere; }
}
@media print {
  html { font-size: 9.5pt; }
  body { padding: 0; max-width: none; }
  h2 { margin-top: 2rem; }
  .finding { padding: .6rem .9rem; margin: .6rem 0; }
  h2, h3, h4, .head, .meta { break-after: avoid; }
  .work > li, .finding, .verdict, tr { break-inside: avoid; }
  nav, form.filter, .skip { display: none; }
  a { text-decoration: none; }
  .verdict, .chip, mark, .frame, .bar, .work > li::before { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
}
`;
