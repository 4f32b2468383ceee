import type { KubeObject } from "@bulkhead/api";
import {
  type Because,
  type ImageFactsLookup,
  judgeTemplate,
  type NodePolicy,
  type NodePolicyError,
  templateOf as templateIn,
} from "@bulkhead/policy";
import { type AdmissionPlugin, type AdmissionRequest, isCore } from "./admission.ts";
import { type ImageSources, lookUpTemplate, nothingKnown } from "./image-facts.ts";
import { reasonLine } from "./refusal.ts";
import type { DeciderRules } from "./rule-cache.ts";
import { podOf, templateOf } from "./template.ts";

export interface WorkloadJudgeOptions {
  readonly deciders: Pick<DeciderRules, "podSecurity" | "images">;
  /** The node's own policy at a moment; undefined: not known. */
  readonly nodePolicy: (now: number) => NodePolicy | NodePolicyError | undefined;
  readonly now: () => number;
  /** Asked who signed a template's images and what is in them, where policies ask. */
  readonly sources: ImageSources;
}

/** What is judged: a workload's template; and a pod that nobody controls, whose writer looks at this answer alone. */
function judged(request: AdmissionRequest): boolean {
  if (request.subresource !== "") return false;
  if (!isCore(request, "pods")) return templateOf(request) !== undefined;
  const owners = podOf(request)?.pod.metadata.ownerReferences ?? [];
  return request.operation === "CREATE" && owners.every((owner) => owner.controller !== true);
}

/** Judges a workload's template when it is written: all broken rules at once, by all deciders, where the writer looks. */
export const workloadJudge = ({ deciders, nodePolicy, now, sources }: WorkloadJudgeOptions): AdmissionPlugin => ({
  name: "WorkloadJudge",
  validate: (request) => {
    if (request.operation !== "CREATE" && request.operation !== "UPDATE") return undefined;
    const { object, namespace } = request;
    if (object === undefined || !judged(request)) return undefined;
    const node = nodePolicy(now());
    const written = { ...object, metadata: { ...object.metadata, namespace } };
    // Its pods will be admitted as in this mode: in a user namespace of their own unless they ask for the host's.
    const rules = {
      podSecurity: deciders.podSecurity,
      images: deciders.images,
      defaults: "bulkhead" as const,
      ...(node === undefined ? {} : { node }),
    };
    const tell = (imageFacts: ImageFactsLookup): void => {
      for (const because of broken({ ...rules, imageFacts }, written)) request.warn(reasonLine(because));
    };
    const template = templateIn(written);
    if (template === undefined) return tell(nothingKnown);
    // A pod that is written itself has its account's pull secrets by now.
    const secrets = sources.pullSecrets(request, template.spec, !isCore(request, "pods"));
    const looked = lookUpTemplate(deciders.images, sources, template.spec, template.identity, secrets);
    return looked === undefined ? tell(nothingKnown) : looked.then(tell);
  },
});

function broken(rules: Parameters<typeof judgeTemplate>[0], object: KubeObject): readonly Because[] {
  const verdict = judgeTemplate(rules, object);
  return verdict === undefined || verdict.decision === "allow" ? [] : verdict.because;
}
