import type { Exception, ImageTrustPolicy, Labels, Namespace, ObjectRef, PodSpec } from "@bulkhead/api";
import { securityApiVersion } from "@bulkhead/api";
import { allowRule } from "../allow/command.ts";
import { type ExceptionRules, exceptionRef, exceptionsFor } from "../exception/exceptions.ts";
import type { Identity } from "../exception/subject.ts";
import { flowYaml } from "../flow-yaml.ts";
import { containersOf } from "../pod-security/finding.ts";
import { type CompiledSelector, compileSelector } from "../selector/label-selector.ts";
import type { Because, Verdict } from "../verdict.ts";
import { formatImageReference, type ImageReference, ImageReferenceError, parseImageReference } from "./reference.ts";
import { trusts } from "./trust.ts";

interface CompiledPolicy {
  readonly ref: ObjectRef;
  readonly namespaces: CompiledSelector;
  readonly enforces: boolean;
  readonly policy: ImageTrustPolicy;
}

/** Which policies speak for which namespace. */
export interface ImageRuleSet {
  readonly policies: readonly CompiledPolicy[];
  readonly namespaces: ReadonlyMap<string, Labels>;
  readonly exceptions: ExceptionRules;
}

export interface ImageObjects {
  readonly policies: readonly ImageTrustPolicy[];
  readonly namespaces: readonly Namespace[];
  readonly exceptions: ExceptionRules;
}

const nameLabel = "kubernetes.io/metadata.name";

/** Reads ImageTrustPolicies; one whose selector cannot be read trusts nothing and holds every namespace. */
export function normaliseImages({ policies, namespaces, exceptions }: ImageObjects): ImageRuleSet {
  const compiled = policies.map((policy) => ({
    ref: { apiVersion: securityApiVersion, kind: "ImageTrustPolicy", name: policy.metadata.name ?? "" },
    namespaces: compileSelector(policy.spec?.namespaceSelector ?? {}),
    enforces: policy.spec?.mode !== "Warn",
    policy,
  }));
  return {
    policies: compiled.sort((a, b) => (a.ref.name < b.ref.name ? -1 : 1)),
    namespaces: new Map(
      namespaces.map((n) => [n.metadata.name ?? "", { ...n.metadata.labels, [nameLabel]: n.metadata.name ?? "" }]),
    ),
    exceptions,
  };
}

export interface ImageQuestion {
  readonly image: string;
  readonly identity: Identity;
  /** Where the image stands: `spec.containers[0].image`. */
  readonly field: string;
}

/** `warn`: it may run, and someone should know that no policy lists it. */
export type ImageVerdict = Verdict<"allow" | "warn" | "deny">;

interface Speaking {
  readonly enforcing: readonly CompiledPolicy[];
  readonly warning: readonly CompiledPolicy[];
}

function speakingFor(rules: ImageRuleSet, namespace: string): Speaking {
  const labels = rules.namespaces.get(namespace) ?? { [nameLabel]: namespace };
  const speaking = rules.policies.filter(({ namespaces }) => !namespaces.readable || namespaces.matches(labels));
  return { enforcing: speaking.filter((p) => p.enforces), warning: speaking.filter((p) => !p.enforces) };
}

function listedBy(policies: readonly CompiledPolicy[], image: ImageReference): Because | undefined {
  for (const { ref, policy, namespaces } of policies) {
    const index = namespaces.readable ? (policy.spec?.allow ?? []).findIndex((trusted) => trusts(trusted, image)) : -1;
    if (index < 0) continue;
    const says = `ImageTrustPolicy ${ref.name} lets ${formatImageReference(image)} run: spec.allow[${index}]`;
    return { object: ref, field: `spec.allow[${index}]`, rule: "trusted", says };
  }
  return undefined;
}

/**
 * An exception's value is an image: without tag and digest every version of it, with a digest only that. A tag narrows
 * by its text: whoever may push to the repository decides what it means, here as everywhere.
 */
function exceptionCovers(exception: Exception, image: ImageReference): boolean {
  const { value } = exception.spec;
  if (value === undefined) return true;
  try {
    const named = parseImageReference(value);
    if (named.registry !== image.registry || named.repository !== image.repository) return false;
    if (named.digest !== undefined) return named.digest === image.digest;
    const bare = !/:[^/]*$/.test(value);
    return bare || named.tag === image.tag;
  } catch (error) {
    if (error instanceof ImageReferenceError) return false;
    throw error;
  }
}

function refuse(rules: ImageRuleSet, question: ImageQuestion, image: ImageReference, speaking: Speaking): ImageVerdict {
  const { identity, field } = question;
  const { namespace } = identity;
  const [subject = { kind: "Namespace", name: namespace } as const] = identity.subjects;
  const name = `${image.registry}/${image.repository}`;
  const passing = flowYaml([{ registry: image.registry, repositories: [image.repository] }]);
  const command = allowRule({ decider: "image", rule: "trust", namespace, subject, value: name });
  const first = speaking.enforcing[0];
  if (first === undefined) {
    const why =
      rules.policies.length === 0
        ? "there is no ImageTrustPolicy"
        : `no ImageTrustPolicy speaks for Namespace ${namespace}`;
    return {
      decision: "deny",
      because: [{ field, rule: "trust", says: `${name} may not run: ${why}, so no image may`, passing, command }],
    };
  }
  const others = speaking.enforcing.length - 1;
  const by = `ImageTrustPolicy ${first.ref.name}${others === 0 ? "" : ` and ${others} more`}`;
  return {
    decision: "deny",
    because: [
      {
        object: first.ref,
        field,
        rule: "trust",
        says: `${name} may not run: it is not among what ${by} trusts in Namespace ${namespace}`,
        passing,
        command,
      },
    ],
  };
}

/** May this image run there? Where no policy speaks for the namespace, none may. */
export function evaluateImage(rules: ImageRuleSet, question: ImageQuestion): ImageVerdict {
  const { identity, field } = question;
  let image: ImageReference;
  try {
    image = parseImageReference(question.image);
  } catch (error) {
    if (!(error instanceof ImageReferenceError)) throw error;
    return { decision: "deny", because: [{ field, rule: "reference", says: error.message }] };
  }
  const speaking = speakingFor(rules, identity.namespace);
  const listed = listedBy(speaking.enforcing, image);
  if (listed !== undefined) return { decision: "allow", because: [listed] };
  const exception = exceptionsFor(rules.exceptions, "image", identity).find(
    (e) => e.spec.rule === "trust" && exceptionCovers(e, image),
  );
  if (exception !== undefined) {
    const says = `Exception ${identity.namespace}/${exception.metadata.name} lets it run until ${exception.spec.expires}: ${exception.spec.reason}`;
    return { decision: "allow", because: [{ object: exceptionRef(exception), field: "spec", rule: "trust", says }] };
  }
  if (speaking.enforcing.length > 0 || speaking.warning.length === 0) return refuse(rules, question, image, speaking);
  const tried = listedBy(speaking.warning, image);
  if (tried !== undefined) return { decision: "allow", because: [tried] };
  const refused = refuse(rules, question, image, { enforcing: speaking.warning, warning: [] });
  return {
    decision: "warn",
    because: refused.because.map((b) => ({ ...b, says: b.says.replace("may not run", "would not run") })),
  };
}

/** Every image of a pod or template, init and ephemeral containers and image volumes included. */
export function* imagesOf(spec: PodSpec): Generator<{ readonly field: string; readonly image: string }> {
  for (const [container, path] of containersOf(spec)) yield { field: `${path}.image`, image: container.image ?? "" };
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    if (volume.image !== undefined)
      yield { field: `spec.volumes[${i}].image.reference`, image: volume.image.reference ?? "" };
  }
}

/** Judges all images of a pod or template at once: the strictest answer, with the reasons for it. */
export function evaluateImages(rules: ImageRuleSet, spec: PodSpec, identity: Identity): ImageVerdict {
  const verdicts = [...imagesOf(spec)].map((at) => evaluateImage(rules, { ...at, identity }));
  for (const decision of ["deny", "warn"] as const) {
    const because = verdicts.filter((v) => v.decision === decision).flatMap((v) => v.because);
    if (because.length > 0) return { decision, because };
  }
  return { decision: "allow", because: verdicts.flatMap((v) => v.because) };
}
