import type { Log } from "@bulkhead/api";
import type { PatchOffer, PatchQuestion, PatchSource, WorkloadImage } from "@bulkhead/controllers";
import {
  buildPatchedImage,
  type ImageSigningKey,
  type LoadedRepository,
  pushPatched,
  type RegistryClient,
  sha256,
  upgradesText,
} from "@bulkhead/images";
import {
  formatImageReference,
  type ImageReference,
  patchedFrom,
  patchedOrigin,
  patchedRepository,
  patchTag,
} from "@bulkhead/policy";
import { type BorrowedPatch, borrowPatch, type LentSupply } from "../scanning/borrow-worker.ts";
import type { CandidateScan } from "./candidate-scans.ts";
import type { UpdateConnect } from "./update-registries.ts";

export interface PatchedImagesOptions {
  /** The instance's own registry, to which patched images go. */
  readonly own: string;
  readonly connect: UpdateConnect;
  /** The socket at which image workers are lent. */
  readonly lent: string;
  readonly supply: (image: WorkloadImage) => Promise<LentSupply>;
  /** Read when the first image is to be patched. */
  readonly repositories: () => Promise<readonly LoadedRepository[]>;
  readonly key: () => Promise<ImageSigningKey>;
  /** Who signs, for whoever reads the result: the instance. */
  readonly by: string;
  /** Why an image must not be patched: who signed it is not whom the policies ask for. Undefined: it may. */
  readonly barred: (question: PatchQuestion) => Promise<string | undefined>;
  /** What is known of what runs. */
  readonly scanOf: (image: WorkloadImage & { readonly digest: string }) => CandidateScan;
  readonly enqueue: (work: () => Promise<void>) => void;
  readonly onChange: (wake: () => void) => void;
  readonly now: () => number;
  readonly log: Log;
}

/** A mirror has newer packages after a while; one that failed may answer again soon. */
const kept = { done: 6 * 3_600_000, failed: 900_000 };
const most = 256;
const deadline = 1_200_000;
const manifestLimit = 4 << 20;

/** Builds patched images of what runs, signs them and pushes them to the instance's registry; each is remembered by its base. */
export function createPatchedImages(options: PatchedImagesOptions): PatchSource {
  const { own, connect, now, log } = options;
  const known = new Map<string, { offer: PatchOffer; until: number; asked: boolean }>();

  /** A patched image is patched anew from what it was made of: layers do not pile up. */
  async function baseOf(running: Digested, client: RegistryClient): Promise<Digested> {
    const made = patchedFrom(running.tag);
    const origin = patchedOrigin(running);
    if (made === undefined || origin === undefined) return running;
    const manifest = JSON.parse(
      Buffer.from((await client.resolve(running.repository, running.digest)).bytes).toString("utf8"),
    ) as {
      readonly annotations?: Readonly<Record<string, unknown>>;
    };
    const base = manifest.annotations?.["org.opencontainers.image.base.digest"];
    // Only what the tag says too: it is we who wrote that.
    return typeof base === "string" && base.startsWith(`sha256:${made.base}`) && /^sha256:[0-9a-f]{64}$/.test(base)
      ? { ...running, ...origin, digest: base }
      : running;
  }

  async function build(question: PatchQuestion, running: Digested): Promise<PatchOffer> {
    const barred = await options.barred(question);
    if (barred !== undefined) return { kind: "none", says: `it is not patched: ${barred}` };
    const base = await baseOf(running, await connect(running));
    const client = await connect(base);
    const name = `${base.registry}/${base.repository}`;
    const patch = await borrowPatch(
      { path: options.lent, signal: AbortSignal.timeout(deadline) },
      {
        job: "patch",
        name,
        digest: base.digest,
        now: now(),
        repositories: (await options.repositories()).map((one) => ({
          ...one,
          keys: one.keys.map(({ name: file, bytes }) => ({ name: file, bytes: bytes.toString("base64") })),
        })),
      },
      await options.supply(base),
    );
    if ("failed" in patch) return { kind: "none", says: `it cannot be patched: ${patch.failed}` };
    const { layer } = patch;
    const left = patch.refused
      .slice(0, 3)
      .map((one) => `${one.package}: ${one.reason}`)
      .join("; ");
    if (layer === undefined || patch.upgrades.length === 0)
      return {
        kind: "none",
        says: left === "" ? `its distribution (${patch.base}) has no fixes for it` : `it is not patched: ${left}`,
      };
    const image = await push(question, base, client, { ...patch, layer });
    log.info(
      { image: formatImageReference(image), base: base.digest, packages: patch.upgrades.length },
      "image patched",
    );
    const more = left === "" ? "" : ` (left as they are: ${left})`;
    return {
      kind: "offered",
      image,
      says: `patched from ${name}@${base.digest.slice(0, 19)}: ${upgradesText(patch.upgrades)}${more}`,
    };
  }

  async function push(
    { workload }: PatchQuestion,
    base: Digested,
    from: RegistryClient,
    patch: BorrowedPatch & { readonly layer: Buffer },
  ): Promise<ImageReference> {
    const manifest = await platformManifest(from, base);
    const image = await buildPatchedImage({
      manifest: manifest.bytes,
      config: await from.blob(base.repository, manifest.config, manifestLimit),
      baseName: `${base.registry}/${base.repository}@${base.digest}`,
      baseDigest: base.digest,
      layer: patch.layer,
      upgrades: patch.upgrades,
      made: patch.made,
      by: options.by,
    });
    // Below the namespace that it is for: who may push there may as well deploy there.
    const namespace = workload.object.metadata.namespace ?? "default";
    const repository = base.registry === own ? base.repository : patchedRepository(namespace, base);
    if (repository === undefined) throw new Error(`${base.registry}/${base.repository} has no name in ${own}`);
    const tag = patchTag(base.tag, base.digest, sha256(patch.layer));
    const client = await connect({ registry: own, repository });
    const digest = await pushPatched({
      image,
      from: { client: from, repository: base.repository },
      to: { client, repository, tag },
      key: await options.key(),
      // What is mended for one namespace is none of another's business: there it counts as unsigned.
      namespace,
    });
    return { registry: own, repository, tag, digest };
  }

  return {
    async offer(question) {
      const { running } = question;
      const { digest } = running;
      if (digest === undefined) return { kind: "none", says: "what runs has no digest" };
      const scan = options.scanOf({ ...running, digest });
      if (scan.state === "pending") return { kind: "pending", says: "what runs is being scanned" };
      if (scan.state === "failed") return { kind: "none", says: `what runs could not be scanned: ${scan.says}` };
      if (!scan.facts.findings.some(({ fixedVersion }) => fixedVersion !== undefined))
        return { kind: "none", says: "nothing of what runs has a known fix" };
      // The same bytes may lie at several registries: each is asked for with its own rights, and patched beside its own name.
      const id = [question.workload.object.metadata.namespace, running.registry, running.repository, digest].join("\n");
      let entry = known.get(id);
      if (entry === undefined) {
        entry = { offer: { kind: "pending", says: "a patched image is being built" }, until: 0, asked: false };
        known.set(id, entry);
        const oldest = known.keys().next().value;
        if (known.size > most && oldest !== undefined) known.delete(oldest);
      }
      const waiting = entry;
      if (!waiting.asked && waiting.until <= now()) {
        waiting.asked = true;
        options.enqueue(async () => {
          try {
            waiting.offer = await build(question, { ...running, digest });
            waiting.until = now() + kept.done;
          } catch (error) {
            const says = error instanceof Error ? error.message : String(error);
            waiting.offer = { kind: "none", says: `it could not be patched: ${says}` };
            waiting.until = now() + kept.failed;
            log.warn({ image: formatImageReference(running), error: says }, "an image could not be patched");
          } finally {
            waiting.asked = false;
          }
        });
      }
      return waiting.offer;
    },
    onChange: options.onChange,
  };
}

type Digested = WorkloadImage & { readonly digest: string };

/** The manifest of this machine's platform, and its configuration's digest. */
async function platformManifest(
  client: RegistryClient,
  { repository, digest }: Digested,
): Promise<{ readonly bytes: Uint8Array; readonly config: string }> {
  let bytes = (await client.resolve(repository, digest)).bytes;
  for (let depth = 0; depth < 4; depth++) {
    const value = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
      readonly config?: { readonly digest?: unknown };
      readonly manifests?: readonly {
        readonly digest?: unknown;
        readonly platform?: { readonly os?: unknown; readonly architecture?: unknown };
      }[];
    };
    if (!Array.isArray(value.manifests)) {
      const config = value.config?.digest;
      if (typeof config !== "string") throw new Error(`${repository}@${digest} names no configuration`);
      return { bytes, config };
    }
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    const chosen = value.manifests.find(
      ({ platform }) => platform?.os === "linux" && platform.architecture === architecture,
    );
    if (typeof chosen?.digest !== "string") throw new Error(`${repository}@${digest} has nothing for ${architecture}`);
    bytes = (await client.resolve(repository, chosen.digest)).bytes;
  }
  throw new Error(`${repository}@${digest}: indexes within indexes`);
}
