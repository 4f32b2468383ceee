import type { KubeObject } from "@bulkhead/api";

/** Programs that write a workload from a place of their own, and would write over what we change. */
const byLabel: readonly (readonly [label: string, owner: string])[] = [
  ["kustomize.toolkit.fluxcd.io/name", "Flux"],
  ["helm.toolkit.fluxcd.io/name", "Flux"],
  ["argocd.argoproj.io/instance", "Argo CD"],
];
const byAnnotation: readonly (readonly [annotation: string, owner: string])[] = [
  ["argocd.argoproj.io/tracking-id", "Argo CD"],
  ["meta.helm.sh/release-name", "Helm"],
];
const byManager: readonly (readonly [manager: RegExp, owner: string])[] = [
  [/^(kustomize-controller|helm-controller|flux(-.*)?)$/, "Flux"],
  [/^argocd(-.*)?$/, "Argo CD"],
  [/^helm$/i, "Helm"],
];

/** Pure. Who writes a workload, where that is a program with a source of its own; undefined where nobody such does. */
export function workloadOwner({ metadata }: KubeObject): string | undefined {
  const { labels = {}, annotations = {} } = metadata;
  for (const [label, owner] of byLabel) if (labels[label] !== undefined) return owner;
  for (const [annotation, owner] of byAnnotation) if (annotations[annotation] !== undefined) return owner;
  const managedBy = labels["app.kubernetes.io/managed-by"]?.toLowerCase();
  if (managedBy === "helm") return "Helm";
  for (const { manager = "" } of metadata.managedFields ?? [])
    for (const [pattern, owner] of byManager) if (pattern.test(manager)) return owner;
  return undefined;
}
