import {
  type Labels,
  type Namespace,
  type ObjectRef,
  type ResponseAction,
  type ResponsePolicy,
  type ResponseRule,
  type RuntimeSignal,
  responseActions,
  securityApiVersion,
} from "@bulkhead/api";
import { type CompiledSelector, compileSelector } from "../selector/label-selector.ts";
import type { Because, Verdict } from "../verdict.ts";
import { sparedFrom } from "./spared.ts";

interface CompiledResponse {
  readonly ref: ObjectRef;
  readonly namespaces: CompiledSelector;
  readonly pods: CompiledSelector;
  readonly dryRun: boolean;
  readonly rules: readonly ResponseRule[];
}

/** Which policies speak for which pods. */
export interface ResponseRuleSet {
  readonly policies: readonly CompiledResponse[];
  readonly namespaces: ReadonlyMap<string, Labels>;
}

const nameLabel = "kubernetes.io/metadata.name";

/** Reads ResponsePolicies; one whose selector cannot be read speaks for nobody: a mistake must not stop what runs. */
export function normaliseResponses(objects: {
  readonly policies: readonly ResponsePolicy[];
  readonly namespaces: readonly Namespace[];
}): ResponseRuleSet {
  return {
    policies: objects.policies
      .map((policy) => ({
        ref: { apiVersion: securityApiVersion, kind: "ResponsePolicy", name: policy.metadata.name ?? "" },
        namespaces: compileSelector(policy.spec?.namespaceSelector ?? {}),
        pods: compileSelector(policy.spec?.podSelector ?? {}),
        dryRun: policy.spec?.mode !== "Enforce",
        rules: policy.spec?.rules ?? [],
      }))
      .sort((a, b) => (a.ref.name < b.ref.name ? -1 : 1)),
    namespaces: new Map(
      objects.namespaces.map((n) => [
        n.metadata.name ?? "",
        { ...n.metadata.labels, [nameLabel]: n.metadata.name ?? "" },
      ]),
    ),
  };
}

export interface ResponseQuestion {
  readonly namespace: string;
  readonly labels: Labels;
  /** A pod of the host's network cannot be isolated. */
  readonly hostNetwork: boolean;
  /** Whether somebody makes another pod when this one goes. */
  readonly controlled: boolean;
  readonly signal: RuntimeSignal;
  /** Whether the pod is gone, and only its token is still shown. */
  readonly gone?: boolean;
  /** What was seen: a path, `8080/TCP`, an address, `list secrets`. */
  readonly value: string;
}

/** `decision` is what is done; `wanted` what an enforcing policy would have done where that is more. */
export interface ResponseVerdict extends Verdict<ResponseAction> {
  readonly wanted: ResponseAction;
}

const rank = (action: ResponseAction): number => responseActions.indexOf(action);

const fits = (pattern: string, value: string): boolean =>
  pattern.endsWith("/*") ? value.startsWith(pattern.slice(0, -1)) : pattern === value;

interface Said {
  readonly action: ResponseAction;
  readonly dryRun: boolean;
  readonly because: Because;
}

function said({ ref, rules, dryRun }: CompiledResponse, { signal, value }: ResponseQuestion): Said | undefined {
  const index = rules.findIndex(
    (rule) => rule.signals.includes(signal) && (rule.values?.some((pattern) => fits(pattern, value)) ?? true),
  );
  const action = rules[index]?.action;
  if (action === undefined) return undefined;
  const says = `ResponsePolicy ${ref.name} asks for ${action}${dryRun ? " (DryRun: it is only told)" : ""}`;
  return { action, dryRun, because: { object: ref, field: `spec.rules[${index}].action`, rule: "response", says } };
}

/** Why less is done than a policy asks for. */
function lessened(
  { namespace, hostNetwork, controlled, gone }: ResponseQuestion,
  action: ResponseAction,
): Said["because"] | undefined {
  if (rank(action) <= rank("Tell")) return undefined;
  if (gone === true)
    return {
      rule: "gone",
      says: `${action} is not carried out: the pod is gone, and its tokens open nothing any more`,
    };
  const spared = sparedFrom(namespace, action);
  if (spared !== undefined) return { rule: "spared", says: spared };
  if (hostNetwork && action === "Isolate")
    return {
      field: "spec.hostNetwork",
      rule: "host-network",
      says: "Isolate is not carried out: a pod in the host's network cannot be isolated; Stop would end it",
    };
  if (!controlled && action === "Replace")
    return {
      field: "metadata.ownerReferences",
      rule: "uncontrolled",
      says: "Replace is not carried out: nobody would make another pod; it is isolated",
    };
  return undefined;
}

/**
 * What is done about a signal of a pod. Without a policy that has a word on it, it is told. Of several policies the one that
 * asks for more counts; `Ignore` counts only where none asks for anything else.
 */
export function evaluateResponse(rules: ResponseRuleSet, question: ResponseQuestion): ResponseVerdict {
  const labels = rules.namespaces.get(question.namespace) ?? { [nameLabel]: question.namespace };
  const words = rules.policies
    .filter(({ namespaces, pods }) => namespaces.matches(labels) && pods.matches(question.labels))
    .flatMap((policy) => said(policy, question) ?? [])
    .toSorted((a, b) => rank(b.action) - rank(a.action));
  const [first] = words;
  if (first === undefined)
    return {
      decision: "Tell",
      wanted: "Tell",
      because: [{ rule: "no-policy", says: "no ResponsePolicy has a word on it: it is told" }],
    };
  const enforced = words.find(({ dryRun }) => !dryRun);
  const done: ResponseAction = enforced?.action ?? (first.action === "Ignore" ? "Ignore" : "Tell");
  const because = words.map((word) => word.because);
  const less = lessened(question, done);
  if (less === undefined) return { decision: done, wanted: first.action, because };
  return {
    decision: less.rule === "uncontrolled" && !question.hostNetwork ? "Isolate" : "Tell",
    wanted: first.action,
    because: [less, ...because],
  };
}
