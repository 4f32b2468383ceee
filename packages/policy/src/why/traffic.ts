import type { Service } from "@bulkhead/api";
import { parseIp } from "../address/ip.ts";
import { podIdentity, type Subject, subjectKind } from "../exception/subject.ts";
import { evaluateNetwork } from "../network/evaluate.ts";
import { namedPort } from "../network/pods.ts";
import type { TrafficEnd, TrafficVerdict } from "../network/question.ts";
import { type NetworkRuleSet, type PodKey, type Protocol, protocols } from "../network/rule-set.ts";
import type { Verdict } from "../verdict.ts";
import { networkRules, podsIn, type Snapshot, servicesIn } from "./snapshot.ts";

export type WhyTrafficErrorCode = "end" | "port";

/** A question about traffic that cannot be asked; the message says what to write. */
export class WhyTrafficError extends Error {
  readonly code: WhyTrafficErrorCode;
  constructor(code: WhyTrafficErrorCode, message: string) {
    super(message);
    this.name = "WhyTrafficError";
    this.code = code;
  }
}

/** One connection of those that the question means. */
export interface TrafficPair {
  readonly from: TrafficEnd;
  readonly to: TrafficEnd;
  readonly protocol: Protocol;
  readonly port: number;
  readonly verdict: TrafficVerdict;
}

/** `deny` as soon as one connection is refused; `because` is the first refused one's, or else the first's. */
export interface WhyTrafficVerdict extends Verdict {
  readonly pairs: readonly TrafficPair[];
}

const podsOfService = (rules: NetworkRuleSet, service: Service): PodKey[] => {
  const selector = Object.entries(service.spec?.selector ?? {});
  if (selector.length === 0) return [];
  return [...rules.pods.values()]
    .filter((pod) => pod.namespace === service.metadata.namespace && selector.every(([k, v]) => pod.labels[k] === v))
    .map((pod) => pod.key);
};

interface Found {
  readonly ends: readonly TrafficEnd[];
  readonly service: Service | undefined;
}

/** `NS/NAME`, `NS/KIND/NAME` or an address: a pod of that name, else the pods of a Service or workload of that name. */
function findEnds(snapshot: Snapshot, rules: NetworkRuleSet, text: string): Found {
  const ip = parseIp(text.replace(/^\[(.*)\]$/, "$1"));
  if (ip !== undefined) {
    const address = text.replace(/^\[(.*)\]$/, "$1");
    const service = servicesIn(snapshot).find((s) =>
      [s.spec?.clusterIP, ...(s.spec?.clusterIPs ?? [])].includes(address),
    );
    return service === undefined ? { ends: [{ ip: address }], service: undefined } : serviceEnds(rules, service);
  }
  const parts = text.split("/");
  const [namespace = "", name = ""] = parts.length === 3 ? [parts[0], parts[2]] : parts;
  const kind = parts.length === 3 ? parts[1] : undefined;
  if (parts.length < 2 || parts.length > 3 || namespace === "" || name === "") {
    throw new WhyTrafficError(
      "end",
      `${JSON.stringify(text)} is neither NAMESPACE/NAME nor NAMESPACE/KIND/NAME nor an address`,
    );
  }
  const key = `${namespace}/${name}`;
  if ((kind === undefined || subjectKind(kind) === "Pod") && rules.pods.has(key))
    return { ends: [{ pod: key }], service: undefined };
  const service = servicesIn(snapshot).find((s) => s.metadata.namespace === namespace && s.metadata.name === name);
  const isService = kind !== undefined && ["service", "svc"].includes(kind.toLowerCase());
  const wanted = kind === undefined ? undefined : subjectKind(kind);
  if (kind !== undefined && wanted === undefined && !isService)
    throw new WhyTrafficError("end", `${kind} is no kind that has pods`);
  const owned = [...rules.pods.values()].filter(
    (pod) =>
      pod.namespace === namespace &&
      pod.identity.subjects.some(
        (s) =>
          s.name === name &&
          (wanted === undefined ? !["ServiceAccount", "Namespace"].includes(s.kind) : s.kind === wanted),
      ),
  );
  if (!isService && owned.length > 0) return { ends: owned.map((pod) => ({ pod: pod.key })), service: undefined };
  if (service !== undefined && (kind === undefined || isService)) return serviceEnds(rules, service);
  throw new WhyTrafficError("end", `there is no running pod, workload or Service ${text}`);
}

function serviceEnds(rules: NetworkRuleSet, service: Service): Found {
  const ends = podsOfService(rules, service).map((pod) => ({ pod }));
  const { selector, clusterIP = "" } = service.spec ?? {};
  // The API server and the DNS answer at their Services' own addresses: no pod stands behind them.
  if (ends.length === 0 && Object.keys(selector ?? {}).length === 0 && parseIp(clusterIP) !== undefined)
    return { ends: [{ ip: clusterIP }], service: undefined };
  if (ends.length === 0)
    throw new WhyTrafficError(
      "end",
      `Service ${service.metadata.namespace}/${service.metadata.name} has no running pod behind it`,
    );
  return { ends, service };
}

/** `5432`, `53/UDP` or a port's name. */
function readPort(text: string): { readonly port: number | string; readonly protocol: Protocol | undefined } {
  const [port = "", word, ...more] = text.split("/");
  const protocol = word === undefined ? undefined : protocols.find((p) => p === word.toUpperCase());
  const isNumber = /^[0-9]+$/.test(port);
  const wrong =
    more.length > 0 ||
    port === "" ||
    (word !== undefined && protocol === undefined) ||
    (isNumber && (Number(port) < 1 || Number(port) > 65535));
  if (wrong)
    throw new WhyTrafficError("port", `${JSON.stringify(text)} is no port: write 5432, 53/UDP or a port's name`);
  return { port: isNumber ? Number(port) : port, protocol };
}

/** The port of a destination that is meant: through a Service its target, by name the pod's own. */
function targetPort(
  snapshot: Snapshot,
  to: TrafficEnd,
  service: Service | undefined,
  asked: ReturnType<typeof readPort>,
): readonly [Protocol, number] {
  const pod =
    "pod" in to ? podsIn(snapshot).find((p) => `${p.metadata.namespace}/${p.metadata.name}` === to.pod) : undefined;
  let wanted: number | string = asked.port;
  let protocol = asked.protocol ?? "TCP";
  if (service !== undefined) {
    const entry = service.spec?.ports?.find(
      (p) =>
        (p.port === asked.port || p.name === asked.port) &&
        (asked.protocol ?? p.protocol ?? "TCP") === (p.protocol ?? "TCP"),
    );
    if (entry === undefined)
      throw new WhyTrafficError(
        "port",
        `Service ${service.metadata.namespace}/${service.metadata.name} has no port ${asked.port}`,
      );
    wanted = entry.targetPort ?? entry.port;
    protocol = protocols.find((p) => p === entry.protocol) ?? "TCP";
  }
  if (typeof wanted === "number") return [protocol, wanted];
  const number = pod === undefined ? undefined : namedPort(pod, wanted, protocol);
  if (number === undefined)
    throw new WhyTrafficError(
      "port",
      `${"pod" in to ? `pod ${to.pod}` : to.ip} has no ${protocol} port called ${wanted}`,
    );
  return [protocol, number];
}

/**
 * May `from` connect to `port` of `to`? Ends may stand for several pods (a workload, a Service): every pair is asked.
 * Throws WhyTrafficError.
 */
export function whyTraffic(snapshot: Snapshot, from: string, to: string, port: string): WhyTrafficVerdict {
  const rules = networkRules(snapshot);
  const asked = readPort(port);
  const [sources, targets] = [findEnds(snapshot, rules, from), findEnds(snapshot, rules, to)];
  const pairs = sources.ends.flatMap((source) =>
    targets.ends.map((target): TrafficPair => {
      const [protocol, number] = targetPort(snapshot, target, targets.service, asked);
      const verdict = evaluateNetwork(rules, { from: source, to: target, protocol, port: number });
      return { from: source, to: target, protocol, port: number, verdict };
    }),
  );
  const deciding = pairs.find((p) => p.verdict.decision === "deny") ?? pairs[0];
  return { decision: deciding?.verdict.decision ?? "deny", because: deciding?.verdict.because ?? [], pairs };
}

/** What `NAMESPACE/NAME` means in `bulkhead allow traffic`: the lasting owner of the pods of that name. */
export function subjectFinder(snapshot: Snapshot): (namespace: string, name: string) => Subject | undefined {
  const pods = podsIn(snapshot).map(podIdentity);
  return (namespace, name) => {
    for (const identity of pods) {
      if (identity.namespace !== namespace) continue;
      const named = identity.subjects.find(
        (s) => s.name === name && s.kind !== "ServiceAccount" && s.kind !== "Namespace",
      );
      if (named !== undefined) return named.kind === "Pod" ? identity.subjects[0] : named;
    }
    return undefined;
  };
}
