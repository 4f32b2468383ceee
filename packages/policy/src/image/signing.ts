import {
  type AttestationRequirement,
  type ImageTrustPolicySpec,
  type NamedTrustRoot,
  publicKeyId,
  type SignatureFact,
  type SignatureFacts,
  type SignatureFailureReason,
  type SigningAuthority,
  trustRootId,
} from "@bulkhead/api";
import type { Breach } from "./breach.ts";
import { imageMatches, textMatches, wholeText } from "./pattern.ts";
import type { ImageReference } from "./reference.ts";

/** Someone who may sign, ready to be compared with facts. */
interface CompiledAuthority {
  readonly name: string;
  /** For people: `the key "release" (SHA-256 3e2416d3d878…)`. */
  readonly says: string;
  /** Undefined: the policy does not say who in a form that can be read, so that nobody is it. */
  readonly signed: ((fact: SignatureFact) => "yes" | "no" | "not-logged") | undefined;
}

/** A policy's signature requirement, its keys, roots and patterns read once. */
export interface CompiledRequirement {
  readonly images: readonly string[];
  readonly all: boolean;
  readonly authorities: readonly CompiledAuthority[];
  readonly attestations: readonly AttestationRequirement[];
}

const quoted = (name: string): string => JSON.stringify(name);

/** An authority with the ids of its policy's trust roots by their names. */
export function compileAuthority(authority: SigningAuthority, roots: ReadonlyMap<string, string>): CompiledAuthority {
  const { name, key, keyless } = authority;
  const unreadable = (why: string): CompiledAuthority => ({
    name,
    says: `${quoted(name)} (${why})`,
    signed: undefined,
  });
  if (key !== undefined && keyless === undefined) {
    const keyId = publicKeyId(key.publicKey);
    if (keyId === undefined) return unreadable("its key cannot be read");
    const says = `the key ${quoted(name)} (SHA-256 ${keyId.slice(0, 12)}…)`;
    const asks = key.ignoreTlog === true ? undefined : key.trustRoot;
    const root = asks === undefined ? undefined : roots.get(asks);
    if (asks !== undefined && root === undefined) return unreadable(`there is no trust root ${quoted(asks)}`);
    return {
      name,
      says: root === undefined ? says : `${says}, held by a log of the trust root ${quoted(asks ?? "")}`,
      signed: ({ signer, logs }) => {
        if (signer.type !== "key" || signer.keyId !== keyId) return "no";
        return root === undefined || logs.some((log) => log.root === root) ? "yes" : "not-logged";
      },
    };
  }
  if (keyless === undefined || key !== undefined) return unreadable("it must name a key or a keyless identity");
  const root = roots.get(keyless.trustRoot);
  if (root === undefined) return unreadable(`there is no trust root ${quoted(keyless.trustRoot)}`);
  const issuer = wholeText(keyless.issuer, keyless.issuerPattern);
  const identity = wholeText(keyless.identity, keyless.identityPattern);
  if (issuer === undefined || identity === undefined)
    return unreadable("it needs one readable issuer and one readable identity");
  return {
    name,
    says: `${quoted(name)} (${keyless.identity ?? keyless.identityPattern} by ${keyless.issuer ?? keyless.issuerPattern})`,
    signed: ({ signer }) =>
      signer.type === "certificate" && signer.root === root && issuer(signer.issuer) && identity(signer.identity)
        ? "yes"
        : "no",
  };
}

export const trustRootIds = (roots: readonly NamedTrustRoot[]): ReadonlyMap<string, string> =>
  new Map(roots.map((root) => [root.name, trustRootId(root.trustedRoot)]));

/** Reads what a policy asks for; what cannot be read asks for what nobody has. */
export function compileSigning(spec: ImageTrustPolicySpec | undefined): readonly CompiledRequirement[] {
  const roots = trustRootIds(spec?.trustRoots ?? []);
  return (spec?.signatures ?? []).map((requirement) => ({
    images: requirement.images ?? ["*"],
    all: requirement.require === "All",
    authorities: requirement.authorities.map((authority) => compileAuthority(authority, roots)),
    attestations: requirement.attestations ?? [],
  }));
}

export const speaksOf = ({ images }: CompiledRequirement, image: ImageReference): boolean =>
  images.some((pattern) => imageMatches(pattern, image));

/** What was found that does not count, for people. */
const failureWords: Readonly<Record<SignatureFailureReason, string>> = {
  unreachable: "not looked at, because the registry did not answer",
  unread: "not looked at, because its reader crashed or was stopped",
  unauthorized: "not looked at, because the registry wants other credentials",
  "too-many": "more than are looked at",
  "too-large": "too large",
  unreadable: "unreadable",
  unsupported: "of a form that is not verified",
  "other-digest": "of another image",
  "unknown-key": "by a key that no policy names",
  "bad-signature": "not of these bytes",
  "untrusted-certificate": "with a certificate that no trust root vouches for",
  "no-trusted-time": "with a certificate and no time that a trust root vouches for",
  "not-logged": "not held by a log",
  "log-mismatch": "with a log's proof that does not fit",
  "no-trust-root": "with a certificate, for which no policy gives a trust root",
};

/** Whether a signature says of itself that it is for another namespace: who signed it vouches for nothing here. */
const elsewhere = ({ forNamespace }: SignatureFact, namespace: string): boolean =>
  forNamespace !== undefined && forNamespace !== namespace;

function foundInstead({ facts, failures }: SignatureFacts, kind: SignatureFact["kind"], namespace: string): string {
  const counts = new Map<string, number>();
  const add = (words: string): unknown => counts.set(words, (counts.get(words) ?? 0) + 1);
  for (const fact of facts.filter((f) => f.kind === kind)) {
    const { signer, forNamespace = "" } = fact;
    const by =
      signer.type === "key" ? `by the key ${signer.keyId.slice(0, 12)}…` : `by ${signer.identity} (${signer.issuer})`;
    add(elsewhere(fact, namespace) ? `${by} for the namespace ${quoted(forNamespace)} alone` : by);
  }
  for (const { reason } of failures) add(failureWords[reason]);
  return counts.size === 0 ? "none" : [...counts].map(([words, n]) => `${n} ${words}`).join(", ");
}

const either = (authorities: readonly CompiledAuthority[], all: boolean): string =>
  authorities.map((a) => a.says).join(all ? " and by " : " or by ");

function unsigned(
  requirement: CompiledRequirement,
  at: string,
  known: SignatureFacts,
  namespace: string,
): Breach | undefined {
  const signatures = known.facts.filter((f) => f.kind === "signature" && !elsewhere(f, namespace));
  const says = requirement.authorities.map((authority) => signatures.map((fact) => authority.signed?.(fact) ?? "no"));
  const met = says.map((answers) => answers.includes("yes"));
  if (met.length > 0 && (requirement.all ? met.every(Boolean) : met.some(Boolean))) return undefined;
  const missing = requirement.authorities.filter((_, i) => met[i] !== true);
  const unlogged = says.some((answers) => answers.includes("not-logged"))
    ? "; signed by a named key, but held by no log"
    : "";
  return {
    rule: "signature",
    outcome: "refuse",
    policyField: at,
    ofScan: false,
    says: `asks for a signature by ${either(missing, requirement.all)}; found: ${foundInstead(known, "signature", namespace)}${unlogged}`,
  };
}

function unattested(
  requirement: CompiledRequirement,
  attestation: AttestationRequirement,
  at: string,
  known: SignatureFacts,
  namespace: string,
): Breach | undefined {
  const { predicateType, authorities: names, builder, source } = attestation;
  const counting = requirement.authorities.filter((a) => names === undefined || names.includes(a.name));
  const ofType = known.facts.filter(
    (f) =>
      f.kind === "attestation" &&
      !elsewhere(f, namespace) &&
      f.predicateType !== undefined &&
      textMatches(predicateType, f.predicateType),
  );
  const ofSigner = ofType.filter((fact) => counting.some((authority) => authority.signed?.(fact) === "yes"));
  const fits = ofSigner.some(
    ({ predicate }) =>
      (builder === undefined || (predicate?.builder !== undefined && textMatches(builder, predicate.builder))) &&
      (source === undefined || predicate?.sources?.some((s) => textMatches(source, s)) === true),
  );
  if (fits) return undefined;
  const wanted = [
    ...(builder === undefined ? [] : [`built by ${builder}`]),
    ...(source === undefined ? [] : [`from ${source}`]),
  ].join(" ");
  const instead = ofSigner
    .map(
      ({ predicate }) =>
        `built by ${predicate?.builder ?? "nobody named"} from ${predicate?.sources?.join(", ") ?? "nothing named"}`,
    )
    .join("; ");
  const by = counting.length === 0 ? "nobody that the policy names" : either(counting, false);
  return {
    rule: "attestation",
    outcome: "refuse",
    policyField: at,
    ofScan: false,
    says: `asks for an attestation ${predicateType}${wanted === "" ? "" : ` ${wanted}`} by ${by}; found: ${instead === "" ? foundInstead(known, "attestation", namespace) : instead}`,
  };
}

/** What of a policy's signature requirements an image does not meet that is to run in a namespace. */
export function signingBreaches(
  requirements: readonly CompiledRequirement[],
  image: ImageReference,
  known: SignatureFacts,
  namespace: string,
): readonly Breach[] {
  return requirements.flatMap((requirement, i) => {
    if (!speaksOf(requirement, image)) return [];
    const at = `spec.signatures[${i}]`;
    return [
      unsigned(requirement, at, known, namespace),
      ...requirement.attestations.map((a, j) =>
        unattested(requirement, a, `${at}.attestations[${j}]`, known, namespace),
      ),
    ].filter((breach) => breach !== undefined);
  });
}

/** That signatures are asked for and nobody looked: `outcome` says what that means at this stage. */
export const notLookedAt = (
  requirements: readonly CompiledRequirement[],
  image: ImageReference,
  outcome: "refuse" | "warn",
): readonly Breach[] =>
  requirements.flatMap((requirement, i) => {
    if (!speaksOf(requirement, image)) return [];
    const by = either(requirement.authorities, requirement.all);
    const what =
      outcome === "refuse" ? "its signatures were not looked at" : "they are looked for when its pods are admitted";
    return [
      {
        rule: "signature" as const,
        outcome,
        policyField: `spec.signatures[${i}]`,
        ofScan: false,
        says: `asks for a signature by ${by}; ${what}`,
      },
    ];
  });
