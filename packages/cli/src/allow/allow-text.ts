import type { Exception } from "@bulkhead/api";
import { formatSubject, isClusterWide, parseTime, shellWord, type TimedAllowance } from "@bulkhead/policy";
import type { AllowReport } from "../commands/allow.ts";
import type { AllowedReport } from "../commands/allow-list.ts";
import { reaching } from "../instance/reach.ts";
import { columns, harmless, paint } from "../output/print.ts";

const minute = 60_000;

/** `in 6 days`, `2 hours ago`. */
export function fromNow(time: number, now: number): string {
  const distance = Math.abs(time - now);
  const units = [
    [24 * 60 * minute, "day"],
    [60 * minute, "hour"],
    [minute, "minute"],
  ] as const;
  const [size, name] = units.find(([s]) => distance >= s) ?? [minute, "minute"];
  const n = Math.max(1, Math.round(distance / size));
  const text = `${n} ${name}${n === 1 ? "" : "s"}`;
  return time >= now ? `in ${text}` : `${text} ago`;
}

/** `network egress for deployment/web in shop, only shop/deployment/db:5432/TCP`. */
function whatText({ metadata, spec }: Exception): string {
  const only = spec.value === undefined ? "" : `, only ${spec.value}`;
  const { decider, rule, subject } = spec;
  const { namespace = "" } = metadata;
  const where = isClusterWide({ decider, namespace, subject }) ? "" : ` in ${namespace}`;
  return `${decider} ${rule} for ${formatSubject(subject)}${where}${only}`;
}

const line = (label: string, text: string): string => `    ${paint("dim", label.padEnd(12))}  ${text}`;

function writtenText(exception: Exception, takeBack: string, now: number): string {
  const { metadata, spec } = exception;
  return [
    `${paint("green", "✓")} allowed: ${paint("bold", harmless(whatText(exception)))}`,
    line("written as", harmless(`Exception ${metadata.namespace}/${metadata.name}`)),
    line("until", harmless(`${spec.expires} (${fromNow(parseTime(spec.expires), now)})`)),
    line("by", harmless(spec.author)),
    line("because", harmless(spec.reason)),
    line("take it back", paint("cyan", harmless(takeBack))),
  ].join("\n");
}

/** What `bulkhead allow` did, for a person. */
export function allowText(report: AllowReport, now: number): string {
  switch (report.did) {
    case "written":
      return report.exceptions.map((e, i) => writtenText(e, report.takeBack[i] ?? "", now)).join("\n");
    case "taken-back":
      return report.exceptions
        .map((e) => `${paint("green", "✓")} no longer allowed: ${harmless(whatText(e))}`)
        .join("\n");
    case "unchanged":
      return `nothing to change: ${report.file} says so already`;
    case "node-allowed": {
      const { rule, value, expires, author, reason } = report.allowance;
      const command = reaching(`bulkhead allow node ${rule} ${shellWord(value)}`, {
        root: report.root,
        kubeconfig: undefined,
        by: "root",
      });
      return [
        `${paint("green", "✓")} allowed on this node: ${paint("bold", harmless(`${rule} ${value}`))}; it holds for every pod that starts until then`,
        line("written to", report.file),
        line("until", harmless(`${expires} (${fromNow(parseTime(expires), now)})`)),
        line("by", harmless(author)),
        line("because", harmless(reason)),
        line("take it back", paint("cyan", harmless(`${command} --take-back`))),
      ].join("\n");
    }
    case "node-taken-back":
      return `${paint("green", "✓")} no longer allowed on this node: ${report.file}; pods that run go on`;
  }
}

/** One line. */
const cell = (text: string): string => harmless(text).replaceAll(/\s+/g, " ");

/** When something ends or ended. */
function untilText(end: number, now: number): string {
  if (Number.isNaN(end)) return paint("red", "no readable end");
  return end > now ? fromNow(end, now) : paint("dim", `ended ${fromNow(end, now)}`);
}

function row({ metadata, spec }: Exception, now: number): string[] {
  const { decider, rule, subject, value = "any", author, reason } = spec;
  return [
    cell(metadata.namespace ?? ""),
    untilText(parseTime(spec.expires), now),
    ...[decider, rule, formatSubject(subject), value, author, reason].map(cell),
  ];
}

const nodeRow = ({ rule, value, author, reason, expires }: TimedAllowance, now: number): string[] => [
  paint("dim", "(node)"),
  untilText(parseTime(expires), now),
  ...["node", rule, "every pod", value, author, reason].map(cell),
];

/** `bulkhead allow --list` for a person. */
export function allowedText({ exceptions, node, now }: AllowedReport): string {
  const head = ["NAMESPACE", "UNTIL", "DECIDER", "RULE", "FOR", "VALUE", "BY", "REASON"].map((c) => paint("dim", c));
  const rows = [...exceptions.map((e) => row(e, now)), ...(node?.allowances ?? []).map((a) => nodeRow(a, now))];
  const list = rows.length === 0 ? "Nothing is excepted: every rule holds for everyone." : columns([head, ...rows]);
  if (node === undefined) return list;
  const hostPaths = node.hostPaths.map((h) => `${h.path}${h.readOnly ? " (read-only)" : ""}`);
  const named = (values: readonly string[]): string => (values.length === 0 ? "none" : values.join(", "));
  return [
    list,
    "",
    paint("dim", "In the node's own file, without an end:"),
    columns([
      ["  privileged namespaces", named(node.privilegedNamespaces)],
      ["  host paths", named(hostPaths)],
      ["  registries", named(node.registries)],
    ]),
  ].join("\n");
}
