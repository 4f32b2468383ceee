import type { SignatureFacts } from "@bulkhead/api";
import { loadSignatures, type SignatureRegistry, type SignatureTrust } from "@bulkhead/images";
import type { SignatureNeeds } from "@bulkhead/policy";

/** An image whose tag is resolved. */
export interface DigestedImage {
  readonly registry: string;
  readonly repository: string;
  /** `sha256:…` */
  readonly digest: string;
}

/** The registry of an image as somebody may ask it. */
export interface SignatureAccess {
  /** Another text for other rights: what was found with one's is no answer to another. Holds no credential. */
  readonly key: string;
  readonly connect: () => Promise<SignatureRegistry>;
}

export interface SignatureLookup {
  /** What is known of an image's signatures, as far as these needs ask. Never rejects for what a registry does. */
  factsOf(image: DigestedImage, needs: SignatureNeeds, access: SignatureAccess): Promise<SignatureFacts>;
}

export interface SignatureLookupOptions {
  readonly now: () => number;
  /** Milliseconds for one search, whatever the registry serves; default 15,000. */
  readonly timeout?: number;
}

/** Answers kept: one a digest and what was asked of it. */
const most = 2048;
const mostTrusts = 64;
/** The API server reads these while others wait: no more than an ordinary image has, SBOMs of some megabytes included. */
const limits = { items: 64, attestation: 4 << 20, total: 16 << 20 };
/** Pods of one rollout share an answer; a signature that is added or an attestation that arrives is seen soon. */
const kept = { holds: 60_000, fails: 5_000 };

/** Looks for signatures, each search once however many pods wait for it. */
export function signatureLookup({ now, timeout = 15_000 }: SignatureLookupOptions): SignatureLookup {
  const known = new Map<string, { readonly answer: Promise<SignatureFacts>; until: number }>();
  const trusts = new Map<string, SignatureTrust>();

  async function search(
    { repository, digest }: DigestedImage,
    needs: SignatureNeeds,
    connect: SignatureAccess["connect"],
  ): Promise<SignatureFacts> {
    const { checkSignatures, readableTrust } = await loadSignatures();
    const trust = trusts.get(needs.id) ?? readableTrust(needs.keys, needs.trustRoots);
    if (trusts.size >= mostTrusts) trusts.clear();
    trusts.set(needs.id, trust);
    return checkSignatures(await connect(), {
      repository,
      digest,
      trust,
      wants: needs.wants,
      limits,
      signal: AbortSignal.timeout(timeout),
      now: now(),
    });
  }

  return {
    factsOf: (image, needs, access) => {
      const key = `${image.registry}/${image.repository}@${image.digest}\n${needs.id}\n${access.key}`;
      const there = known.get(key);
      if (there !== undefined && there.until > now()) return there.answer;
      const entry = { answer: search(image, needs, access.connect), until: Number.POSITIVE_INFINITY };
      known.delete(key);
      known.set(key, entry);
      const oldest = known.keys().next().value;
      if (known.size > most && oldest !== undefined) known.delete(oldest);
      entry.answer.then(
        ({ facts, failures }) => {
          const whole = facts.length > 0 && failures.every((f) => f.reason !== "unreachable");
          entry.until = now() + (whole ? kept.holds : kept.fails);
        },
        () => known.delete(key),
      );
      return entry.answer;
    },
  };
}
