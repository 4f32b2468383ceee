/** Signatures and attestations of an image: found in its repository, verified against keys and offline trust roots. */
import { setImmediate as turn } from "node:timers/promises";
import type { SignatureFact, SignatureFacts, SignatureFailure } from "@bulkhead/api";
import type { JsonObject } from "./bounded-json.ts";
import type { Search, SignatureRegistry } from "./collect.ts";
import { findSignatures } from "./find.ts";
import { parseTrustedKey, parseTrustedRoot, type SignatureTrust, TrustError } from "./trust.ts";
import { verifySignature } from "./verify.ts";

export {
  type AttestationTrust,
  type AttestedRelease,
  type BuildDemands,
  verifyNpmAttestations,
} from "../npm-release/attestations.ts";
export type { Search, SearchLimits, SignatureRegistry } from "./collect.ts";
export { type ImageVex, type ImageVexTrust, readImageVex } from "./read-image-vex.ts";
export * from "./trust.ts";

export interface SignatureCheck extends Search {
  readonly trust: SignatureTrust;
  /** The moment of the check, milliseconds since the epoch. */
  readonly now: number;
  /** Handed each verified attestation's whole predicate, which the facts only sum up. */
  readonly onAttestation?: (fact: SignatureFact, predicate: JsonObject) => void;
}

/** Finds and verifies an image's signatures and attestations. Never rejects for what a registry says or does not say. */
export async function checkSignatures(registry: SignatureRegistry, check: SignatureCheck): Promise<SignatureFacts> {
  const { found, failures: notLookedAt } = await findSignatures(registry, check);
  const facts: SignatureFact[] = [];
  const failures: SignatureFailure[] = [...notLookedAt];
  for (const signature of found) {
    // A long attestation is read in one go, and others wait for this thread: they come between any two.
    await turn();
    const verified = verifySignature(signature, check.digest, check.trust);
    if ("reason" in verified) {
      failures.push({ reason: verified.reason, manifest: signature.manifest });
      continue;
    }
    facts.push(...verified.facts);
    for (const fact of verified.facts) if (fact.kind === "attestation") check.onAttestation?.(fact, verified.predicate);
  }
  return { digest: check.digest, facts, failures, checkedAt: new Date(check.now).toISOString() };
}

/** What of a policy's keys and trust roots can be used. What cannot verifies nothing: the decider says so. */
export const readableTrust = (keys: readonly string[], trustRoots: readonly string[]): SignatureTrust => ({
  keys: readable(keys, parseTrustedKey),
  roots: readable(trustRoots, parseTrustedRoot),
});

const readable = <T>(texts: readonly string[], parse: (text: string) => T): T[] =>
  texts.flatMap((text) => {
    try {
      return [parse(text)];
    } catch (error) {
      if (error instanceof TrustError) return [];
      throw error;
    }
  });
