import { isDeepStrictEqual } from "node:util";
import { forbidden, type KubeObject, type Node, type Pod } from "@bulkhead/api";
import { nodeOfUser } from "@bulkhead/policy";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

/**
 * Bounds everything that a node's identity may write: its own Node and Lease, the status of pods bound to it, mirror
 * pods without anything of value, evictions and deletions of its own pods (CVE-2025-5187, CVE-2025-4563). What is not
 * named here a node may not write at all.
 */
export const nodeRestriction: AdmissionPlugin = {
  name: "NodeRestriction",
  mutate: (request) => judge(request),
  validate: (request) => judge(request),
};

function judge(request: AdmissionRequest): void {
  const node = nodeOfUser(request.user);
  if (node === undefined || request.operation === "CONNECT") return;
  const refuse: Refuse = (why) => {
    throw forbidden(request.resource.group, request.resource.resource, request.name, why);
  };
  const { group, resource } = request.resource;
  switch (`${group}/${resource}`) {
    case "/pods":
      return judgePod(request, node, refuse);
    case "/nodes":
      return judgeNode(request, node, refuse);
    case "coordination.k8s.io/leases":
      return judgeLease(request, node, refuse);
    case "/events":
    case "events.k8s.io/events":
      return;
    default:
      refuse(`node ${JSON.stringify(node)} may not write ${resource}`);
  }
}

type Refuse = (why: string) => never;

const mirror = "kubernetes.io/config.mirror";

function judgePod(request: AdmissionRequest, node: string, refuse: Refuse): void {
  const old = request.old as Pod | undefined;
  const bound = (old?.spec?.nodeName ?? "") === node;
  switch (`${request.operation} ${request.subresource}`) {
    case "CREATE ":
      return judgeMirror(request.object as Pod, node, refuse);
    case "DELETE ":
    case "DELETE eviction":
      if (!bound) refuse(`node ${JSON.stringify(node)} can only delete pods with spec.nodeName set to itself`);
      return;
    case "UPDATE status":
      if (!bound)
        refuse(`node ${JSON.stringify(node)} can only update pod status for pods with spec.nodeName set to itself`);
      return judgeStatus(request.object as Pod, old as Pod, node, refuse);
    default:
      refuse(
        `node ${JSON.stringify(node)} may not ${request.operation.toLowerCase()} ${request.subresource === "" ? "pods" : `pods/${request.subresource}`}`,
      );
  }
}

/** A pod that a node shows of its own making: on itself, owned by itself, and holding nothing that the API could give. */
function judgeMirror(pod: Pod, node: string, refuse: Refuse): void {
  const spec = pod.spec;
  if (pod.metadata.annotations?.[mirror] === undefined)
    refuse(
      `pod does not have ${JSON.stringify(mirror)} annotation, node ${JSON.stringify(node)} can only create mirror pods`,
    );
  if (spec?.nodeName !== node)
    refuse(`node ${JSON.stringify(node)} can only create pods with spec.nodeName set to itself`);
  const owners = pod.metadata.ownerReferences ?? [];
  if (
    owners.some((owner) => owner.kind !== "Node" || owner.name !== node || owner.controller !== true) ||
    owners.length > 1
  )
    refuse(`node ${JSON.stringify(node)} can only create pods with an owner reference set to itself`);
  if ((spec?.serviceAccountName ?? "") !== "")
    refuse(`node ${JSON.stringify(node)} can not create pods that reference a service account`);
  if ((spec?.resourceClaims?.length ?? 0) > 0)
    refuse(`node ${JSON.stringify(node)} can not create pods that reference resourceclaims`);
  const referring = (spec?.volumes ?? []).some(
    (volume) =>
      volume.secret !== undefined ||
      volume.configMap !== undefined ||
      volume.projected !== undefined ||
      volume.persistentVolumeClaim !== undefined,
  );
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const fromEnvironment = containers.some(
    (c) =>
      (c.envFrom?.length ?? 0) > 0 ||
      c.env?.some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined || valueFrom?.configMapKeyRef !== undefined),
  );
  if (referring || fromEnvironment || (spec?.imagePullSecrets?.length ?? 0) > 0)
    refuse(`node ${JSON.stringify(node)} can not create pods that reference secrets, configmaps or claims`);
}

/** Of a status a node may write all that concerns running; what would move or recreate the pod stays. */
function judgeStatus(pod: Pod, old: Pod, node: string, refuse: Refuse): void {
  if (!isDeepStrictEqual(pod.metadata.labels, old.metadata.labels))
    refuse(`node ${JSON.stringify(node)} cannot update labels through pod status`);
  if (!isDeepStrictEqual(pod.metadata.annotations, old.metadata.annotations))
    refuse(`node ${JSON.stringify(node)} cannot update annotations through pod status`);
  if (
    !isDeepStrictEqual(pod.metadata.ownerReferences, old.metadata.ownerReferences) ||
    !isDeepStrictEqual(pod.metadata.finalizers, old.metadata.finalizers)
  )
    refuse(`node ${JSON.stringify(node)} cannot update owners or finalizers through pod status`);
  if (!isDeepStrictEqual(pod.status?.resourceClaimStatuses, old.status?.resourceClaimStatuses))
    refuse(`node ${JSON.stringify(node)} cannot update resource claim statuses`);
  if (!isDeepStrictEqual(pod.status?.nominatedNodeName, old.status?.nominatedNodeName))
    refuse(`node ${JSON.stringify(node)} cannot nominate a node`);
}

/** Labels with these prefixes a node may set on itself; of all other `kubernetes.io` ones only those named. */
const ownLabelPrefixes = ["node.kubernetes.io/", "kubelet.kubernetes.io/"];
const ownLabels = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/arch",
  "kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
]);
const restrictionPrefix = "node-restriction.kubernetes.io/";

function forbiddenLabel(key: string): boolean {
  const slash = key.indexOf("/");
  const domain = slash < 0 ? "" : key.slice(0, slash);
  if (domain === restrictionPrefix.slice(0, -1) || domain.endsWith(`.${restrictionPrefix.slice(0, -1)}`)) return true;
  const reserved = ["kubernetes.io", "k8s.io"].some((suffix) => domain === suffix || domain.endsWith(`.${suffix}`));
  return reserved && !ownLabels.has(key) && !ownLabelPrefixes.some((prefix) => key.startsWith(prefix));
}

function changedKeys(
  next: Readonly<Record<string, string>> = {},
  old: Readonly<Record<string, string>> = {},
): string[] {
  return [...new Set([...Object.keys(next), ...Object.keys(old)])].filter((key) => next[key] !== old[key]);
}

function judgeNode(request: AdmissionRequest, node: string, refuse: Refuse): void {
  if (request.operation === "DELETE") refuse(`node ${JSON.stringify(node)} may not delete nodes`);
  const object = request.object as Node;
  const old = request.old as Node | undefined;
  if ((object.metadata.name ?? "") !== node)
    refuse(`node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(object.metadata.name ?? "")}`);
  const labels = changedKeys(object.metadata.labels, old?.metadata.labels).filter(forbiddenLabel).toSorted();
  if (labels.length > 0) refuse(`is not allowed to modify labels: ${labels.join(", ")}`);
  if (object.spec?.configSource !== undefined && !isDeepStrictEqual(object.spec.configSource, old?.spec?.configSource))
    refuse(`node ${JSON.stringify(node)} is not allowed to create pods with a non-nil configSource`);
  // An owner that is deleted would take the node along, and with it its taints (CVE-2025-5187).
  if (!isDeepStrictEqual(ownersOf(object), ownersOf(old)))
    refuse(`node ${JSON.stringify(node)} is not allowed to modify ownerReferences`);
  if (old === undefined) return;
  if (!isDeepStrictEqual(object.metadata.finalizers, old.metadata.finalizers))
    refuse(`node ${JSON.stringify(node)} is not allowed to modify finalizers`);
  if (!isDeepStrictEqual(object.spec?.taints, old.spec?.taints))
    refuse(`node ${JSON.stringify(node)} is not allowed to modify taints`);
}

const ownersOf = (object: KubeObject | undefined) => object?.metadata.ownerReferences ?? [];

function judgeLease(request: AdmissionRequest, node: string, refuse: Refuse): void {
  if (request.namespace !== "kube-node-lease")
    refuse(`can only access leases in the "kube-node-lease" system namespace`);
  const name = request.object?.metadata.name ?? request.old?.metadata.name ?? request.name;
  if (name !== node) refuse(`can only access node lease with the same name as the requesting node`);
}
