import type { SignatureFailure } from "@bulkhead/api";
import { type Carried, collectCarried, type Search, type SignatureRegistry } from "./collect.ts";

/** What may be VEX beside an image, as it lay in the registry; plain JSON, so that it can be handed to another process. */
export interface CollectedVex {
  /** Of the manifest or index that it speaks of. */
  readonly digest: string;
  readonly carried: readonly (Omit<Carried, "bytes"> & { readonly base64: string })[];
  readonly failures: readonly SignatureFailure[];
}

/** How much of it is looked at: an image may be given any number of referrers by whoever may push. */
const limits = { items: 48, attestation: 4 << 20, total: 8 << 20 };

/** OpenVEX, CycloneDX and CSAF, by predicate or media type; a type that tells nothing is looked into. */
export const mayBeVex = (type: string): boolean => /openvex|cyclonedx|csaf|[/.+-]vex\b/i.test(type);
const inToto = "application/vnd.in-toto+json";

/**
 * Gathers what may be VEX about an image: attestations among its referrers and under its `.att` tag, and documents among
 * the referrers that nobody signed. Nothing is believed or looked into yet. Never rejects.
 */
export async function collectVex(
  registry: SignatureRegistry,
  search: Pick<Search, "repository" | "digest" | "signal">,
): Promise<CollectedVex> {
  const { carried, failures } = await collectCarried(
    registry,
    { ...search, wants: mayBeVex, limits },
    { signatures: false, document: (type) => type === inToto || mayBeVex(type) },
  );
  return {
    digest: search.digest,
    carried: carried.map(({ bytes, annotations, ...rest }) => ({
      ...rest,
      // Certificates, log entries and times stand in these.
      annotations: Object.fromEntries(Object.entries(annotations).filter(([name]) => name.startsWith("dev.sig"))),
      base64: bytes.toString("base64"),
    })),
    failures,
  };
}
