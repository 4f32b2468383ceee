import type { SignatureFact, SignatureFailureReason } from "@bulkhead/api";
import { bundleFromJSON } from "@sigstore/bundle";
import { X509Certificate } from "@sigstore/core";
import { isObject, jsonObject, listOf, stringOf } from "../signatures/bounded-json.ts";
import { type FoundSignature, fromBundle } from "../signatures/signed-content.ts";
import type { TrustedRootMaterial } from "../signatures/trust.ts";
import { verifySignature } from "../signatures/verify.ts";
import { at, documentOf, type NpmRelease, npmReleaseLimits } from "./npm-release.ts";
import { NpmReleaseError, type NpmReleaseErrorCode } from "./npm-release-error.ts";
import { keyCounts, type NpmKey } from "./registry-signature.ts";

/** By whom and from what a release has to be built. */
export interface BuildDemands {
  /** Who vouches for the build's identity: `https://token.actions.githubusercontent.com`. */
  readonly issuer: string;
  /** SLSA's builder id: `https://github.com/actions/runner/github-hosted`. */
  readonly builder: string;
  /** `https://github.com/OWNER/NAME` */
  readonly repository: string;
  /** Inside the repository: `.github/workflows/release.yml`. */
  readonly workflow: string;
}

export interface AttestationTrust {
  readonly keys: readonly NpmKey[];
  readonly root: TrustedRootMaterial;
  readonly demands: BuildDemands;
}

/** What the attestations of a release prove. */
export interface AttestedRelease {
  /** When the registry's own attestation was logged, milliseconds since the epoch. */
  readonly published: number;
  /** The certificate's name of the workflow, with the reference that it ran from. */
  readonly identity: string;
}

const mostAttestations = 16;
const publishType = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1";
const provenanceType = "https://slsa.dev/provenance/v1";

/**
 * Verifies what `/-/npm/v1/attestations/NAME@VERSION` gives: the registry's publish attestation and the build's SLSA
 * provenance, each in a transparency log of the trusted root, both of this name, version and content. Throws
 * NpmReleaseError. Of each type exactly one is there: of two, one could be shown and the other be meant.
 */
export function verifyNpmAttestations(
  release: NpmRelease,
  document: Uint8Array,
  { keys, root, demands }: AttestationTrust,
): AttestedRelease {
  const listed = documentOf(document, npmReleaseLimits.attestations, "the document of attestations")["attestations"];
  if (!Array.isArray(listed) || listed.length > mostAttestations)
    throw new NpmReleaseError(
      "unreadable",
      `the document of attestations lists none, or more than ${mostAttestations}`,
    );
  const published = publishedAt(release, one(listed, publishType, "no-publish"), keys, root);
  const identity = builtBy(release, one(listed, provenanceType, "no-provenance"), root, demands);
  return { published, identity };
}

function one(listed: readonly unknown[], type: string, absent: NpmReleaseErrorCode): FoundSignature {
  const [found, ...others] = listOf(listed)
    .filter(isObject)
    .filter((each) => each["predicateType"] === type);
  if (found === undefined) throw new NpmReleaseError(absent, `there is no attestation of the type ${type}`);
  if (others.length > 0) throw new NpmReleaseError("unreadable", `there are several attestations of the type ${type}`);
  const bundle = signatureOf(found["bundle"]);
  if (bundle === undefined) throw new NpmReleaseError("unreadable", `the attestation ${type} is no Sigstore bundle`);
  return bundle;
}

function signatureOf(bundle: unknown): FoundSignature | undefined {
  try {
    return fromBundle(bundleFromJSON(bundle), "");
  } catch {
    // A bundle that lacks what its version asks for is told by errors of several classes.
    return undefined;
  }
}

/** The registry's word that it was published, by one of its keys, and the log's word when. */
function publishedAt(
  release: NpmRelease,
  found: FoundSignature,
  keys: readonly NpmKey[],
  root: TrustedRootMaterial,
): number {
  const named = keys.find(({ keyId }) => keyId === found.hint);
  if (found.certificate !== undefined || named === undefined)
    throw new NpmReleaseError("unknown-key", "the publish attestation is signed by none of the registry's keys");
  const fact = verified(release, found, publishType, {
    keys: [{ keyId: named.keyId, key: named.key }],
    roots: [root],
  });
  if (fact.logs.length === 0 || fact.time === undefined)
    throw new NpmReleaseError("not-logged", "the publish attestation is in no log of the trusted root");
  const logged = Date.parse(fact.time);
  if (!keyCounts(named, { now: logged, logged }))
    throw new NpmReleaseError("expired-key", "the publish attestation was signed after its key had ended");
  const predicate = jsonObject(found.content.payload)?.["predicate"];
  if (at(predicate, "name") !== release.name || at(predicate, "version") !== release.version)
    throw new NpmReleaseError("other-package", "the publish attestation is of another package or version");
  return logged;
}

/** Fulcio's extensions: what the certificate authority itself was told by the issuer, not by the workflow. */
const extensions = { runner: "1.3.6.1.4.1.57264.1.11", repository: "1.3.6.1.4.1.57264.1.12" } as const;

/** The certificate is who built it; the predicate, which the build wrote itself, may only agree. */
function builtBy(release: NpmRelease, found: FoundSignature, root: TrustedRootMaterial, demands: BuildDemands): string {
  const { certificate } = found;
  if (certificate === undefined) throw new NpmReleaseError("untrusted", "the provenance is signed by no certificate");
  const { signer } = verified(release, found, provenanceType, { keys: [], roots: [root] });
  if (signer.type !== "certificate" || signer.issuer !== demands.issuer)
    throw new NpmReleaseError("other-builder", `the build's identity is not of ${demands.issuer}`);
  const leaf = X509Certificate.parse(certificate);
  const predicate = jsonObject(found.content.payload)?.["predicate"];
  const workflow = at(predicate, "buildDefinition", "externalParameters", "workflow");
  const hosted = demands.builder.slice(demands.builder.lastIndexOf("/") + 1);
  if (at(predicate, "runDetails", "builder", "id") !== demands.builder || extension(leaf, extensions.runner) !== hosted)
    throw new NpmReleaseError("other-builder", `it was not built by ${demands.builder}`);
  if (
    at(workflow, "repository") !== demands.repository ||
    extension(leaf, extensions.repository) !== demands.repository
  )
    throw new NpmReleaseError("other-source", `it was not built from ${demands.repository}`);
  if (
    at(workflow, "path") !== demands.workflow ||
    !signer.identity.startsWith(`${demands.repository}/${demands.workflow}@`)
  )
    throw new NpmReleaseError("other-workflow", `it was not built by the workflow ${demands.workflow}`);
  return signer.identity;
}

function extension(certificate: X509Certificate, oid: string): string | undefined {
  return certificate.extension(oid)?.valueObj.subs[0]?.value.toString("utf8");
}

/** The one fact of a bundle that holds for this release: its subject has both name and content. */
function verified(
  release: NpmRelease,
  found: FoundSignature,
  type: string,
  trust: Parameters<typeof verifySignature>[2],
): SignatureFact {
  const result = verifySignature(found, `sha512:${release.sha512}`, trust);
  if ("reason" in result)
    throw new NpmReleaseError(
      codes[result.reason] ?? "unreadable",
      `the attestation ${type} does not hold (${result.reason})`,
    );
  const [fact] = result.facts;
  // The list's own word for the type is not signed.
  if (fact?.predicateType !== type)
    throw new NpmReleaseError("unreadable", `what is listed as ${type} is something else`);
  const named = listOf(jsonObject(found.content.payload)?.["subject"]).filter(
    (subject) =>
      at(subject, "digest", "sha512") === release.sha512 && stringOf(at(subject, "name")) === purlOf(release),
  );
  if (named.length === 0)
    throw new NpmReleaseError("other-package", `the attestation ${type} is of another package or version`);
  return fact;
}

const purlOf = ({ name, version }: NpmRelease): string =>
  `pkg:npm/${name.startsWith("@") ? `%40${name.slice(1)}` : name}@${version}`;

const codes: Readonly<Partial<Record<SignatureFailureReason, NpmReleaseErrorCode>>> = {
  "bad-signature": "bad-signature",
  // It names one of the registry's keys, which was the only one to try.
  "unknown-key": "bad-signature",
  "other-digest": "other-package",
  "no-trust-root": "untrusted",
  "untrusted-certificate": "untrusted",
  "no-trusted-time": "untrusted",
  "not-logged": "not-logged",
  "log-mismatch": "not-logged",
};
