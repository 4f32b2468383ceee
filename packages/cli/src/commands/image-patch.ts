import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { instancePaths } from "@bulkhead/host";
import {
  AdvisoryError,
  buildPatchedImage,
  CompressionError,
  fetchOverHttp,
  LayerError,
  loadRepositories,
  match,
  noVex,
  openAdvisories,
  type PackageRepository,
  PatchError,
  patchImage,
  pushPatched,
  type RegistryClient,
  RegistryError,
  readPackageRepositories,
  readSigningKey,
  SourceError,
  scanImage,
  sha256,
  wantedFixes,
} from "@bulkhead/images";
import { formatImageReference, parseImageReference, patchTag } from "@bulkhead/policy";
import { advisoriesFile } from "../advisories/database-file.ts";
import { CommandFailure } from "../exit-codes.ts";
import { openTarget, type RegistryChoices } from "../image/open-target.ts";
import type { PatchReport } from "../image/patch-text.ts";
import { defaultRoot } from "../instance/usual-root.ts";

export interface PatchChoices extends RegistryChoices {
  readonly database?: string;
  /** Where packages come from; default: as the instance, or the distributions' own servers. */
  readonly repositories?: string;
  /** Pushes the result beside its base, or under this name. */
  readonly push?: boolean;
  readonly to?: string;
  /** The one namespace that the signature is for. */
  readonly for?: string;
  /** PEM of the key to sign with; default: the instance's, where it may be read. */
  readonly key?: string;
}

/** Builds a patched image; nothing of it leaves this machine unless it is to be pushed. */
export async function patch(
  text: string,
  choices: PatchChoices,
  progress: (step: string) => void,
): Promise<PatchReport> {
  const own = text.startsWith("127.0.0.1:")
    ? await (await import("../instance/own-registry.ts")).ownRegistryNamed(text)
    : undefined;
  try {
    return await patchWith(text, own === undefined ? choices : { ...choices, own: own.registry }, progress);
  } catch (error) {
    const known = [PatchError, SourceError, LayerError, RegistryError, AdvisoryError, CompressionError];
    if (known.some((kind) => error instanceof kind)) throw new CommandFailure((error as Error).message, 2, error);
    throw error;
  } finally {
    own?.close();
  }
}

async function patchWith(text: string, choices: PatchChoices, progress: (step: string) => void): Promise<PatchReport> {
  const root = choices.root ?? defaultRoot;
  const target = await openTarget(text, choices);
  if (target.is === "sbom") throw new CommandFailure(`${text} is an SBOM: there is no image to patch`);
  try {
    const image = await target.source.image();
    const { digest } = image;
    progress("reading the image");
    const scan = await scanImage({ image: async () => image, close: async () => undefined });
    const { wanted, findings } = await missingFixes(
      advisoriesFile({ root, ...(choices.database === undefined ? {} : { database: choices.database }) }),
      scan.inventory,
    );
    progress("fetching what its distribution has newer");
    const configured = await readPackageRepositories(choices.repositories ?? join(root, "patch-repositories.json"));
    const mine = configured.filter((one) => one.distribution === scan.inventory.distribution?.id);
    const result = await patchImage({
      image,
      wanted,
      repositories: await loadRepositories(mine),
      fetch: fetchOverHttp({ allowed: allowedBy(mine) }),
      now: Date.now(),
    });
    const { layer, ...rest } = result;
    const report: PatchReport = {
      name: image.name,
      ...(digest === undefined ? {} : { digest }),
      ...rest,
      findings,
      wanted: wanted.length,
      ...(layer === undefined ? {} : { layer: { digest: sha256(layer), bytes: layer.length } }),
    };
    if (layer === undefined || choices.push !== true) return report;
    if (target.at === undefined || digest === undefined)
      throw new CommandFailure("--push: only what comes from a registry can be pushed beside its base");
    progress("pushing");
    const { registries, registry, repository, reference } = target.at;
    const to = parseImageReference(
      choices.to ??
        `${registry}/${repository}:${patchTag(reference.startsWith("sha256:") ? undefined : reference, digest, sha256(layer))}`,
    );
    const from = last(registries.placesOf(registry, repository));
    const patched = await buildPatchedImage({
      manifest: (await from.resolve(repository, digest)).bytes,
      config: await from.blob(repository, image.configDigest, 8 << 20),
      baseName: `${registry}/${repository}@${digest}`,
      baseDigest: digest,
      layer,
      upgrades: result.upgrades,
      made: result.made,
      by: `bulkhead image patch on ${hostname()}`,
    });
    const key = await signingKey(choices.key, root);
    const pushed = await pushPatched({
      image: patched,
      from: { client: from, repository },
      to: {
        client: last(registries.placesOf(to.registry, to.repository)),
        repository: to.repository,
        tag: to.tag ?? "latest",
      },
      ...(key === undefined ? {} : { key }),
      ...(choices.for === undefined ? {} : { namespace: choices.for }),
    });
    return { ...report, pushed: { image: formatImageReference({ ...to, digest: pushed }), signed: key !== undefined } };
  } finally {
    await target.source.close();
  }
}

async function missingFixes(
  database: string,
  inventory: Parameters<typeof match>[0],
): Promise<{ readonly wanted: ReturnType<typeof wantedFixes>; readonly findings: number }> {
  if (!existsSync(database))
    throw new CommandFailure(
      "no advisories are at hand, so that nothing is known to be missing: bulkhead advisories import FOLDER",
    );
  const advisories = openAdvisories(database);
  try {
    const { findings } = match(inventory, advisories, noVex, Date.now());
    // A flaw of several packages of one source is one, on both sides.
    const flaws = new Set(findings.map(({ id, package: one }) => `${id}\n${one.source?.name ?? one.name}`));
    return { wanted: wantedFixes(findings), findings: flaws.size };
  } finally {
    advisories.close();
  }
}

const allowedBy = (repositories: readonly PackageRepository[]) => {
  const starts = repositories.map(({ url }) => `${url.replace(/\/+$/, "")}/`);
  return (url: string): boolean => starts.some((start) => url.startsWith(start));
};

/** The registry itself: mirrors come before it. */
function last(places: readonly { readonly client: RegistryClient }[]): RegistryClient {
  const place = places.at(-1);
  if (place === undefined) throw new CommandFailure("there is no way to that registry");
  return place.client;
}

async function signingKey(file: string | undefined, root: string) {
  if (file !== undefined) return readSigningKey(await readFile(file, "utf8"));
  const pem = await readFile(join(instancePaths(root).pki, "controllers", "image-signing.key"), "utf8").catch(
    () => undefined,
  );
  return pem === undefined ? undefined : readSigningKey(pem);
}
