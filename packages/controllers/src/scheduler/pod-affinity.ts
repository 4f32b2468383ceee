import {
  labelSelectorAsSelector,
  type Pod,
  type PodAffinityTerm,
  requirement,
  type Selector,
  selectorOf,
} from "@bulkhead/api";
import { type Filter, resolvable, unresolvable } from "./filter.ts";
import type { NodeView, Snapshot } from "./snapshot.ts";

/** A term of (anti-)affinity, made ready for comparing. */
interface Term {
  readonly topologyKey: string;
  readonly covers: (pod: Pod) => boolean;
}

function readTerm(owner: Pod, term: PodAffinityTerm, snapshot: Snapshot): Term {
  const selector = withLabelKeys(owner, term, labelSelectorAsSelector(term.labelSelector));
  const names = term.namespaces ?? [];
  const bySelector = term.namespaceSelector === undefined ? undefined : labelSelectorAsSelector(term.namespaceSelector);
  const own = names.length === 0 && bySelector === undefined;
  return {
    topologyKey: term.topologyKey,
    covers: (pod) => {
      const namespace = pod.metadata.namespace ?? "";
      const inScope =
        (own && namespace === (owner.metadata.namespace ?? "")) ||
        names.includes(namespace) ||
        (bySelector?.matches(snapshot.namespaceLabels(namespace)) ?? false);
      return inScope && selector.matches(pod.metadata.labels);
    },
  };
}

function withLabelKeys(owner: Pod, term: PodAffinityTerm, selector: Selector): Selector {
  const labels = owner.metadata.labels ?? {};
  const more = [
    ...(term.matchLabelKeys ?? [])
      .filter((key) => labels[key] !== undefined)
      .map((key) => requirement(key, "in", [labels[key] ?? ""])),
    ...(term.mismatchLabelKeys ?? [])
      .filter((key) => labels[key] !== undefined)
      .map((key) => requirement(key, "notin", [labels[key] ?? ""])),
  ];
  return more.length === 0 || selector.nothing ? selector : selectorOf([...selector.requirements, ...more]);
}

/** Nodes that share the value of a topology key with this one. */
const domain = (view: NodeView, key: string, snapshot: Snapshot): readonly NodeView[] =>
  view.labels[key] === undefined ? [] : snapshot.nodes.filter((other) => other.labels[key] === view.labels[key]);

/** Terms that a pod requires, or does not suffer, in its neighbourhood. */
const antiTermsOf = (pod: Pod): readonly PodAffinityTerm[] =>
  pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];

export const interPodAffinity: Filter = (pod, view, snapshot) =>
  affinity(pod, view, snapshot) ?? antiAffinity(pod, view, snapshot) ?? existingAntiAffinity(pod, view, snapshot);

function affinity(pod: Pod, view: NodeView, snapshot: Snapshot) {
  const terms = (pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) =>
    readTerm(pod, term, snapshot),
  );
  if (terms.length === 0) return undefined;
  const misfit = unresolvable("node(s) didn't match pod affinity rules");
  if (terms.some((term) => view.labels[term.topologyKey] === undefined)) return misfit;
  // A pod matches only if it matches all the terms.
  const all = (other: Pod): boolean => terms.every((term) => term.covers(other));
  const near = terms.every((term) => domain(view, term.topologyKey, snapshot).some((node) => node.pods.some(all)));
  if (near) return undefined;
  // The first of a group that asks for its own company must start somewhere.
  const alone = !snapshot.nodes.some((node) => node.pods.some(all));
  return alone && all(pod) ? undefined : misfit;
}

function antiAffinity(pod: Pod, view: NodeView, snapshot: Snapshot) {
  for (const raw of antiTermsOf(pod)) {
    const term = readTerm(pod, raw, snapshot);
    if (domain(view, term.topologyKey, snapshot).some((node) => node.pods.some(term.covers)))
      return resolvable("node(s) didn't match pod anti-affinity rules");
  }
  return undefined;
}

function existingAntiAffinity(pod: Pod, view: NodeView, snapshot: Snapshot) {
  for (const node of snapshot.nodes)
    for (const existing of node.pods)
      for (const raw of antiTermsOf(existing)) {
        const value = node.labels[raw.topologyKey];
        if (value === undefined || view.labels[raw.topologyKey] !== value) continue;
        if (readTerm(existing, raw, snapshot).covers(pod))
          return resolvable("node(s) didn't satisfy existing pods anti-affinity rules");
      }
  return undefined;
}
