import type { SignatureFailure, SignatureFailureReason } from "@bulkhead/api";
import type { ResolvedManifest } from "../registry/registry-client.ts";
import { RegistryError } from "../registry/registry-error.ts";
import { isObject, type JsonObject, jsonObject, listOf, stringOf } from "./bounded-json.ts";

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

/**
 * What carries a signature or a document, as it lay in the registry and not yet looked into:
 * - `bundle`: a Sigstore bundle among the referrers;
 * - `signature`, `attestation`: a layer of cosign's `.sig` and `.att` tags, or (attestation) an envelope among the referrers;
 * - `document`: bytes among the referrers that nobody signed.
 */
export interface Carried {
  readonly as: "bundle" | "signature" | "attestation" | "document";
  /** The digest of the manifest that carries it. */
  readonly manifest: string;
  readonly annotations: JsonObject;
  readonly bytes: Buffer;
}

export interface Collected {
  readonly carried: readonly Carried[];
  readonly failures: readonly SignatureFailure[];
}

/** What a collection is for: signatures and attestations, or documents with or without a signature. */
export interface Wanted {
  /** Whether `.sig` tags are looked at. */
  readonly signatures: boolean;
  /** Whether a referrer of this type, unsigned, is wanted; its type is the layer's media type. */
  readonly document?: (type: string) => boolean;
}

const bundleForm = /^application\/vnd\.dev\.sigstore\.bundle(\.v0\.\d\+json|\+json;version=0\.\d)$/;
const digestForm = /^sha256:[0-9a-f]{64}$/;
const signaturePredicate = "https://sigstore.dev/cosign/sign/v1";
const simpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
const envelopeType = "application/vnd.dsse.envelope.v1+json";
const layersLimit = 64;
const payloadLimit = 64 << 10;
const atOnce = 6;

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations: JsonObject;
}

/** cosign's tags beside an image: `sha256-HEX.sig` holds signatures, `sha256-HEX.att` attestations, a layer each. */
const tagOf = (digest: string, suffix: "" | ".sig" | ".att"): string => `${digest.replace(":", "-")}${suffix}`;

/**
 * Gathers what is said of an image in its repository: among the referrers (the API, or the fallback tag of the OCI
 * specification) and under cosign's `.sig` and `.att` tags. Nothing is looked into yet. Never rejects: what could not be
 * had is a failure with its reason.
 */
export async function collectCarried(registry: SignatureRegistry, search: Search, wanted: Wanted): Promise<Collected> {
  return new RegistrySearch(registry, search, wanted).run();
}

class RegistrySearch {
  readonly #registry: SignatureRegistry;
  readonly #search: Search;
  readonly #wants: Wanted;
  readonly #carried: Carried[] = [];
  readonly #failures: SignatureFailure[] = [];
  /** Rejects when the search is to end: a registry that dribbles keeps nobody waiting. */
  readonly #ended: Promise<never>;
  #items: number;
  #bytes: number;

  constructor(registry: SignatureRegistry, search: Search, wanted: Wanted) {
    this.#registry = registry;
    this.#search = search;
    this.#wants = wanted;
    this.#items = search.limits?.items ?? 128;
    this.#bytes = search.limits?.total ?? 64 << 20;
    this.#ended = new Promise((_, reject) => {
      const end = (): void => reject(new RegistryError("unreachable", `${search.repository}: not answered in time`));
      if (search.signal?.aborted === true) end();
      else search.signal?.addEventListener("abort", end, { once: true });
    });
    this.#ended.catch(() => undefined);
  }

  async run(): Promise<Collected> {
    const { digest } = this.#search;
    const signatures = this.#wants.signatures ? this.#tag(tagOf(digest, ".sig")) : undefined;
    await Promise.all([this.#referrers(), signatures, this.#tag(tagOf(digest, ".att"))]);
    return { carried: this.#carried, failures: this.#failures };
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
        if (this.#worthOpening(entry)) manifests.add(stringOf(entry["digest"]) ?? "");
    }
    await inTurns([...manifests], (manifest) => this.#referrer(manifest));
  }

  /**
   * cosign 3 writes the fallback index with the configuration's media type where the artifact's should stand, so that only
   * a type that is surely another's is passed over.
   */
  #worthOpening(descriptor: JsonObject): boolean {
    const type = stringOf(descriptor["artifactType"]) ?? "";
    if (type === "" || bundleForm.test(type) || type === "application/vnd.oci.empty.v1+json") return true;
    const { document } = this.#wants;
    return document !== undefined && (type === envelopeType || document(type));
  }

  async #referrer(reference: string): Promise<void> {
    if (!this.#take()) return;
    if (!digestForm.test(reference)) return this.#fail("unreadable");
    const { repository, digest } = this.#search;
    const resolved = await this.#ask(() => this.#registry.resolve(repository, reference), reference);
    if (resolved === undefined) return;
    const manifest = jsonObject(resolved.bytes);
    if (manifest === undefined) return this.#fail("unreadable", reference);
    const [first, ...further] = layersOf(manifest);
    if (first === undefined) return;
    const bundle = bundleForm.test(first.mediaType);
    const { document } = this.#wants;
    const documents =
      bundle || document === undefined
        ? []
        : [first, ...further.slice(0, layersLimit)].filter(
            (l) => l.mediaType === envelopeType || document(l.mediaType),
          );
    if (!bundle && documents.length === 0) return;
    const subject = manifest["subject"];
    if (!isObject(subject) || subject["digest"] !== digest) return this.#fail("other-digest", reference);
    const annotations = isObject(manifest["annotations"]) ? manifest["annotations"] : {};
    if (!bundle) {
      for (const layer of documents) await this.#document(layer, reference);
      return;
    }
    if (!this.#wanted(stringOf(annotations["dev.sigstore.bundle.predicateType"]))) return;
    const bytes = await this.#blob(first, this.#search.limits?.attestation ?? 16 << 20, reference);
    if (bytes !== undefined) this.#carried.push({ as: "bundle", manifest: reference, annotations, bytes });
  }

  async #document(layer: Layer, manifest: string): Promise<void> {
    if (!this.#wanted(stringOf(layer.annotations["in-toto.io/predicate-type"]))) return;
    const bytes = await this.#blob(layer, this.#search.limits?.attestation ?? 16 << 20, manifest);
    if (bytes === undefined) return;
    const as = layer.mediaType === envelopeType ? "attestation" : "document";
    this.#carried.push({ as, manifest, annotations: layer.annotations, bytes });
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
    const as = signs ? "signature" : "attestation";
    this.#carried.push({ as, manifest, annotations: layer.annotations, bytes });
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
