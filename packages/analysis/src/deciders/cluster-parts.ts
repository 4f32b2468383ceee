import type { KubeObject } from "@bulkhead/api";

const components = new Set(["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"]);

/**
 * Pods that every cluster of upstream's making has and that are the node's or the network's own by what they do: the
 * control plane's static pods, which the API cannot change (a mirror pod is only ever made by its node), and
 * kube-proxy. What is to be said of them is said of the control plane and the node, by their settings.
 */
export function isClusterPart({ apiVersion, kind, metadata }: KubeObject): boolean {
  if (metadata.namespace !== "kube-system") return false;
  if (kind === "Pod") {
    const { annotations, labels, ownerReferences } = metadata;
    if (ownerReferences?.some((owner) => owner.kind === "DaemonSet" && owner.name === "kube-proxy") === true)
      return true;
    return annotations?.["kubernetes.io/config.mirror"] !== undefined && components.has(labels?.["component"] ?? "");
  }
  return kind === "DaemonSet" && apiVersion.startsWith("apps/") && metadata.name === "kube-proxy";
}
