import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import {
  type AheadReaders,
  createRegistries,
  type ImageSource,
  openContainerdStore,
  openLayoutFolder,
  openPlainFolder,
  openRegistryImage,
  openTarArchive,
  type PullSecrets,
  parsePullSecrets,
  type Registries,
  type RegistryCredential,
  RegistryError,
  readSbom,
  registriesFrom,
  type SbomReading,
} from "@bulkhead/images";
import { ImageReferenceError, parseImageReference } from "@bulkhead/policy";
import { CommandFailure } from "../exit-codes.ts";
import { rootToMake } from "../instance/usual-root.ts";
import { registriesAt } from "../registry/registries-file.ts";
import { helperCredential } from "./credential-helper.ts";

export interface RegistryChoices {
  readonly pullSecret?: readonly string[];
  readonly ca?: readonly string[];
  readonly plainHttp?: readonly string[];
  readonly mirror?: readonly string[];
  /** A registry that is known without being named: the instance's own. */
  readonly own?: OwnRegistry;
  /** The instance on this machine whose file of registries holds, as far as nothing else is said; default: the usual place. */
  readonly root?: string;
}

export interface OwnRegistry {
  readonly host: string;
  /** PEM. */
  readonly ca: string;
  readonly tokenFor: (scope: string) => Promise<string>;
}

/** Where an image is at a registry. */
export interface RegistryPlaceOf {
  readonly registries: Registries;
  readonly registry: string;
  readonly repository: string;
  /** Tag or digest. */
  readonly reference: string;
}

export type Target =
  | { readonly is: "image"; readonly source: ImageSource; readonly at?: RegistryPlaceOf }
  | { readonly is: "sbom"; readonly reading: SbomReading };

const sbomLimit = 512 << 20;

/** What the argument means: a file or folder that is there, containerd's store, else a reference to a registry. */
export async function openTarget(text: string, choices: RegistryChoices, readers?: AheadReaders): Promise<Target> {
  const stored = /^containerd:(.+)@(sha256:[0-9a-f]{64})$/.exec(text);
  if (stored?.[1] !== undefined && stored[2] !== undefined)
    return {
      is: "image",
      source: openContainerdStore(join(stored[1], "io.containerd.content.v1.content", "blobs"), stored[2], stored[2]),
    };
  // PATH#NAME says which of several images a file holds.
  for (const at of [text.length, text.lastIndexOf("#")]) {
    if (at <= 0) continue;
    const path = text.slice(0, at);
    const name = at === text.length ? undefined : text.slice(at + 1);
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) {
      const layout = (await stat(join(path, "index.json")).catch(() => undefined)) !== undefined;
      return { is: "image", source: layout ? openLayoutFolder(path, name) : openPlainFolder(path) };
    }
    if (found?.isFile() === true) return openFileTarget(path, name, found.size, readers);
    // A pipe or a device can be read once, from its beginning to its end.
    if (found !== undefined)
      throw new CommandFailure(`${path} is neither a file nor a folder: write the image to a file`);
  }
  return openReference(text, choices);
}

async function openFileTarget(
  path: string,
  name: string | undefined,
  size: number,
  readers: AheadReaders | undefined,
): Promise<Target> {
  if (/\.(json|cdx|spdx)$/i.test(path)) {
    if (size > sbomLimit) throw new CommandFailure(`${path}: ${size} bytes are more than an SBOM has`);
    return { is: "sbom", reading: readSbom(await readFile(path, "utf8")) };
  }
  return { is: "image", source: await openTarArchive(path, name, readers) };
}

async function openReference(text: string, choices: RegistryChoices): Promise<Target> {
  let image: ReturnType<typeof parseImageReference>;
  try {
    image = parseImageReference(text);
  } catch (error) {
    if (!(error instanceof ImageReferenceError)) throw error;
    throw new CommandFailure(`${text}: no such file, and no image reference either: ${error.message}`, 2, error);
  }
  const { registry, repository } = image;
  const named = { registry, repository, reference: image.digest ?? image.tag ?? "latest" };
  const registries = await registriesOf(choices, registry);
  return { is: "image", source: openRegistryImage(registries, named), at: { registries, ...named } };
}

/**
 * How registries are reached, by what the command line, the instance's file and Docker's own configuration say. Credential
 * helpers are asked for the one registry that is meant, and its mirrors.
 */
export async function registriesOf(choices: RegistryChoices, registry: string): Promise<Registries> {
  const pairs = (values: readonly string[] | undefined, option: string): (readonly [string, string])[] =>
    (values ?? []).map((value) => {
      const at = value.indexOf("=");
      if (at <= 0)
        throw new CommandFailure(`--${option} ${value}: write REGISTRY=${option === "ca" ? "FILE" : "HOST"}`);
      return [value.slice(0, at), value.slice(at + 1)];
    });
  const mirrors: Record<string, string[]> = {};
  for (const [of, host] of pairs(choices.mirror, "mirror")) (mirrors[of] ??= []).push(host);
  const authorities: Record<string, string> = {};
  for (const [of, file] of pairs(choices.ca, "ca")) authorities[of] = await readFile(file, "utf8");
  const { own } = choices;
  const configured = registriesFrom(await registriesAt(rootToMake(choices.root)));
  const asked = [registry, ...({ ...configured.mirrors, ...mirrors }[registry] ?? [])];
  return createRegistries({
    pullSecrets: await readPullSecrets(choices.pullSecret, asked),
    ...(own === undefined ? {} : { tokensFor: { [own.host]: own.tokenFor } }),
    authorities: {
      ...configured.authorities,
      ...(own === undefined ? {} : { [own.host]: own.ca }),
      ...authorities,
    },
    mirrors: { ...configured.mirrors, ...mirrors },
    plainHttp: [...configured.plainHttp, ...(choices.plainHttp ?? [])],
  });
}

/**
 * Files named must be there; Docker's own configuration is taken where it is. Only its helpers are run: a file that came
 * from elsewhere does not say which programs run here.
 */
async function readPullSecrets(files: readonly string[] | undefined, hosts: readonly string[]): Promise<PullSecrets[]> {
  const folder = process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
  const usual = join(folder, "config.json");
  const secrets: PullSecrets[] = [];
  for (const file of files ?? [usual]) {
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (error) {
      if (files === undefined) continue;
      throw new CommandFailure(`--pull-secret ${file} cannot be read`, 2, error);
    }
    try {
      const read = parsePullSecrets(text);
      const helped = hosts.find((host) => read.helperFor(host) !== undefined);
      if (files !== undefined && helped !== undefined)
        throw new CommandFailure(
          `--pull-secret ${file} names a credential helper for ${helped}: only those of Docker's own configuration are run. Log in with a password, or leave --pull-secret out`,
        );
      secrets.push(files === undefined ? await withHelpers(read, hosts) : read);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      throw new CommandFailure(`${file}: ${error.message}`, 2, error);
    }
  }
  return secrets;
}

/** A helper's word goes before what stands in the file, as Docker has it. */
async function withHelpers(read: PullSecrets, hosts: readonly string[]): Promise<PullSecrets> {
  const answers = new Map<string, RegistryCredential>();
  for (const host of hosts) {
    const helper = read.helperFor(host);
    const credential = helper === undefined ? undefined : await helperCredential({ ...helper, env: process.env });
    if (credential !== undefined) answers.set(host, credential);
  }
  return {
    helperFor: (host) => read.helperFor(host),
    credentialFor: (host, repository) => answers.get(host) ?? read.credentialFor(host, repository),
  };
}
