import { columns, harmless, paint } from "../output/print.ts";
import type { PlannedUpdate, UpdateHistory, UpdatePlan } from "./update-report.ts";

const quiet = new Set<PlannedUpdate["reason"]>(["UpToDate", "FollowedByAnother", "NoMatchingTag"]);
const wrong = new Set<PlannedUpdate["reason"]>(["RegistryFailed", "BadPolicy", "KnownBad", "Refused", "Unsigned"]);
const coloured = (one: PlannedUpdate): string => {
  const word = one.phase === undefined ? one.reason : `${one.reason} (${one.phase})`;
  return quiet.has(one.reason)
    ? paint("dim", word)
    : paint(wrong.has(one.reason) ? "red" : one.reason === "RollingOut" ? "green" : "yellow", word);
};

/** `registry/web:1.2@sha256:…` is `1.2`, or the beginning of its digest. */
export function shortImage(image: string): string {
  const [named = "", digest] = image.split("@");
  const tag = /:([^/:]+)$/.exec(named)?.[1];
  return tag ?? (digest === undefined ? named : digest.slice(0, 19));
}

/** A table, and below it why, and what a person may do. */
export function planText({ updates }: UpdatePlan): string {
  if (updates.length === 0) return "No UpdatePolicy follows anything here.";
  const rows = updates.map((one) => [
    harmless(`${one.namespace}/${one.policy}`),
    one.workload === "" ? "-" : harmless(`${one.workload} (${one.container})`),
    one.image === "" ? "-" : harmless(shortImage(one.image)),
    one.candidate === undefined ? "-" : harmless(one.candidate.tag),
    coloured(one),
  ]);
  const why = updates
    .filter((one) => !quiet.has(one.reason))
    .flatMap((one) => [
      harmless(`${one.namespace}/${one.policy} ${one.workload}: ${one.message}`),
      ...(one.candidate?.summary === undefined || one.message.endsWith(one.candidate.summary)
        ? []
        : [harmless(`    ${one.candidate.summary}`)]),
      ...(one.command === undefined ? [] : [`    ${paint("cyan", one.command)}`]),
    ]);
  const table = columns([["POLICY", "WORKLOAD", "NOW", "NEXT", "STATE"], ...rows]);
  return [table, ...(why.length === 0 ? [] : ["", ...why])].join("\n");
}

const outcome = { Finished: "green", RolledBack: "red", Failed: "red", Superseded: "dim" } as const;

export function historyText({ records, bad }: UpdateHistory): string {
  if (records.length === 0 && bad.length === 0) return "No update has ended yet.";
  const rows = records.map((one) => [
    one.ended,
    harmless(`${one.namespace}/${one.workload} (${one.container})`),
    harmless(`${shortImage(one.from)} → ${shortImage(one.to)}`),
    paint(outcome[one.outcome], one.outcome),
    harmless(one.message),
  ]);
  const failed = bad.map((one) =>
    harmless(
      `  ${one.namespace}/${one.policy}: ${one.tag} (${one.digest.slice(0, 19)}) failed ${one.workload} at ${one.since}: ${one.reason}`,
    ),
  );
  return [
    ...(rows.length === 0 ? [] : [columns([["ENDED", "WORKLOAD", "UPDATE", "OUTCOME", "WHY"], ...rows])]),
    ...(failed.length === 0
      ? []
      : ["", "Not tried again until a person says so (bulkhead update retry POLICY):", ...failed]),
  ].join("\n");
}
