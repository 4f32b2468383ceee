import type { KubeObject } from "@bulkhead/api";
import { expect, it } from "vitest";
import { workloadOwner } from "./owner.ts";

const managed = (manager: string) => ({ managedFields: [{ manager, operation: "Apply" }] });

it.each<[string, KubeObject["metadata"], string | undefined]>([
  ["nobody", {}, undefined],
  ["kubectl", managed("kubectl-client-side-apply"), undefined],
  ["ourselves", managed("bulkhead-image-update"), undefined],
  ["another tool's label", { labels: { "app.kubernetes.io/managed-by": "kustomize" } }, undefined],
  ["Helm by label", { labels: { "app.kubernetes.io/managed-by": "Helm" } }, "Helm"],
  ["Helm by release", { annotations: { "meta.helm.sh/release-name": "web" } }, "Helm"],
  ["Helm by manager", managed("helm"), "Helm"],
  ["Flux by label", { labels: { "kustomize.toolkit.fluxcd.io/name": "apps" } }, "Flux"],
  [
    "Flux's Helm before Helm",
    { labels: { "helm.toolkit.fluxcd.io/name": "web", "app.kubernetes.io/managed-by": "Helm" } },
    "Flux",
  ],
  ["Flux by manager", managed("kustomize-controller"), "Flux"],
  ["Argo CD by label", { labels: { "argocd.argoproj.io/instance": "web" } }, "Argo CD"],
  [
    "Argo CD by annotation",
    { annotations: { "argocd.argoproj.io/tracking-id": "web:apps/Deployment:shop/web" } },
    "Argo CD",
  ],
  ["Argo CD by manager", managed("argocd-controller"), "Argo CD"],
])("%s", (_, metadata, owner) => {
  expect(workloadOwner({ apiVersion: "apps/v1", kind: "Deployment", metadata })).toBe(owner);
});
