import type { Pod, PodSpec, Volume } from "@bulkhead/api";
import { imagesOf } from "../image/evaluate.ts";
import { ImageReferenceError, parseImageReference } from "../image/reference.ts";
import { parseTrust, trusts } from "../image/trust.ts";
import { baselineChecks } from "../pod-security/baseline.ts";
import { containersOf, type JudgedPod } from "../pod-security/finding.ts";
import type { Because, Verdict } from "../verdict.ts";
import { allowNode } from "./allowance.ts";
import { hostPathAllowed, type NodePolicy } from "./node-policy.ts";

const file = "the node's own node-policy.json";

const isPrivileged = (policy: NodePolicy, namespace: string): boolean =>
  policy.privilegedNamespaces.some((n) => n === namespace || n === "*");

/** Power over the node: what the baseline standard forbids. Host paths have a list of their own. */
function* power(policy: NodePolicy, namespace: string, pod: JudgedPod): Generator<Because> {
  if (isPrivileged(policy, namespace)) return;
  for (const check of baselineChecks) {
    if (check.id === "hostPathVolumes") continue;
    for (const finding of check.versions.at(-1)?.find(pod) ?? []) {
      yield {
        field: finding.field,
        rule: "privileged-namespace",
        says: `${check.reason([finding])} (${check.detail([finding])}): ${file} does not name ${namespace} among its privileged namespaces`,
        passing: finding.passing,
        command: allowNode({ rule: "privileged-namespace", namespace }),
      };
    }
  }
}

/**
 * The host's users: root inside is root outside, whatever else is taken from it. A pod that says nothing has users of its
 * own, unless it mounts a path of the node: then it would have the host's without having said so.
 */
function* hostUsers(policy: NodePolicy, namespace: string, spec: PodSpec): Generator<Because> {
  if (isPrivileged(policy, namespace) || spec.hostUsers === false) return;
  const asked = spec.hostUsers === true;
  if (!asked && !(spec.volumes ?? []).some((v) => v.hostPath !== undefined && v.hostPath !== null)) return;
  const why = asked ? "hostUsers=true" : "it mounts a path of the node and does not say hostUsers=false";
  yield {
    field: "spec.hostUsers",
    rule: "privileged-namespace",
    says: `the pod would run with the host's users (${why}): ${file} does not name ${namespace} among its privileged namespaces`,
    passing: "false",
    command: allowNode({ rule: "privileged-namespace", namespace }),
  };
}

/** Whether every container mounts the volume read-only, and nothing is to be created on the node for it. */
const isReadOnly = (spec: PodSpec, volume: Volume): boolean =>
  !(volume.hostPath?.type ?? "").endsWith("OrCreate") &&
  [...containersOf(spec)].every(([c]) =>
    (c.volumeMounts ?? []).every((m) => m.name !== volume.name || m.readOnly === true),
  );

function* hostPaths(policy: NodePolicy, spec: PodSpec): Generator<Because> {
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    if (volume.hostPath === undefined) continue;
    const { path } = volume.hostPath;
    const readOnly = isReadOnly(spec, volume);
    if (hostPathAllowed(policy, path, readOnly)) continue;
    const needs = !readOnly && hostPathAllowed(policy, path, true);
    yield {
      field: `spec.volumes[${i}].hostPath.path`,
      rule: "host-path",
      says: needs
        ? `volume "${volume.name}" mounts ${JSON.stringify(path)} for writing, which ${file} allows for reading only`
        : `volume "${volume.name}" mounts ${JSON.stringify(path)} of the node, which ${file} does not allow`,
      ...(needs ? { passing: "readOnly: true in every mount of it, and no type that creates" } : {}),
      command: allowNode({ rule: "host-path", hostPath: { path, readOnly } }),
    };
  }
}

function* registries(policy: NodePolicy, spec: PodSpec): Generator<Because> {
  const trusted = policy.registries.map(parseTrust).filter((t) => t !== undefined);
  for (const { field, image } of imagesOf(spec)) {
    try {
      const reference = parseImageReference(image);
      if (trusted.some((t) => trusts(t, reference))) continue;
      const { registry } = reference;
      const says = `${registry}/${reference.repository} comes from a registry that ${file} does not allow`;
      yield { field, rule: "registry", says, command: allowNode({ rule: "registry", registry }) };
    } catch (error) {
      if (!(error instanceof ImageReferenceError)) throw error;
      yield { field, rule: "registry", says: error.message };
    }
  }
}

/**
 * May this pod start on this node? Asked by the agent before the pod's sandbox, whatever the API server says: no
 * Exception counts here, and nothing of the API can widen it.
 */
export function evaluateNodePolicy(policy: NodePolicy, pod: Pod): Verdict {
  const judged: JudgedPod = { metadata: pod.metadata, spec: pod.spec ?? { containers: [] } };
  const because = [
    ...power(policy, pod.metadata.namespace ?? "", judged),
    ...hostPaths(policy, judged.spec),
    ...hostUsers(policy, pod.metadata.namespace ?? "", judged.spec),
    ...registries(policy, judged.spec),
  ];
  if (because.length > 0) return { decision: "deny", because };
  return { decision: "allow", because: [{ rule: "node", says: `${file} allows it` }] };
}
