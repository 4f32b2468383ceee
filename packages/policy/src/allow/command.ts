import { clusterExceptionNamespace, type ExceptionDecider } from "@bulkhead/api";
import { formatSubject, isClusterKind, type Subject } from "../exception/subject.ts";
import type { Direction, Protocol } from "../network/rule-set.ts";
import { formatPeer, type TrafficPeer } from "../network/traffic-value.ts";
import { shellWord } from "./shell.ts";

/** What every command leaves to the person; a reason without a letter is refused. */
const reason = '--reason "…"';

export interface TrafficAllowance {
  readonly from: TrafficPeer;
  readonly to: TrafficPeer;
  readonly port: number;
  readonly protocol: Protocol;
  /** Only this end refuses; undefined: both ends are opened. */
  readonly direction: Direction | undefined;
}

/** `bulkhead allow traffic shop/deployment/web shop/deployment/db 5432 --reason "…"`. */
export function allowTraffic(allowance: TrafficAllowance): string {
  const { from, to, port, protocol, direction } = allowance;
  const words = [
    "bulkhead",
    "allow",
    "traffic",
    formatPeer(from),
    formatPeer(to),
    protocol === "TCP" ? `${port}` : `${port}/${protocol}`,
  ];
  if (direction !== undefined) words.push("--only", direction);
  return `${words.map(shellWord).join(" ")} ${reason}`;
}

export interface RuleAllowance {
  readonly decider: ExceptionDecider;
  readonly rule: string;
  readonly namespace: string;
  readonly subject: Subject;
  readonly value?: string | undefined;
}

/** Whether a subject is excepted as what is in no namespace: then none needs to be named. */
export const isClusterWide = ({ decider, namespace, subject }: Omit<RuleAllowance, "rule" | "value">): boolean =>
  decider === "posture" &&
  namespace === clusterExceptionNamespace &&
  (isClusterKind(subject.kind) || subject.kind === "Namespace");

/** `bulkhead allow pod-security runAsNonRoot --for deployment/web -n shop --reason "…"`. */
export function allowRule(allowance: RuleAllowance): string {
  const { decider, rule, namespace, subject, value } = allowance;
  const where = isClusterWide(allowance) ? [] : ["-n", namespace];
  const words = ["bulkhead", "allow", decider, rule, "--for", formatSubject(subject), ...where];
  if (value !== undefined) words.push("--value", value);
  return `${words.map(shellWord).join(" ")} ${reason}`;
}
