import type { ObjectRef } from "@bulkhead/api";
import { canonicalIp } from "../address/ip.ts";
import { exceptionRef, exceptionsFor, normaliseExceptions } from "../exception/exceptions.ts";
import type { Because } from "../verdict.ts";
import { compileException, type Opening, opensClosed } from "./compile-exception.ts";
import { type CompiledRules, compileRules, directionsOf, policyRef } from "./compile-policy.ts";
import type { NetworkFacts, NetworkObjects } from "./input.ts";
import { heldPods, Interned } from "./interned.ts";
import { type Isolation, isolatedField, isolatedRule } from "./isolation.ts";
import { type NetworkPod, networkPods } from "./pods.ts";
import type { Chain, ClosedRange, Direction, NetworkRuleSet, PodKey, RuledPod } from "./rule-set.ts";
import { stableId } from "./stable-id.ts";

interface PolicyRules extends CompiledRules {
  readonly object: ObjectRef;
  /** Its place among all policies. */
  readonly place: number;
}

/** What holds one pod in one direction, in a fixed order. */
type Held = ReadonlyMap<PodKey, PolicyRules[]>;

const named = (o: { readonly namespace?: string; readonly name: string }): string => `${o.namespace ?? ""}/${o.name}`;

function holdPods(objects: NetworkObjects, interned: Interned, problems: Because[]): Record<Direction, Held> {
  const held = { ingress: new Map<PodKey, PolicyRules[]>(), egress: new Map<PodKey, PolicyRules[]>() };
  const policies = objects.policies
    .map((policy) => ({ policy, object: policyRef(policy) }))
    .sort((a, b) => (named(a.object) < named(b.object) ? -1 : 1));
  for (const [place, { policy, object }] of policies.entries()) {
    const pods = heldPods(interned, object.namespace ?? "", policy.spec?.podSelector ?? {});
    for (const direction of directionsOf(policy)) {
      const rules = { ...compileRules(policy, direction, interned), object, place };
      problems.push(...rules.problems);
      for (const pod of pods) {
        const list = held[direction].get(pod.key);
        if (list === undefined) held[direction].set(pod.key, [rules]);
        else list.push(rules);
      }
    }
  }
  return held;
}

/** Pods held by the same policies, with the same openings, share a chain. */
class Chains {
  readonly all = new Map<string, Chain>();
  readonly #ids = new Map<string, string>();

  chainOf(direction: Direction, policies: readonly PolicyRules[], openings: readonly Opening[]): string {
    const mine = openings.filter((o) => o.direction === direction);
    const same = `${direction} ${policies.map((p) => p.place).join()} ${mine.map((o) => named(o.entry.origin.object)).join()}`;
    const known = this.#ids.get(same);
    if (known !== undefined) return known;
    const id = this.#add(direction, policies, mine);
    this.#ids.set(same, id);
    return id;
  }

  #add(direction: Direction, policies: readonly PolicyRules[], mine: readonly Opening[]): string {
    const parts = [
      ...policies.map((p) => `policy ${named(p.object)}`),
      ...mine.map((o) => `exception ${named(o.entry.origin.object)}`),
    ];
    const id = stableId(direction === "ingress" ? "i" : "e", parts.join("\n"));
    this.all.set(id, {
      id,
      direction,
      // Those that allow the least come first: they are what a reader of a refusal looks for.
      policies: policies
        .toSorted((a, b) => a.entries.length - b.entries.length || a.place - b.place)
        .map((p) => p.object),
      allows: [...policies.flatMap((p) => p.entries), ...mine.map((o) => o.entry)],
    });
    return id;
  }
}

function closedRanges(facts: NetworkFacts, openings: ReadonlyMap<PodKey, readonly Opening[]>): ClosedRange[] {
  return facts.closed.map((range) => {
    const opens = new Map<Opening, PodKey[]>();
    for (const [pod, list] of openings) {
      for (const opening of list) {
        if (!range.cidrs.some((cidr) => opensClosed(opening, cidr))) continue;
        opens.set(opening, [...(opens.get(opening) ?? []), pod]);
      }
    }
    return {
      ...range,
      opens: [...opens].flatMap(([{ entry }, pods]) =>
        entry.peer.kind === "block" ? [{ pods, cidr: entry.peer.cidr, ports: entry.ports, origin: entry.origin }] : [],
      ),
    };
  });
}

/** A condition that means nothing must not look as if it did. */
const notIsolated = ({ key, namespace, pod }: NetworkPod): Because => ({
  object: { apiVersion: "v1", kind: "Pod", namespace, name: pod.metadata.name ?? "" },
  field: isolatedField,
  rule: isolatedRule,
  says: `pod ${key} is in the host's network and cannot be isolated: its traffic passes as before`,
});

/** Compiles NetworkPolicies, Exceptions and facts into what both the packet filter and `evaluateNetwork` read. */
export function normaliseNetwork(objects: NetworkObjects): NetworkRuleSet {
  const { facts } = objects;
  const pods = networkPods(objects.pods, facts);
  const interned = new Interned(pods, objects.namespaces);
  const exceptions = normaliseExceptions(
    objects.exceptions.filter((e) => e.spec?.decider === "network"),
    facts.now,
  );
  const problems: Because[] = [...exceptions.problems];
  const held = holdPods(objects, interned, problems);

  const compiled = new Map<string, Opening | undefined>();
  const openingsOf = (pod: NetworkPod): Opening[] =>
    exceptionsFor(exceptions, "network", pod.identity).flatMap((exception) => {
      if (exception.spec.rule === isolatedRule) return [];
      const key = named(exceptionRef(exception));
      if (!compiled.has(key)) {
        const opening = compileException(exception, interned);
        if ("says" in opening) problems.push(opening);
        compiled.set(key, "says" in opening ? undefined : opening);
      }
      return compiled.get(key) ?? [];
    });

  const isolationOf = (pod: NetworkPod): Isolation | undefined => {
    if (pod.isolation === undefined) return undefined;
    if (pod.hostNetwork) {
      problems.push(notIsolated(pod));
      return undefined;
    }
    const back = exceptionsFor(exceptions, "network", pod.identity).some(({ spec }) => spec.rule === isolatedRule);
    return back ? undefined : pod.isolation;
  };

  const chains = new Chains();
  const ruled = new Map<PodKey, RuledPod>();
  const podsByIp = new Map<string, PodKey>();
  const openings = new Map<PodKey, readonly Opening[]>();
  for (const pod of pods) {
    const mine = pod.hostNetwork ? [] : openingsOf(pod);
    if (mine.length > 0) openings.set(pod.key, mine);
    const chain = (direction: Direction): string | undefined => {
      const policies = held[direction].get(pod.key);
      return policies === undefined ? undefined : chains.chainOf(direction, policies, mine);
    };
    ruled.set(pod.key, {
      key: pod.key,
      namespace: pod.namespace,
      name: pod.pod.metadata.name ?? "",
      uid: pod.pod.metadata.uid ?? "",
      ips: pod.ips,
      hostNetwork: pod.hostNetwork,
      ingress: chain("ingress"),
      egress: chain("egress"),
      isolated: isolationOf(pod),
      labels: pod.labels,
      identity: pod.identity,
    });
    if (!pod.hostNetwork) for (const ip of pod.ips) podsByIp.set(ip, pod.key);
  }
  return {
    pods: ruled,
    podsByIp,
    chains: chains.all,
    peerSets: interned.peerSets,
    namedPorts: interned.namedPorts,
    closed: closedRanges(facts, openings),
    served: (facts.served ?? []).map((s) => ({ ...s, address: canonicalIp(s.address) ?? s.address })),
    nodeIps: facts.nodeIps.map(canonicalIp).filter((ip) => ip !== undefined),
    problems,
    until: exceptions.until,
  };
}
