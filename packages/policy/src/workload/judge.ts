import type { KubeObject, Pod } from "@bulkhead/api";
import { evaluateImages, type ImageFactsLookup } from "../image/evaluate.ts";
import type { ImageStage } from "../image/facts.ts";
import type { ImageRuleSet } from "../image/rule-set.ts";
import { evaluateNodePolicy } from "../node-policy/evaluate.ts";
import type { NodePolicy } from "../node-policy/node-policy.ts";
import { NodePolicyError } from "../node-policy/parse.ts";
import { evaluatePodSecurity, type PodSecurityRuleSet } from "../pod-security/evaluate.ts";
import type { Because, Verdict } from "../verdict.ts";
import { missingReferences, type ReferenceLookup } from "./references.ts";
import { type Template, templateOf } from "./template.ts";
import { asAdmitted } from "./user-namespace.ts";

/** Everything that decides whether a pod may be and run. */
export interface WorkloadRules {
  readonly podSecurity: PodSecurityRuleSet;
  readonly images: ImageRuleSet;
  /** Whether pods get a user namespace unless they say otherwise. */
  readonly defaults: "bulkhead" | "kubernetes";
  /** The policy file of the node as it is now (`nodePolicyAt`), or why it cannot be read; absent: not known. */
  readonly node?: NodePolicy | NodePolicyError;
  /** Which objects exist, where that is known: absent ones are warned about. */
  readonly references?: ReferenceLookup;
  /** What is known of images besides their names: signatures, scans; absent: nothing. */
  readonly imageFacts?: ImageFactsLookup;
}

/**
 * `deny`: its pods would be refused; `warn`: they would be admitted, and something is not as it should be. Reasons for
 * a refusal come first. `upstream` is the pod-security message in upstream's words ("" when it passes).
 */
export interface WorkloadVerdict extends Verdict<"allow" | "warn" | "deny"> {
  readonly upstream: string;
  /** Exceptions without which it would be refused. */
  readonly lifted: readonly Because[];
}

const prefixed = (prefix: string, because: Because): Because =>
  because.field === undefined || !/^(spec|metadata)\b/.test(because.field)
    ? because
    : { ...because, field: `${prefix}${because.field}` };

const judgeOnNode = (policy: NodePolicy | NodePolicyError, pod: Pod): Verdict =>
  policy instanceof NodePolicyError
    ? {
        decision: "deny",
        because: [{ rule: "node", says: `${policy.message}; until it is put right the node starts no pod` }],
      }
    : evaluateNodePolicy(policy, pod);

/** What the node's door answers. `hold`: it is not known yet whether the pod may start; nothing of it does until then. */
export interface StartVerdict extends Verdict<"allow" | "warn" | "hold" | "deny"> {
  readonly upstream: string;
  readonly lifted: readonly Because[];
}

function judge(rules: WorkloadRules, template: Template, stage: ImageStage): StartVerdict {
  const spec = asAdmitted(template.spec, rules.defaults);
  const { identity } = template;
  const security = evaluatePodSecurity(rules.podSecurity, {
    pod: { metadata: template.metadata, spec },
    identity,
    mode: "enforce",
  });
  const images = evaluateImages(rules.images, spec, identity, { stage, facts: rules.imageFacts });
  const metadata = { ...template.metadata, namespace: identity.namespace };
  const pod: Pod = { apiVersion: "v1", kind: "Pod", metadata, spec };
  const node = rules.node === undefined ? undefined : judgeOnNode(rules.node, pod);
  const denied = [security, images, node].filter((v) => v?.decision === "deny").flatMap((v) => v?.because ?? []);
  const missing = rules.references === undefined ? [] : missingReferences(pod, rules.references);
  const held = images.decision === "hold" ? images.because : [];
  const warned = [...(images.decision === "warn" ? images.because : []), ...missing];
  const passed = [security, images].flatMap((v) => v.because);
  const decision = denied.length > 0 ? "deny" : held.length > 0 ? "hold" : warned.length > 0 ? "warn" : "allow";
  const because = decision === "allow" ? passed : [...denied, ...held, ...warned];
  return {
    decision,
    because: decision === "allow" ? because : because.map((b) => prefixed(template.prefix, b)),
    upstream: security.says,
    lifted: [...security.lifted, ...images.lifted].map((b) => prefixed(template.prefix, b)),
  };
}

/**
 * Judges the pods that an object would make, by all deciders, all broken rules at once, with fields as they stand in
 * the object (`spec.template.spec.containers[0].image`). Undefined for an object that makes no pods.
 */
export function judgeTemplate(rules: WorkloadRules, object: KubeObject): WorkloadVerdict | undefined {
  const template = templateOf(object);
  if (template === undefined) return undefined;
  const verdict = judge(rules, template, "template");
  // A template waits for nothing: its pods will.
  return { ...verdict, decision: verdict.decision === "hold" ? "warn" : verdict.decision };
}

/** Judges a pod at the node's door, before anything of it starts: as it stands, defaults filled in already. */
export function admitPod(rules: Omit<WorkloadRules, "defaults" | "references">, pod: Pod): StartVerdict {
  const template = templateOf(pod);
  if (template !== undefined) return judge({ ...rules, defaults: "kubernetes" }, template, "start");
  return {
    decision: "deny",
    because: [{ field: "spec", rule: "spec", says: "a pod without a spec" }],
    upstream: "",
    lifted: [],
  };
}
