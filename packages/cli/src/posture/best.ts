import { type BestChange, bestChanges, type Edit, ranked, severities } from "@bulkhead/analysis";
import type { Look } from "../commands/posture.ts";
import { objectText } from "../output/verdict-text.ts";

/** One change that removes much at once, as the first screen shows it. */
export interface RankedChange {
  readonly says: string;
  /** `2 critical, 3 high`. */
  readonly removes: string;
  /** The factors behind its place, as a person reads them. */
  readonly why?: string;
  readonly mind?: string;
}

/** What a person does with a field: `shop/web: 4 fields`, or the one. */
function editsText(objects: BestChange["objects"], edits: readonly Edit[]): string {
  const [first] = objects;
  const made = edits.flatMap((edit) => (edit.op === "create" ? [edit.create] : []));
  const [one] = made;
  const gone = edits.find((edit) => edit.op === "delete");
  if (one !== undefined && made.length === edits.length)
    return `create ${objectText({ ...one, namespace: one.metadata.namespace ?? "", name: one.metadata.name ?? "" })}${made.length > 1 ? ` and ${made.length - 1} more` : ""}`;
  if (gone !== undefined && edits.length === 1) return `delete ${objectText(gone.object)}`;
  const fields = edits.flatMap((edit) => (edit.op === "set" || edit.op === "remove" ? [edit] : []));
  const at = `${first === undefined ? "" : objectText(first)}${objects.length > 1 ? ` and ${objects.length - 1} more` : ""}`;
  return `${at}: ${grouped(fields.map(({ field }) => field))}`;
}

/** Fields by what they stand in: `containers[0].securityContext: privileged, runAsNonRoot`. */
function grouped(fields: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const field of new Set(fields)) {
    const short = field.replace(/^(spec\.jobTemplate\.)?(spec\.template\.)?spec\./, "");
    const dot = short.lastIndexOf(".");
    const place = dot < 0 ? "" : short.slice(0, dot);
    groups.set(place, [...(groups.get(place) ?? []), short.slice(dot + 1)]);
  }
  return [...groups]
    .map(([place, names]) => (place === "" ? names.join(", ") : `${place}: ${names.join(", ")}`))
    .join("; ");
}

const counted = (findings: BestChange["gone"]): string =>
  severities
    .flatMap((severity) => {
      const n = findings.filter(({ control }) => control.severity === severity).length;
      return n === 0 ? [] : [`${n} ${severity}`];
    })
    .join(", ");

/** `, and brings 1 medium (network-ingress-from-all)`: what stood behind what goes, by name, to be weighed against it. */
function broughtBy({ appeared }: BestChange): string {
  if (appeared.length === 0) return "";
  const [first = "", ...others] = new Set(appeared.map(({ control }) => control.id));
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return `, and brings ${counted(appeared)} (${first}${more})`;
}

/** The share of all risk that goes, and what made it so much. */
function whyOf(look: Look, change: BestChange, whole: number): string {
  const share = whole === 0 ? 0 : Math.round(((change.before - change.after) / whole) * 100);
  const [worst] = change.gone.map((finding) => ranked(look.evaluation, finding)).toSorted((a, b) => b.risk - a.risk);
  const factors = (worst?.factors ?? [])
    .filter(({ times, known }) => times > 1 && known)
    .toSorted((a, b) => b.times - a.times)
    .slice(0, 2)
    .map(({ because, times }) => `${because} (×${times})`);
  return [`${share < 1 ? "under 1" : share} percent of all risk`, ...factors].join("; ");
}

/** The changes that remove most risk, each made in the snapshot and looked at again. */
export function bestOf(look: Look): readonly RankedChange[] {
  const changes = bestChanges(look.evaluation);
  const whole = changes[0]?.before ?? 0;
  return changes.map((change) => {
    const [mind] = change.mind;
    return {
      says: editsText(change.objects, change.edits),
      removes: `${counted(change.gone)}${broughtBy(change)}`,
      why: whyOf(look, change, whole),
      ...(mind === undefined ? {} : { mind }),
    };
  });
}
