import { cssString, htmlText, pageFont } from "../report/markup.ts";
import type { Evidence, FrameworkEvidence, RequirementEvidence } from "./evidence.ts";
import type { RequirementSpan } from "./span.ts";
import type { RequirementState } from "./state.ts";
import {
  becauseOf,
  claimOf,
  day,
  isSpokenOf,
  minute,
  notKnown,
  overLines,
  overWords,
  recordLines,
  scopeWords,
  spanWords,
  stateWords,
  summaryOf,
} from "./words.ts";

/** `foot` stands on every page that is printed, beside its number. */
const style = (foot: string): string => `
@page { size: A4; margin: 16mm 14mm 18mm;
  @bottom-left { content: ${cssString(foot)}; font: 8pt ${pageFont}; color: #52606d; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt ${pageFont}; width: 5rem; text-align: right; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem; font: 10.5pt/1.45 ${pageFont}; color: #16202b; background: #fff; }
h1 { font-size: 20pt; line-height: 1.2; margin: 0 0 .6rem; }
h2 { font-size: 13.5pt; margin: 2rem 0 .4rem; border-bottom: 1.5pt solid #16202b; padding-bottom: .2rem; }
h3 { font-size: 10.5pt; margin: 1.1rem 0 .3rem; }
h1, h2, h3, section > p { break-after: avoid; } section > p { break-inside: avoid; } p, li { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 9rem 1fr; gap: .15rem 1rem; margin: 0 0 1rem; }
dt { color: #52606d; } dd { margin: 0; overflow-wrap: anywhere; }
.box { border: .75pt solid #9aa5b1; border-left-width: 3pt; padding: .6rem .9rem; margin: .8rem 0; break-inside: avoid; }
.box.open { border-left-color: #b45309; break-inside: auto; } .box.claim { border-left-color: #16202b; }
.box p { margin: 0 0 .4rem; } .box ul { margin: .2rem 0; padding-left: 1.1rem; } .box h3 { margin-top: 0; }
table { width: 100%; border-collapse: collapse; font-size: 8.5pt; line-height: 1.35; } table.rows { table-layout: fixed; } thead { display: table-header-group; }
tr { break-inside: avoid; } th { text-align: left; font-weight: 600; border-bottom: 1pt solid #16202b; padding: .25rem .5rem .25rem 0; }
td { vertical-align: top; border-bottom: .5pt solid #d5dbe1; padding: .25rem .5rem .25rem 0; overflow-wrap: anywhere; }
td.id { white-space: nowrap; font-variant-numeric: tabular-nums; } td.long { white-space: normal; } td.state { font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } td.n { white-space: nowrap; } td.day { white-space: nowrap; }
.not-met, .partly { color: #a61b1b; } .unknown, .accepted { color: #8a4b08; } .met { color: #12633b; } .no-object, .gap, .person { color: #52606d; }
.note, .ids { color: #52606d; font-size: 9pt; } td .note { font-size: 8pt; } .ids { columns: 2; column-gap: 2rem; padding-left: 0; list-style: none; margin: 0; } .ids li { break-inside: avoid; }
.sign { display: grid; grid-template-columns: 1fr 1fr 8rem; gap: 2rem; margin-top: 2.5rem; break-inside: avoid; } .sign div { border-top: .75pt solid #16202b; padding-top: .2rem; font-size: 8.5pt; color: #52606d; margin-top: 2.6rem; }
.over { display: block; font-weight: 600; } .over.held { color: #12633b; } .over.broken { color: #a61b1b; } .over.unknown, .over.accepted { color: #8a4b08; }
.bar { display: flex; height: 6pt; width: 100%; overflow: hidden; margin: .15rem 0; border: .5pt solid #9aa5b1; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.bar i { display: block; min-width: 1px; } .bar .b-met { background: #12633b; } .bar .b-no-object { background: #d5dbe1; } .bar .b-not-met, .bar .b-partly { background: #a61b1b; } .bar .b-accepted { background: #d97706; } .bar .b-unknown { background: repeating-linear-gradient(45deg, #fff 0 2px, #8a4b08 2px 4px); } .bar .b-not-observed { background: repeating-linear-gradient(90deg, #fff 0 2px, #9aa5b1 2px 3px); }
.key { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: 9pt; margin: .3rem 0 0; } .key span { display: inline-flex; align-items: center; gap: .4rem; } .key .bar { align-items: stretch; height: 7pt; width: 1.8rem; min-width: 0; flex: none; margin: 0; } .key .bar i { flex: 1; }
@media print { body { max-width: none; padding: 0; } h2 { margin-top: 1.4rem; } }
`;

const order: readonly RequirementState[] = [
  "met",
  "partly",
  "not-met",
  "accepted",
  "unknown",
  "no-object",
  "gap",
  "person",
];

/** A requirement's time as a bar, its pieces as long as they lasted. */
function bar({ pieces }: RequirementSpan): string {
  const parts = pieces.map(({ from, to, state }) => {
    const words = state === "not-observed" ? "nobody looked" : stateWords[state];
    const title = `${words}: ${minute(from)} to ${minute(to)}`;
    return `<i class="b-${state}" style="flex:${Math.max(1, Date.parse(to) - Date.parse(from))}" title="${htmlText(title)}"></i>`;
  });
  return `<span class="bar">${parts.join("")}</span>`;
}

function overCell(over: RequirementSpan | undefined): string {
  if (over === undefined) return "";
  const { verdict } = over;
  if (verdict === "gap" || verdict === "person") return `<td class="n">&#8211;</td>`;
  return `<td><span class="over ${verdict}">${htmlText(spanWords[verdict])}</span>${bar(over)}<span class="note">${htmlText(overWords(over))}</span></td>`;
}

const keys = [
  ["met", "met"],
  ["not-met", "not met, or partly"],
  ["accepted", "accepted"],
  ["unknown", "not known"],
  ["not-observed", "nobody looked"],
  ["no-object", "nothing there"],
] as const;

function overBox(evidence: Evidence): string {
  if (evidence.over === undefined) return "";
  const lines = overLines(evidence).map((line) => `<p>${htmlText(line)}</p>`);
  const key = keys.map(
    ([state, words]) => `<span><span class="bar"><i class="b-${state}"></i></span>${htmlText(words)}</span>`,
  );
  return `<div class="box claim"><h3>Over the span</h3>${lines.join("")}<p class="key">${key.join("")}</p></div>`;
}

const isLong = ({ id }: RequirementEvidence): boolean => id.length > 12;

/** A long identifier goes on in the next line where a word of it ends. */
const breakable = (id: string): string =>
  id
    .split(/(?<=[/_])|(?<=[a-z])(?=[A-Z])/)
    .map(htmlText)
    .join("<wbr>");

function row(requirement: RequirementEvidence): string {
  const { id, title, state, objects, since, controls } = requirement;
  const speak = controls.map((control) => control.id);
  const shown = speak.length > 4 ? `${speak.slice(0, 3).join(", ")} and ${speak.length - 3} more` : speak.join(", ");
  return `<tr><td class="id${isLong(requirement) ? " long" : ""}">${breakable(id)}</td><td>${htmlText(title)}<br><span class="note">${htmlText(shown)}</span></td><td class="state ${state}">${htmlText(stateWords[state])}</td><td class="n">${objects.failing} / ${objects.looked}</td><td class="day">${since === undefined ? "" : htmlText(day(since))}</td><td>${htmlText(becauseOf(requirement))}</td>${overCell(requirement.over)}</tr>`;
}

const list = (requirements: readonly RequirementEvidence[]): string =>
  `<ul class="ids">${requirements.map(({ id, title }) => `<li>${htmlText(id)} ${htmlText(title)}</li>`).join("")}</ul>`;

/** Percent of the width, by column; with long identifiers, and with a span. */
const widths = {
  short: { plain: [8, 33, 10, 9, 12, 28], over: [7, 23, 10, 9, 12, 21, 18] },
  long: { plain: [18, 28, 10, 9, 12, 23], over: [14, 20, 9, 9, 12, 19, 17] },
} as const;

function table(rows: readonly RequirementEvidence[]): string {
  const over = rows.some((each) => each.over !== undefined);
  const columns = widths[rows.some(isLong) ? "long" : "short"][over ? "over" : "plain"];
  const heads = ["No.", "Requirement, and the controls that speak of it", "State", "Fail / looked", "Since", "Because"];
  const head = [...heads, ...(over ? ["Over the span"] : [])].map(
    (text) => `<th${text === "Fail / looked" ? ' class="n"' : ""}>${text}</th>`,
  );
  return `<table class="rows"><colgroup>${columns.map((width) => `<col style="width:${width}%">`).join("")}</colgroup><thead><tr>${head.join("")}</tr></thead><tbody>\n${rows.map(row).join("\n")}\n</tbody></table>`;
}

function section(framework: FrameworkEvidence): string {
  const { title, version, note, requirements } = framework;
  const rows = requirements.filter(isSpokenOf);
  const gaps = requirements.filter(({ state }) => state === "gap");
  const people = requirements.filter((each) => each.state === "person" && !isSpokenOf(each));
  return [
    `<section>`,
    `<h2>${htmlText(`${title} ${version}`)}</h2>`,
    `<p>${htmlText(summaryOf(framework))}.${note === undefined ? "" : ` <span class="note">Mind: ${htmlText(note)}.</span>`}</p>`,
    rows.length === 0 ? "" : table(rows),
    gaps.length === 0
      ? ""
      : `<h3>Gaps: a machine could answer these, and no control does (${gaps.length})</h3>${list(gaps)}`,
    people.length === 0
      ? ""
      : `<h3>For people to answer, and no control speaks of them (${people.length})</h3>${list(people)}`,
    `</section>`,
  ].join("\n");
}

const bullets = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${htmlText(line)}</li>`).join("")}</ul>`;

/** Evidence as a page that prints: nothing fetched, no scripts, what is not known before what is. */
export function evidenceHtml(evidence: Evidence): string {
  const { of, at, version, span, record, frameworks } = evidence;
  const title = `Compliance evidence: ${frameworks.map((framework) => framework.title).join(", ")}`;
  const open = notKnown(evidence);
  const rows: readonly (readonly [string, string])[] = [
    ["Looked at", scopeWords(evidence)],
    ...(record === undefined ? [] : ([["Instance", record.instanceId]] as const)),
    [
      "Span",
      evidence.over !== undefined
        ? `${minute(evidence.over.from)} to ${minute(evidence.over.to)}; states and reasons are of the moment ${minute(at)}`
        : span.from === undefined
          ? `the moment ${minute(span.to)}; nobody wrote down since when things are as they are`
          : `${minute(span.from)} (the oldest breach that is still there) to ${minute(span.to)}`,
    ],
    ["Made", `${minute(at)}, by Bulkhead ${version}`],
  ];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${htmlText(`${title} of ${of}`)}</title>
<style>${style(`Compliance evidence of ${of}, ${minute(at)}`)}</style></head>
<body>
<h1>${htmlText(frameworks.length === 1 ? title : "Compliance evidence")}</h1>
<dl>${rows.map(([name, text]) => `<dt>${htmlText(name)}</dt><dd>${htmlText(text)}</dd>`).join("")}</dl>
<div class="box claim"><h3>What this says</h3>${claimOf(evidence)
    .map((line) => `<p>${htmlText(line)}</p>`)
    .join("")}</div>
${overBox(evidence)}
<div class="box open"><h3>What is not known</h3>${open.length === 0 ? "<p>Everything that controls ask for could be read.</p>" : bullets(open)}</div>
<table><thead><tr><th>Framework</th>${order.map((state) => `<th class="n">${htmlText(stateWords[state])}</th>`).join("")}</tr></thead><tbody>
${frameworks
  .map(
    ({ title: name, version: edition, counts }) =>
      `<tr><td>${htmlText(`${name} ${edition}`)}</td>${order.map((state) => `<td class="n ${state}">${counts[state]}</td>`).join("")}</tr>`,
  )
  .join("\n")}
</tbody></table>
${frameworks.map(section).join("\n")}
<section><h2>Proof</h2>
<p>Every check is a control of Bulkhead, held against one object; where a rule has a decider (pod security, access, network, images), the control asked it. The JSON form holds each control, finding and verdict.</p>
${bullets(recordLines(evidence))}
<div class="sign"><div>Assessed by (name, role)</div><div>Signature</div><div>Date</div></div>
</section>
</body>
</html>
`;
}
