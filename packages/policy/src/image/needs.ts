import type { Identity } from "../exception/subject.ts";
import { textMatches } from "./pattern.ts";
import { ImageReferenceError, parseImageReference } from "./reference.ts";
import { type ImageRuleSet, speakingFor } from "./rule-set.ts";
import { asksForScan } from "./scanned.ts";
import { speaksOf } from "./signing.ts";

/** Whether a policy of the namespace asks what is in its images, so that they must be scanned before they start. */
export function asksForContent(rules: ImageRuleSet, namespace: string): boolean {
  const { enforcing, warning, auditing } = speakingFor(rules, namespace);
  return [...enforcing, ...warning, ...auditing].some(({ policy }) => asksForScan(policy.spec));
}

/** What a verifier must be given so that the policies of a namespace can be decided. */
export interface SignatureNeeds {
  /** PEM, each once. */
  readonly keys: readonly string[];
  /** Trusted roots in JSON, each once. */
  readonly trustRoots: readonly string[];
  /** Whether a policy asks for attestations of this type. */
  readonly wants: (predicateType: string) => boolean;
  /** The same for the same needs: facts may be kept under it. */
  readonly id: string;
}

/** What is needed to decide on an image's signatures in a namespace; undefined: no policy there asks for any. */
export function signatureNeeds(rules: ImageRuleSet, text: string, identity: Identity): SignatureNeeds | undefined {
  const image = referenceOf(text);
  if (image === undefined) return undefined;
  const { enforcing, warning, auditing } = speakingFor(rules, identity.namespace);
  const asking = [...enforcing, ...warning, ...auditing].filter(({ signing }) =>
    signing.some((requirement) => speaksOf(requirement, image)),
  );
  if (asking.length === 0) return undefined;
  const requirements = asking.flatMap(({ policy }) => policy.spec?.signatures ?? []);
  const keys = requirements.flatMap((r) =>
    r.authorities.flatMap((a) => (a.key === undefined ? [] : [a.key.publicKey])),
  );
  const trustRoots = asking.flatMap(({ policy }) => (policy.spec?.trustRoots ?? []).map((root) => root.trustedRoot));
  const types = requirements.flatMap((r) => (r.attestations ?? []).map((a) => a.predicateType));
  const unique = {
    keys: [...new Set(keys)].sort(),
    trustRoots: [...new Set(trustRoots)].sort(),
    types: [...new Set(types)].sort(),
  };
  return {
    keys: unique.keys,
    trustRoots: unique.trustRoots,
    wants: (predicateType) => unique.types.some((type) => textMatches(type, predicateType)),
    id: JSON.stringify(unique),
  };
}

function referenceOf(text: string) {
  try {
    return parseImageReference(text);
  } catch (error) {
    if (error instanceof ImageReferenceError) return undefined;
    throw error;
  }
}
