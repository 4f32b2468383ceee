import type { Exception, PodSpec } from "@bulkhead/api";
import { allowRule } from "../allow/command.ts";
import { exceptionRef, exceptionsFor, expiredFor } from "../exception/exceptions.ts";
import type { Identity } from "../exception/subject.ts";
import { flowYaml } from "../flow-yaml.ts";
import { containersOf } from "../pod-security/finding.ts";
import type { Because } from "../verdict.ts";
import { liftingException, usableGlass } from "./exceptions.ts";
import type { ImageFacts, ImageStage } from "./facts.ts";
import type { ImageVerdict } from "./image-verdict.ts";
import { itsEnd, judgeContent, strongerAction } from "./judge-content.ts";
import { formatImageReference, type ImageReference, ImageReferenceError, parseImageReference } from "./reference.ts";
import { type CompiledImagePolicy, type ImageRuleSet, type Speaking, speakingFor } from "./rule-set.ts";
import { trusts } from "./trust.ts";

export interface ImageQuestion {
  readonly image: string;
  readonly identity: Identity;
  /** Where the image stands: `spec.containers[0].image`. */
  readonly field: string;
  /** Default `admission`, the strictest. */
  readonly stage?: ImageStage;
  /** What is known besides its name; absent: nothing. */
  readonly facts?: ImageFacts | undefined;
}

function listedBy(policies: readonly CompiledImagePolicy[], image: ImageReference): Because | undefined {
  for (const { ref, policy, namespaces } of policies) {
    const index = namespaces.readable ? (policy.spec?.allow ?? []).findIndex((trusted) => trusts(trusted, image)) : -1;
    if (index < 0) continue;
    const says = `ImageTrustPolicy ${ref.name} lets ${formatImageReference(image)} run: spec.allow[${index}]`;
    return { object: ref, field: `spec.allow[${index}]`, rule: "trusted", says };
  }
  return undefined;
}

/** Why no policy of these lists the image. */
function unlisted(
  rules: ImageRuleSet,
  question: ImageQuestion,
  image: ImageReference,
  policies: readonly CompiledImagePolicy[],
  may: "may not run" | "would not run",
): Because {
  const { identity, field } = question;
  const { namespace } = identity;
  const [subject = { kind: "Namespace", name: namespace } as const] = identity.subjects;
  const name = `${image.registry}/${image.repository}`;
  const passing = flowYaml([{ registry: image.registry, repositories: [image.repository] }]);
  const command = allowRule({ decider: "image", rule: "trust", namespace, subject, value: name });
  const first = policies[0];
  if (first === undefined) {
    const why =
      rules.policies.length === 0
        ? "there is no ImageTrustPolicy"
        : `no ImageTrustPolicy speaks for Namespace ${namespace}`;
    return { field, rule: "trust", says: `${name} ${may}: ${why}, so no image may`, passing, command };
  }
  const ended = liftingException(expiredFor(rules.exceptions, "image", identity), "trust", image, undefined);
  const others = policies.length - 1;
  const by = `ImageTrustPolicy ${first.ref.name}${others === 0 ? "" : ` and ${others} more`}`;
  const says = `${name} ${may}: it is not among what ${by} trusts in Namespace ${namespace}${ended === undefined ? "" : `; ${itsEnd(ended)}`}`;
  return { object: first.ref, field, rule: "trust", says, passing, command };
}

type Answer = Omit<ImageVerdict, "action">;
const answer = (
  decision: ImageVerdict["decision"],
  because: readonly Because[],
  more: Partial<Answer> = {},
): Answer => ({
  decision,
  because,
  lifted: [],
  audited: [],
  ...more,
});

const lifts = (exception: Exception, rule: string): Because => ({
  object: exceptionRef(exception),
  field: "spec",
  rule,
  says: `Exception ${exception.metadata.namespace ?? ""}/${exception.metadata.name} lets it run until ${exception.spec.expires}: ${exception.spec.reason}`,
});

/** Whether its registry and repository are listed. */
function judgeTrust(rules: ImageRuleSet, question: ImageQuestion, image: ImageReference, speaking: Speaking): Answer {
  const { enforcing, warning, auditing } = speaking;
  const listed = listedBy(enforcing, image);
  if (listed !== undefined) return answer("allow", [listed]);
  const exceptions = exceptionsFor(rules.exceptions, "image", question.identity);
  const exception = liftingException(exceptions, "trust", image, undefined);
  if (exception !== undefined) {
    const lifted = [lifts(exception, "trust")];
    return answer("allow", lifted, { lifted });
  }
  if (enforcing.length > 0 || warning.length + auditing.length === 0)
    return answer("deny", [unlisted(rules, question, image, enforcing, "may not run")]);
  const tried = listedBy([...warning, ...auditing], image);
  if (tried !== undefined) return answer("allow", [tried]);
  if (warning.length > 0) return answer("warn", [unlisted(rules, question, image, warning, "would not run")]);
  return answer("allow", [], { audited: [unlisted(rules, question, image, auditing, "would not run")] });
}

/** Facts of another digest are facts of another image. */
function factsOf({ facts }: ImageQuestion, image: ImageReference): ImageFacts | undefined {
  return facts === undefined || (image.digest !== undefined && image.digest !== facts.digest) ? undefined : facts;
}

/** What becomes of a pod that runs an image which no policy lists any more: what the policies that speak there say. */
function unlistedSince(
  { stage }: ImageQuestion,
  { because }: Answer,
  { enforcing }: Speaking,
): Pick<ImageVerdict, "action" | "fallen"> {
  if (stage !== "running") return {};
  const actions = enforcing.map(({ policy }) => policy.spec?.runningPods);
  return { action: actions.reduce(strongerAction, undefined) ?? "Report", fallen: because };
}

/** A broken glass lets everything run but what names no image; each use is for the audit log. */
function withGlass(
  rules: ImageRuleSet,
  question: ImageQuestion,
  image: ImageReference,
  verdict: ImageVerdict,
): ImageVerdict {
  if (verdict.decision !== "deny" && verdict.decision !== "hold" && verdict.action === undefined) return verdict;
  const exceptions = exceptionsFor(rules.exceptions, "image", question.identity);
  const glass = usableGlass(exceptions, image);
  if (glass === undefined) return verdict;
  const says = `Exception ${glass.metadata.namespace ?? ""}/${glass.metadata.name} breaks the glass until ${glass.spec.expires} (${glass.spec.author}: ${glass.spec.reason})`;
  const broken: Because = { object: exceptionRef(glass), field: "spec", rule: "break-glass", says };
  return {
    decision: "warn",
    because: [broken, ...verdict.because],
    lifted: [...verdict.lifted, broken],
    audited: [...verdict.audited, broken, ...verdict.because],
  };
}

const strictness = { allow: 0, warn: 1, hold: 2, deny: 3 } as const;
const stricter = (a: ImageVerdict["decision"], b: ImageVerdict["decision"]): ImageVerdict["decision"] =>
  strictness[a] >= strictness[b] ? a : b;

/**
 * May this image run there? Where no policy speaks for the namespace, none may. First its name (nothing of it need be known,
 * and of what is not listed nothing is asked), then who signed it, then what is in it.
 */
export function evaluateImage(rules: ImageRuleSet, question: ImageQuestion): ImageVerdict {
  const { identity, field } = question;
  let image: ImageReference;
  try {
    image = parseImageReference(question.image);
  } catch (error) {
    if (!(error instanceof ImageReferenceError)) throw error;
    return answer("deny", [{ field, rule: "reference", says: error.message }]);
  }
  const speaking = speakingFor(rules, identity.namespace);
  const trust = judgeTrust(rules, question, image, speaking);
  if (trust.decision === "deny")
    return withGlass(rules, question, image, { ...trust, ...unlistedSince(question, trust, speaking) });
  const facts = factsOf(question, image);
  const content = judgeContent({
    policies: [...speaking.enforcing, ...speaking.warning, ...speaking.auditing],
    exceptions: rules.exceptions,
    identity,
    field,
    image,
    facts,
    stage: question.stage ?? "admission",
  });
  const decision = stricter(trust.decision, content.decision);
  // What decides comes first: the listing explains a pass, and nothing else.
  const reasons = [
    ...(content.decision === decision ? content.because : []),
    ...(trust.decision === decision ? trust.because : []),
    ...(content.decision !== decision && content.decision !== "allow" ? content.because : []),
    ...(trust.decision !== decision && trust.decision !== "allow" ? trust.because : []),
  ];
  return withGlass(rules, question, image, {
    decision,
    because: decision === "allow" ? [...trust.because, ...content.because] : reasons,
    lifted: [...trust.lifted, ...content.lifted],
    audited: [...trust.audited, ...content.audited],
    ...(content.action === undefined ? {} : { action: content.action, fallen: content.fallen ?? [] }),
  });
}

/**
 * Whether an image's name alone keeps it out, so that nothing need be asked of its registry: a pod must not make the server
 * call any registry it likes.
 */
export function isListed(rules: ImageRuleSet, text: string, identity: Identity): boolean {
  let image: ImageReference;
  try {
    image = parseImageReference(text);
  } catch (error) {
    if (error instanceof ImageReferenceError) return false;
    throw error;
  }
  const question = { image: text, identity, field: "" };
  const { decision } = judgeTrust(rules, question, image, speakingFor(rules, identity.namespace));
  return decision !== "deny" || usableGlass(exceptionsFor(rules.exceptions, "image", identity), image) !== undefined;
}

/** Every image of a pod or template, init and ephemeral containers and image volumes included. */
export function* imagesOf(spec: PodSpec): Generator<{ readonly field: string; readonly image: string }> {
  for (const [container, path] of containersOf(spec)) yield { field: `${path}.image`, image: container.image ?? "" };
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    if (volume.image !== undefined)
      yield { field: `spec.volumes[${i}].image.reference`, image: volume.image.reference ?? "" };
  }
}

/** What is known of images, by their names as the pod writes them. */
export type ImageFactsLookup = (image: string) => ImageFacts | undefined;

/** Judges all images of a pod or template at once: the strictest answer, with the reasons for it. */
export function evaluateImages(
  rules: ImageRuleSet,
  spec: PodSpec,
  identity: Identity,
  more: { readonly stage?: ImageStage; readonly facts?: ImageFactsLookup | undefined } = {},
): ImageVerdict {
  const verdicts = [...imagesOf(spec)].map((at) =>
    evaluateImage(rules, {
      ...at,
      identity,
      ...(more.stage === undefined ? {} : { stage: more.stage }),
      facts: more.facts?.(at.image),
    }),
  );
  const decision = verdicts.map((v) => v.decision).reduce(stricter, "allow");
  const action = verdicts.map((v) => v.action).reduce(strongerAction, undefined);
  const fallen = verdicts.flatMap((v) => v.fallen ?? []);
  return {
    decision,
    because: verdicts.filter((v) => v.decision === decision).flatMap((v) => v.because),
    lifted: verdicts.flatMap((v) => v.lifted),
    audited: verdicts.flatMap((v) => v.audited),
    ...(action === undefined ? {} : { action, fallen }),
  };
}
