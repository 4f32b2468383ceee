import { setImmediate as turn } from "node:timers/promises";
import type { SignatureFailure } from "@bulkhead/api";
import { bundleFromJSON } from "@sigstore/bundle";
import { jsonObject } from "./bounded-json.ts";
import { type Carried, collectCarried, type Search, type SignatureRegistry } from "./collect.ts";
import { fromAttestationLayer, fromSignatureLayer } from "./cosign-tag.ts";
import { type FoundSignature, fromBundle } from "./signed-content.ts";

export interface SearchResult {
  readonly found: readonly FoundSignature[];
  readonly failures: readonly SignatureFailure[];
}

/** Finds what signs an image in its repository. Nothing is verified yet. Never rejects. */
export async function findSignatures(registry: SignatureRegistry, search: Search): Promise<SearchResult> {
  const { carried, failures } = await collectCarried(registry, search, { signatures: true });
  const found: FoundSignature[] = [];
  const unread: SignatureFailure[] = [];
  for (const each of carried) {
    await turn();
    const opened = openCarried(each);
    if (typeof opened === "string") unread.push({ reason: opened, manifest: each.manifest });
    else found.push(opened);
  }
  return { found, failures: [...failures, ...unread] };
}

/** The signature in what was carried, or why it cannot be read as one. */
export function openCarried({
  as,
  manifest,
  annotations,
  bytes,
}: Carried): FoundSignature | "unreadable" | "unsupported" {
  switch (as) {
    case "bundle": {
      const object = jsonObject(bytes);
      if (object === undefined) return "unreadable";
      try {
        return fromBundle(bundleFromJSON(object), manifest) ?? "unsupported";
      } catch {
        // A bundle that lacks what its version asks for is told by errors of several classes.
        return "unreadable";
      }
    }
    case "signature":
      return fromSignatureLayer(manifest, annotations, bytes) ?? "unreadable";
    case "attestation":
      return fromAttestationLayer(manifest, annotations, bytes) ?? "unreadable";
    case "document":
      return "unsupported";
  }
}
