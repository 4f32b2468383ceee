import { isDeepStrictEqual } from "node:util";
import { forbidden, invalid, type Namespace, type Pod } from "@bulkhead/api";
import {
  evaluatePodSecurity,
  type Identity,
  type JudgedPod,
  namespaceWarnings,
  podSecurityLabelErrors,
  podSecurityLevels,
  podSecurityPolicy,
} from "@bulkhead/policy";
import type { Store } from "@bulkhead/store";
import { peek } from "../resources/object-bytes.ts";
import { type AdmissionPlugin, type AdmissionRequest, isCore } from "./admission.ts";
import { refusalWithDoor } from "./refusal.ts";
import type { DeciderRules } from "./rule-cache.ts";
import { podOf, templateOf } from "./template.ts";

/** Subresources of a pod that may change what its containers may do. */
const judged = new Set(["", "ephemeralcontainers", "resize"]);

/** How many pods are looked at when a namespace's level rises (as upstream). */
const maxPods = 3000;

/** The Pod Security Standards, by the namespace's labels: the decider of @bulkhead/policy at the door. */
export const podSecurity = (options: {
  readonly store: Store;
  readonly rules: DeciderRules;
  /** Refusals also say what would pass and which command opens the door. */
  readonly explain: boolean;
}): AdmissionPlugin => ({
  name: "PodSecurity",
  validate: (request) => {
    if (isCore(request, "namespaces")) {
      judgeNamespace(options, request);
      return;
    }
    if (request.operation !== "CREATE" && request.operation !== "UPDATE") return;
    const own = podOf(request);
    if (own !== undefined && judged.has(request.subresource)) judgePod(options, request, own.pod, own.identity);
    const template = templateOf(request);
    // Where templates are judged by all deciders, that says it already, with the way out.
    if (template !== undefined && !options.explain) warnAbout(options.rules, request, template, template.identity);
  },
});

/** A change that adds nothing to be judged: labels, or an image, on a pod that is there already. */
function unchanged(request: AdmissionRequest, pod: Pod): boolean {
  if (request.operation !== "UPDATE" || request.subresource !== "") return false;
  const old = request.old as Pod;
  const imageless = (spec: Pod["spec"]) => ({
    ...spec,
    containers: spec?.containers.map((c) => ({ ...c, image: "" })),
    initContainers: spec?.initContainers?.map((c) => ({ ...c, image: "" })),
    tolerations: undefined,
    activeDeadlineSeconds: undefined,
    schedulingGates: undefined,
  });
  return isDeepStrictEqual(imageless(pod.spec), imageless(old.spec));
}

function judgePod(
  { rules, explain }: { readonly rules: DeciderRules; readonly explain: boolean },
  request: AdmissionRequest,
  pod: Pod,
  identity: Identity,
): void {
  if (pod.spec === undefined || unchanged(request, pod)) return;
  const judgedPod = { metadata: pod.metadata, spec: pod.spec };
  const verdict = evaluatePodSecurity(rules.podSecurity, { pod: judgedPod, identity, mode: "enforce" });
  if (verdict.decision === "deny")
    throw explain
      ? refusalWithDoor("", "pods", request.name, verdict.says, verdict.because)
      : forbidden("", "pods", request.name, verdict.says);
  warnAbout(rules, request, judgedPod, identity);
}

function warnAbout(rules: DeciderRules, request: AdmissionRequest, pod: JudgedPod, identity: Identity): void {
  const verdict = evaluatePodSecurity(rules.podSecurity, { pod, identity, mode: "warn" });
  if (verdict.decision === "deny") request.warn(verdict.says);
}

function judgeNamespace(
  { store, rules }: { readonly store: Store; readonly rules: DeciderRules },
  request: AdmissionRequest,
): void {
  if (request.object === undefined || request.subresource !== "") return;
  const namespace = request.object as Namespace;
  const name = namespace.metadata.name ?? "";
  const errors = podSecurityLabelErrors(namespace.metadata.labels);
  const old = request.old === undefined ? [] : podSecurityLabelErrors(request.old.metadata.labels);
  // What was wrong before may stay until someone mends it.
  const fresh = errors.filter((error) => !old.some((o) => isDeepStrictEqual(o, error)));
  if (fresh.length > 0) throw invalid("", "Namespace", name, fresh);
  if (request.old === undefined) return;
  const { defaults } = rules.podSecurity;
  const [before, after] = [request.old, namespace].map((n) => podSecurityPolicy(n.metadata.labels, defaults).enforce);
  if (before === undefined || after === undefined || after.level === "privileged") return;
  const stricter = podSecurityLevels.indexOf(after.level) > podSecurityLevels.indexOf(before.level);
  if (!stricter && (after.level !== before.level || after.minor === before.minor)) return;
  const pods: Pod[] = [];
  for (const object of store.list({ group: "", resource: "pods", namespace: name }).items) {
    if (pods.length === maxPods) break;
    pods.push(peek<Pod>(object));
  }
  for (const warning of namespaceWarnings(name, after, pods, rules.exceptions)) request.warn(warning);
}
