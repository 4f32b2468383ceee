import {
  clusterExceptionNamespace,
  type Exception,
  type ExceptionDecider,
  type ExceptionSpec,
  type ExceptionSubjectKind,
  exceptionDeciders,
  securityApiVersion,
} from "@bulkhead/api";
import { formatSubject, isClusterKind, parseSubject, type Subject } from "../exception/subject.ts";
import { ImageReferenceError, parseImageReference } from "../image/reference.ts";
import { isolatedRule } from "../network/isolation.ts";
import { type Protocol, protocols } from "../network/rule-set.ts";
import { stableId } from "../network/stable-id.ts";
import {
  formatTraffic,
  parsePeer,
  parsePorts,
  parseTraffic,
  type Traffic,
  type TrafficPeer,
} from "../network/traffic-value.ts";
import { parseNodeAllowance } from "../node-policy/allowance.ts";
import type { TimedAllowance } from "../node-policy/node-policy.ts";
import { AllowError } from "./allow-error.ts";
import { isClusterWide } from "./command.ts";
import { isLiftable, liftableRules } from "./rules.ts";
import { expiryOf, reasonOf } from "./terms.ts";
import { splitWords, type Words } from "./words.ts";

/** For `bulkhead allow --help`. */
export const allowUsage = `bulkhead allow traffic FROM TO PORT[/PROTOCOL] [--only egress|ingress] --reason TEXT
bulkhead allow DECIDER RULE --for KIND/NAME -n NAMESPACE [--value VALUE] --reason TEXT
bulkhead allow posture CONTROL --for clusterrole/NAME|namespace/NAME|… [--value VALUE] --reason TEXT
bulkhead allow node privileged-namespace NAME | host-path PATH[:ro] | registry REGISTRY[/PATH] --reason TEXT

Writes an Exception: one rule of one decider, lifted for one subject, for 7 days unless --for-days N or --until TIME
says otherwise. FROM and TO are NAMESPACE/KIND/NAME, NAMESPACE/NAME, an address, a block or *. DECIDER is one of
${exceptionDeciders.join(", ")}. The node's own rules are lifted in its root-owned file, for as long.`;

export interface AllowFacts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who asks: the user of the kubeconfig; for the node's own rules the machine's. */
  readonly author: string;
  /** What `NAMESPACE/NAME` is: a pod's lasting owner. Undefined: there is no such pod or workload. */
  readonly kindOf?: (
    namespace: string,
    name: string,
  ) => { readonly kind: ExceptionSubjectKind; readonly name: string } | undefined;
}

export type Allowance =
  | { readonly kind: "exceptions"; readonly exceptions: readonly Exception[] }
  | { readonly kind: "node"; readonly allowance: TimedAllowance };

type Lifted = Omit<ExceptionSpec, "reason" | "author" | "expires">;

/** The same question gets the same name, so that asking again renews. */
function makeException(namespace: string, lifted: Lifted, words: Words, facts: AllowFacts): Exception {
  const { decider, rule, subject, value } = lifted;
  const readable = [decider, rule, subject.name]
    .join("-")
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .slice(0, 180);
  const expires = expiryOf(words, facts.now, rule);
  // Each broken glass is an object of its own: its day is counted from when the server took it.
  const once = rule === "break-glass" ? [expires] : [];
  const id = stableId("", JSON.stringify([decider, rule, subject.kind, subject.name, value, ...once])).slice(0, 8);
  return {
    apiVersion: securityApiVersion,
    kind: "Exception",
    metadata: { namespace, name: `${readable}-${id}` },
    spec: { ...lifted, reason: reasonOf(words), author: facts.author, expires },
  };
}

function peerOf(text: string, facts: AllowFacts): TrafficPeer {
  const peer = parsePeer(text);
  if (peer !== undefined) return peer;
  const [namespace = "", name = "", ...more] = text.split("/");
  if (name === "" || more.length > 0)
    throw new AllowError("subject", `${JSON.stringify(text)} is neither NAMESPACE/KIND/NAME nor an address`);
  const subject = facts.kindOf?.(namespace, name);
  if (subject === undefined)
    throw new AllowError(
      "subject",
      `say what ${text} is: ${namespace}/deployment/${name}, ${namespace}/pod/${name}, …`,
    );
  return { kind: "subject", namespace, subject };
}

function portOf(text: string): Pick<Traffic, "ports" | "protocol"> {
  if (text === "*") return { ports: undefined, protocol: undefined };
  const [numbers = "", word = "TCP", ...more] = text.split("/");
  const ports = parsePorts(numbers);
  const protocol: Protocol | undefined = protocols.find((p) => p === word.toUpperCase());
  if (ports === false || protocol === undefined || more.length > 0) {
    throw new AllowError("value", `${JSON.stringify(text)} is no port: write 5432, 53/UDP, 8000-8100 or *`);
  }
  return { ports, protocol };
}

function parseTrafficWords(words: Words, facts: AllowFacts): Exception[] {
  const [, fromText, toText, portText, ...more] = words.positional;
  if (fromText === undefined || toText === undefined || portText === undefined || more.length > 0) {
    throw new AllowError("usage", "write bulkhead allow traffic FROM TO PORT");
  }
  for (const option of ["--for", "--namespace", "--value"]) {
    if (words.options.has(option)) throw new AllowError("usage", `${option} does not go with bulkhead allow traffic`);
  }
  const only = words.options.get("--only");
  if (only !== undefined && only !== "egress" && only !== "ingress")
    throw new AllowError("usage", "--only takes egress or ingress");
  const [from, to, port] = [peerOf(fromText, facts), peerOf(toText, facts), portOf(portText)];
  const lift = (rule: "egress" | "ingress", end: TrafficPeer, other: TrafficPeer): Exception[] => {
    if (end.kind !== "subject" || (only !== undefined && only !== rule)) return [];
    const value = formatTraffic({ peer: other, ...port });
    return [makeException(end.namespace, { decider: "network", rule, subject: end.subject, value }, words, facts)];
  };
  const exceptions = [...lift("egress", from, to), ...lift("ingress", to, from)];
  if (exceptions.length === 0)
    throw new AllowError("subject", "neither end that is to be opened is a pod or a workload");
  return exceptions;
}

/** Rules of the image decider whose value is what they found: an advisory, a check, a path. */
const foundByName: ReadonlySet<string> = new Set([
  "vulnerability",
  "exploited",
  "malicious",
  "misconfiguration",
  "secret",
  "unknown",
]);

function checkValue(decider: ExceptionDecider, rule: string, value: string): void {
  if (decider === "network" && rule === isolatedRule)
    throw new AllowError("usage", "--value does not go with bulkhead allow network isolated: it lets all traffic back");
  if (decider === "network" && parseTraffic(value) === undefined) {
    throw new AllowError(
      "value",
      `${JSON.stringify(value)} is no traffic: write shop/deployment/db:5432/TCP or 10.0.0.0/8:443/TCP`,
    );
  }
  if (decider !== "image" || foundByName.has(rule)) return;
  try {
    parseImageReference(value);
  } catch (error) {
    if (error instanceof ImageReferenceError) throw new AllowError("value", error.message);
    throw error;
  }
}

/** Where an Exception goes: what is in no namespace, and a Namespace that none is named beside, to where that counts. */
const namespaceFor = (decider: ExceptionDecider, subject: Subject | undefined, named: string | undefined): string =>
  named === undefined &&
  subject !== undefined &&
  isClusterWide({ decider, namespace: clusterExceptionNamespace, subject })
    ? clusterExceptionNamespace
    : (named ?? "");

function parseRuleWords(words: Words, facts: AllowFacts): Exception[] {
  const [deciderWord = "", rule = "", ...more] = words.positional;
  if (more.length > 0 || rule === "")
    throw new AllowError("usage", "write bulkhead allow DECIDER RULE --for KIND/NAME -n NAMESPACE");
  if (words.options.has("--only")) throw new AllowError("usage", "--only goes with bulkhead allow traffic");
  const decider = exceptionDeciders.find((d) => d === deciderWord);
  if (decider === undefined)
    throw new AllowError(
      "decider",
      `${JSON.stringify(deciderWord)} is none of traffic, node, ${exceptionDeciders.join(", ")}`,
    );
  if (!isLiftable(decider, rule)) {
    throw new AllowError(
      "rule",
      `${JSON.stringify(rule)} is no rule of ${decider}: ${decider === "posture" ? "name a control as bulkhead posture does" : liftableRules[decider].join(", ")}`,
    );
  }
  const subject = parseSubject(words.options.get("--for") ?? "");
  const namespace = namespaceFor(decider, subject, words.options.get("--namespace"));
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(namespace))
    throw new AllowError("subject", "say which namespace: -n NAMESPACE");
  if (subject === undefined) throw new AllowError("subject", "say for whom: --for deployment/web");
  const wide = isClusterWide({ decider, namespace, subject });
  if (isClusterKind(subject.kind) && !wide)
    throw new AllowError(
      "subject",
      decider === "posture"
        ? `${formatSubject(subject)} is in no namespace: leave -n out`
        : `${formatSubject(subject)} is in no namespace, and of such only posture's findings are accepted`,
    );
  if (subject.kind === "Namespace" && subject.name !== namespace && !wide)
    throw new AllowError("subject", `an Exception in ${namespace} cannot be for another namespace`);
  const value = words.options.get("--value");
  if (value !== undefined) checkValue(decider, rule, value);
  return [
    makeException(namespace, { decider, rule, subject, ...(value === undefined ? {} : { value }) }, words, facts),
  ];
}

/** Reads the words after `bulkhead allow` (see `allowUsage`). Throws AllowError. The commands of refusals read back. */
export function parseAllow(args: readonly string[], facts: AllowFacts): Allowance {
  const words = splitWords(args);
  switch (words.positional[0]) {
    case undefined:
      throw new AllowError("usage", allowUsage);
    case "traffic":
      return { kind: "exceptions", exceptions: parseTrafficWords(words, facts) };
    case "node":
      return {
        kind: "node",
        allowance: {
          ...parseNodeAllowance(words),
          reason: reasonOf(words),
          author: facts.author,
          expires: expiryOf(words, facts.now),
        },
      };
    default:
      return { kind: "exceptions", exceptions: parseRuleWords(words, facts) };
  }
}
