import type { AuditMatch } from "@bulkhead/audit";
import type { VerifyReport } from "../commands/audit.ts";
import { harmless, paint } from "../output/print.ts";
import type { Anchor } from "./anchor.ts";

/** `pods/web log in shop`, or the path. */
function aboutText({ event }: AuditMatch): string {
  const ref = event.objectRef;
  if (ref?.resource === undefined) return event.requestURI.replace(/\?.*/s, "");
  const group = ref.apiGroup === undefined || ref.apiGroup === "" ? "" : `.${ref.apiGroup}`;
  const sub = ref.subresource === undefined ? "" : `/${ref.subresource}`;
  const name = ref.name === undefined ? "" : ` ${ref.name}`;
  const where = ref.namespace === undefined ? "" : ` in ${ref.namespace}`;
  return `${ref.resource}${group}${sub}${name}${where}`;
}

const codeText = (code: number | undefined): string => {
  if (code === undefined) return paint("dim", "  -");
  return code >= 500 || code === 403 || code === 401
    ? paint("red", String(code))
    : code >= 400
      ? paint("yellow", String(code))
      : paint("green", String(code));
};

/** One record on one line: time, number, answer, who, what; and why where it was refused. */
export function matchText(match: AuditMatch): string {
  const { seq, event } = match;
  const by = event.user.username ?? "nobody";
  const who = event.impersonatedUser === undefined ? by : `${event.impersonatedUser.username} (really ${by})`;
  const code = event.responseStatus?.code;
  const reason = event.annotations?.["authorization.k8s.io/reason"] ?? "";
  const why =
    code === undefined || code < 400
      ? ""
      : (event.responseStatus?.message ?? (code === 403 ? reason : "")) || (event.responseStatus?.reason ?? "");
  const time = event.requestReceivedTimestamp.replace(/\.\d+Z$/, "Z");
  const tail = why === "" ? "" : `  ${paint("dim", one(why))}`;
  return `${paint("dim", time)} ${String(seq).padStart(6)} ${codeText(code)}  ${one(who)}  ${paint("bold", one(event.verb))} ${one(aboutText(match))}${tail}`;
}

const one = (text: string): string => harmless(text).replaceAll(/\s+/g, " ");

/** `bulkhead audit verify` for a person. */
export function verifyText(report: VerifyReport): string {
  const { verdict, seq, says, records, checkpoints, anchors, instanceId } = report;
  const held = `${checkpoints} signed checkpoint${checkpoints === 1 ? "" : "s"}${anchors === 0 ? "" : `, ${anchors} of them kept elsewhere`}`;
  if (verdict === "intact")
    return `${paint(["green", "bold"], "intact")}  ${harmless(says)}\n        held against ${held}; instance ${harmless(instanceId)}`;
  return [
    `${paint(["red", "bold"], verdict)}  ${harmless(says)}`,
    ...(seq === undefined ? [] : [`  first broken record  ${seq}`]),
    `  held up to           ${records}`,
    `  against              ${held}`,
    `  instance             ${harmless(instanceId)}`,
    "  What stands from there on cannot be believed. Keep the file as it is; compare it with a backup.",
  ].join("\n");
}

/** What a checkpoint holds, for a person; what proves something later is its JSON. */
export function checkpointText({ checkpoint }: Anchor): string {
  const { count, time, hash, keyId, instanceId } = checkpoint;
  return [
    `${count} records, signed ${harmless(time)}`,
    `  hash      ${harmless(hash)}`,
    `  key       ${harmless(keyId)}`,
    `  instance  ${harmless(instanceId)}`,
    "  To keep it elsewhere: bulkhead audit checkpoint export > FILE",
  ].join("\n");
}
