import type { SignatureFailure, SignatureFailureReason } from "@bulkhead/api";
import { bundleFromJSON } from "@sigstore/bundle";
import type { ResolvedManifest } from "../registry/registry-client.ts";
import { RegistryError } from "../registry/registry-error.ts";
import { isObject, type JsonObject, jsonObject, listOf, stringOf } from "./bounded-json.ts";
import { envelopeType, fromAttestationLayer, fromSignatureLayer, simpleSigningType, tagOf } from "./cosign-tag.ts";
import { type FoundSignature, fromBundle } from "./signed-content.ts";

/** What a search asks of a registry; a RegistryClient is one. */
export interface SignatureRegistry {
  resolve(repository: string, reference: string): Promise<ResolvedManifest>;
  blob(repository: string, digest: string, limit: number): Promise<Uint8Array>;
  /** The referrers API's image index, JSON bytes; undefined where the registry does not have that API. */
  referrers?(repository: string, digest: string): Promise<Uint8Array | undefined>;
}

/** How much is looked at: a registry can serve any number of referrers. */
export interface SearchLimits {
  /** Manifests and layers in all; default 128. */
  readonly items?: number;
  /** Bytes of one attestation; default 16 MiB. */
  readonly attestation?: number;
  /** Bytes in all; default 64 MiB. */
  readonly total?: number;
}

export interface Search {
  readonly repository: string;
  /** Of the image: `sha256:…`. */
  readonly digest: string;
  /**
   * Whether attestations of this type are wanted; others are not fetched. Asked of what annotations say: they may lie,
   * which hides an attestation and never makes one. Default: all.
   */
  readonly wants?: (predicateType: string) => boolean;
  readonly limits?: SearchLimits;
  /** Ends the search: what was not looked at by then is `unreachable`. */
  readonly signal?: AbortSignal;
}

export interface SearchResult {
  readonly found: readonly FoundSignature[];
  readonly failures: readonly SignatureFailure[];
}

const bundleForm = /^application\/vnd\.dev\.sigstore\.bundle(\.v0\.\d\+json|\+json;version=0\.\d)$/;
const digestForm = /^sha256:[0-9a-f]{64}$/;
const signaturePredicate = "https://sigstore.dev/cosign/sign/v1";
const payloadLimit = 64 << 10;
const atOnce = 6;

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations: JsonObject;
}

/**
 * Finds what signs an image in its repository: Sigstore bundles among the referrers (the API, or the fallback tag of the
 * OCI specification) and cosign's `.sig` and `.att` tags. Nothing is verified yet. Never rejects: what could not be looked
 * at is a failure with its reason.
 */
export async function findSignatures(registry: SignatureRegistry, search: Search): Promise<SearchResult> {
  return new SignatureSearch(registry, search).run();
}

class SignatureSearch {
  readonly #registry: SignatureRegistry;
  readonly #search: Search;
  readonly #found: FoundSignature[] = [];
  readonly #failures: SignatureFailure[] = [];
  /** Rejects when the search is to end: a registry that dribbles keeps nobody waiting. */
  readonly #ended: Promise<never>;
  #items: number;
  #bytes: number;

  constructor(registry: SignatureRegistry, search: Search) {
    this.#registry = registry;
    this.#search = search;
    this.#items = search.limits?.items ?? 128;
    this.#bytes = search.limits?.total ?? 64 << 20;
    this.#ended = new Promise((_, reject) => {
      const end = (): void => reject(new RegistryError("unreachable", `${search.repository}: not answered in time`));
      if (search.signal?.aborted === true) end();
      else search.signal?.addEventListener("abort", end, { once: true });
    });
    this.#ended.catch(() => undefined);
  }

  async run(): Promise<SearchResult> {
    const { digest } = this.#search;
    await Promise.all([this.#referrers(), this.#tag(tagOf(digest, ".sig")), this.#tag(tagOf(digest, ".att"))]);
    return { found: this.#found, failures: this.#failures };
  }

  #fail(reason: SignatureFailureReason, manifest?: string): void {
    this.#failures.push(manifest === undefined ? { reason } : { reason, manifest });
  }

  /** Runs one request; what goes wrong becomes a failure, absence becomes undefined. */
  async #ask<T>(request: () => Promise<T>, manifest?: string): Promise<T | undefined> {
    if (this.#search.signal?.aborted === true) {
      this.#fail("unreachable", manifest);
      return undefined;
    }
    try {
      return await Promise.race([request(), this.#ended]);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      if (error.code === "absent" && manifest === undefined) return undefined;
      this.#fail(reasonOf(error), manifest);
      return undefined;
    }
  }

  /** Takes one of the items that may be looked at; false when there are none left, which is said once. */
  #take(): boolean {
    this.#items--;
    if (this.#items === -1) this.#fail("too-many");
    return this.#items >= 0;
  }

  #afford(size: number, limit: number, manifest: string): boolean {
    if (size <= limit && size <= this.#bytes) {
      this.#bytes -= size;
      return true;
    }
    this.#fail("too-large", manifest);
    return false;
  }

  async #referrers(): Promise<void> {
    const { repository, digest } = this.#search;
    const api = this.#registry.referrers?.bind(this.#registry);
    const listed = api === undefined ? undefined : await this.#ask(() => api(repository, digest));
    // The fallback tag is read in any case: a client that pushed before the registry had the API left it there.
    const tagged = await this.#ask(() => this.#registry.resolve(repository, tagOf(digest, "")));
    const manifests = new Set<string>();
    for (const bytes of [listed, tagged?.bytes]) {
      if (bytes === undefined) continue;
      const index = jsonObject(bytes);
      if (index === undefined) {
        this.#fail("unreadable");
        continue;
      }
      for (const entry of listOf(index["manifests"]).filter(isObject))
        if (mayBeBundle(entry)) manifests.add(stringOf(entry["digest"]) ?? "");
    }
    await inTurns([...manifests], (manifest) => this.#bundleManifest(manifest));
  }

  async #bundleManifest(reference: string): Promise<void> {
    if (!this.#take()) return;
    if (!digestForm.test(reference)) return this.#fail("unreadable");
    const { repository, digest } = this.#search;
    const resolved = await this.#ask(() => this.#registry.resolve(repository, reference), reference);
    if (resolved === undefined) return;
    const manifest = jsonObject(resolved.bytes);
    if (manifest === undefined) return this.#fail("unreadable", reference);
    const [layer] = layersOf(manifest);
    if (layer === undefined || !bundleForm.test(layer.mediaType)) return;
    const subject = manifest["subject"];
    if (!isObject(subject) || subject["digest"] !== digest) return this.#fail("other-digest", reference);
    const annotations = isObject(manifest["annotations"]) ? manifest["annotations"] : {};
    if (!this.#wanted(stringOf(annotations["dev.sigstore.bundle.predicateType"]))) return;
    const bytes = await this.#blob(layer, this.#search.limits?.attestation ?? 16 << 20, reference);
    if (bytes === undefined) return;
    const object = jsonObject(bytes);
    if (object === undefined) return this.#fail("unreadable", reference);
    let found: FoundSignature | undefined;
    try {
      found = fromBundle(bundleFromJSON(object), reference);
    } catch {
      // A bundle that lacks what its version asks for is told by errors of several classes.
      return this.#fail("unreadable", reference);
    }
    if (found === undefined) this.#fail("unsupported", reference);
    else this.#found.push(found);
  }

  async #tag(tag: string): Promise<void> {
    const { repository } = this.#search;
    const resolved = await this.#ask(() => this.#registry.resolve(repository, tag));
    if (resolved === undefined) return;
    const manifest = jsonObject(resolved.bytes);
    if (manifest === undefined) return this.#fail("unreadable", resolved.digest);
    const layers = layersOf(manifest).filter((l) => l.mediaType === simpleSigningType || l.mediaType === envelopeType);
    await inTurns(layers, (layer) => this.#tagLayer(layer, resolved.digest));
  }

  async #tagLayer(layer: Layer, manifest: string): Promise<void> {
    if (!this.#take()) return;
    const signs = layer.mediaType === simpleSigningType;
    if (!signs && !this.#wanted(stringOf(layer.annotations["predicateType"]))) return;
    const limit = signs ? payloadLimit : (this.#search.limits?.attestation ?? 16 << 20);
    const bytes = await this.#blob(layer, limit, manifest);
    if (bytes === undefined) return;
    const read = signs ? fromSignatureLayer : fromAttestationLayer;
    const found = read(manifest, layer.annotations, bytes);
    if (found === undefined) this.#fail("unreadable", manifest);
    else this.#found.push(found);
  }

  async #blob({ digest, size }: Layer, limit: number, manifest: string): Promise<Buffer | undefined> {
    if (!digestForm.test(digest)) {
      this.#fail("unreadable", manifest);
      return undefined;
    }
    if (!this.#afford(size, limit, manifest)) return undefined;
    const bytes = await this.#ask(() => this.#registry.blob(this.#search.repository, digest, size), manifest);
    return bytes === undefined ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #wanted(predicateType: string | undefined): boolean {
    const { wants } = this.#search;
    return (
      wants === undefined || predicateType === undefined || predicateType === signaturePredicate || wants(predicateType)
    );
  }
}

/**
 * Whether a referrer is worth opening. cosign 3 writes the fallback index with the configuration's media type where the
 * artifact's should stand, so that only a type that is surely another's is passed over.
 */
function mayBeBundle(descriptor: JsonObject): boolean {
  const type = stringOf(descriptor["artifactType"]) ?? "";
  return type === "" || bundleForm.test(type) || type === "application/vnd.oci.empty.v1+json";
}

function layersOf(manifest: JsonObject): Layer[] {
  return listOf(manifest["layers"])
    .filter(isObject)
    .map((layer) => ({
      mediaType: stringOf(layer["mediaType"]) ?? "",
      digest: stringOf(layer["digest"]) ?? "",
      size: typeof layer["size"] === "number" && layer["size"] >= 0 ? layer["size"] : Number.POSITIVE_INFINITY,
      annotations: isObject(layer["annotations"]) ? layer["annotations"] : {},
    }));
}

async function inTurns<T>(all: readonly T[], one: (item: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < all.length; i += atOnce) await Promise.all(all.slice(i, i + atOnce).map(one));
}

function reasonOf(error: RegistryError): SignatureFailureReason {
  switch (error.code) {
    case "unreachable":
    case "refused":
      return "unreachable";
    case "unauthorized":
      return "unauthorized";
    case "too-large":
      return "too-large";
    case "absent":
    case "digest-mismatch":
    case "malformed":
      return "unreadable";
  }
}
