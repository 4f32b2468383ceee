import type { Pod, PolicyRule } from "@bulkhead/api";
import { type NodeRuleSet, podNeeds } from "./node-authorizer.ts";

/** A NodeRuleSet kept up to date pod by pod, in time proportional to what a pod names. */
export class NodeGraph implements NodeRuleSet {
  readonly needs = new Map<string, Set<string>>();
  readonly rules: readonly PolicyRule[];
  /** How many pods of a node need a key. */
  readonly #counts = new Map<string, number>();
  readonly #pods = new Map<string, { readonly node: string; readonly keys: readonly string[] }>();

  constructor(rules: readonly PolicyRule[]) {
    this.rules = rules;
  }

  /** Adds a pod or replaces what was known of it. */
  setPod(pod: Pod): void {
    const id = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const node = pod.spec?.nodeName ?? "";
    const keys = [...new Set(podNeeds(pod))];
    const known = this.#pods.get(id);
    if (
      known !== undefined &&
      known.node === node &&
      known.keys.length === keys.length &&
      known.keys.every((k, i) => k === keys[i])
    )
      return;
    this.removePod(pod);
    this.#pods.set(id, { node, keys });
    for (const key of keys) {
      const count = `${node}\n${key}`;
      this.#counts.set(count, (this.#counts.get(count) ?? 0) + 1);
      const nodes = this.needs.get(key);
      if (nodes === undefined) this.needs.set(key, new Set([node]));
      else nodes.add(node);
    }
  }

  removePod(pod: Pod): void {
    const id = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const known = this.#pods.get(id);
    if (known === undefined) return;
    this.#pods.delete(id);
    for (const key of known.keys) this.#release(known.node, key);
  }

  #release(node: string, key: string): void {
    const count = `${node}\n${key}`;
    const left = (this.#counts.get(count) ?? 1) - 1;
    if (left > 0) {
      this.#counts.set(count, left);
      return;
    }
    this.#counts.delete(count);
    const nodes = this.needs.get(key);
    nodes?.delete(node);
    if (nodes?.size === 0) this.needs.delete(key);
  }
}
