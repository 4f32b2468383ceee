import { readFile } from "node:fs/promises";
import { imageTrustPolicies } from "@bulkhead/client";
import {
  formatRegistries,
  parseRegistries,
  type RegistriesFile,
  RegistriesFileError,
  readAuthorities,
  registryHostFault,
} from "@bulkhead/images";
import { readNodePolicy } from "../allow/node-file.ts";
import { CommandFailure } from "../exit-codes.ts";
import { adminClient } from "../instance/admin-client.ts";
import { type FoundInstance, findInstance, rootToSay } from "../instance/find-instance.ts";
import { rootFlag } from "../instance/reach.ts";
import {
  changeRegistries,
  type RegistryLine,
  readRegistries,
  registryLine,
  wrong,
} from "../registry/registries-file.ts";

export interface RegistryOptions {
  readonly root?: string;
}

export interface RegistryWish extends RegistryOptions {
  readonly mirror?: readonly string[];
  /** A file of PEM certificates. */
  readonly ca?: string;
  readonly plainHttp?: boolean;
}

/** Whether images of a registry may run anywhere: another question than how it is reached. */
export type RegistryTrust = "trusted" | "not-trusted" | "unknown";

export interface TrustedLine extends RegistryLine {
  readonly trust: RegistryTrust;
}

export interface RegistryChange {
  readonly did: "set" | "removed" | "unchanged";
  readonly root: string;
  readonly file: string;
  readonly registry: TrustedLine;
  /** Lets its images run, where nothing does. */
  readonly trustCommand?: string;
}

export interface RegistryList {
  readonly root: string;
  readonly file: string;
  readonly registries: readonly TrustedLine[];
}

/** Whose images may run: of what the node's file and the ImageTrustPolicies list. Undefined where neither could be asked. */
async function trustedRegistries({ paths, config }: FoundInstance): Promise<ReadonlySet<string> | undefined> {
  if (config.onlyApiserver) return undefined;
  const client = await adminClient(paths).catch(() => undefined);
  if (client === undefined) return undefined;
  try {
    const { items } = await client.list(imageTrustPolicies);
    const listed = items.flatMap(({ spec }) => spec?.allow ?? []).map(({ registry }) => registry);
    const node = (await readNodePolicy(paths.root)).registries.map((pattern) => pattern.split("/")[0] ?? "");
    const both = (host: string): boolean => [listed, node].every((all) => all.includes("*") || all.includes(host));
    return new Set([...listed, ...node].filter(both));
  } catch {
    return undefined;
  } finally {
    client.close();
  }
}

const withTrust = (line: RegistryLine, trusted: ReadonlySet<string> | undefined): TrustedLine => ({
  ...line,
  trust: trusted === undefined ? "unknown" : trusted.has("*") || trusted.has(line.host) ? "trusted" : "not-trusted",
});

async function authorities(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(`--ca ${file} cannot be read: ${error.message}`, 2, error);
  });
  try {
    return readAuthorities(text, "ca");
  } catch (error) {
    if (error instanceof RegistriesFileError) throw new CommandFailure(`--ca ${file} ${error.why}`, 2, error);
    throw error;
  }
}

function checkHost(host: string, { config }: FoundInstance): void {
  const fault = registryHostFault(host, "registry");
  if (fault !== undefined) throw new CommandFailure(`${JSON.stringify(host)}: ${fault}`);
  if (host === `127.0.0.1:${config.registryPort}`)
    throw new CommandFailure(`${host} is this instance's own registry: it is reached over TLS and by tokens, always`);
}

/** Says how a registry is reached from now on; what was said of it before no longer holds. */
export async function setRegistry(host: string, wish: RegistryWish): Promise<RegistryChange> {
  const found = await findInstance(wish.root);
  checkHost(host, found);
  const { mirror = [], plainHttp = false } = wish;
  if (mirror.length === 0 && wish.ca === undefined && !plainHttp)
    throw new CommandFailure(
      `say how ${host} is reached: --mirror HOST, --ca FILE or --plain-http; as any other again: bulkhead registry remove ${host}`,
    );
  if (plainHttp && wish.ca !== undefined)
    throw new CommandFailure("--plain-http shows no certificate that --ca could vouch for: leave one of them out");
  const ca = wish.ca === undefined ? undefined : await authorities(wish.ca);
  const settings = { mirrors: mirror, ca, plainHttp };
  const next = (file: RegistriesFile): RegistriesFile => checked(new Map([...file, [host, settings]]));
  const before = await changeRegistries(found.paths, next);
  return outcome(found, host, before, next(before), "set");
}

/** A registry is reached as any other again: over TLS that a public authority vouches for, itself alone. */
export async function removeRegistry(host: string, options: RegistryOptions): Promise<RegistryChange> {
  const found = await findInstance(options.root);
  const next = (file: RegistriesFile): RegistriesFile => new Map([...file].filter(([name]) => name !== host));
  const before = await changeRegistries(found.paths, next);
  return outcome(found, host, before, next(before), "removed");
}

/** By the file's own reader: what it would not take is not written. */
function checked(file: RegistriesFile): RegistriesFile {
  try {
    return parseRegistries(formatRegistries(file));
  } catch (error) {
    if (error instanceof RegistriesFileError) throw new CommandFailure(error.message, 2, error);
    throw error;
  }
}

async function outcome(
  found: FoundInstance,
  host: string,
  before: RegistriesFile,
  after: RegistriesFile,
  did: "set" | "removed",
): Promise<RegistryChange> {
  const { root, registries: file } = found.paths;
  const settings = after.get(host) ?? before.get(host) ?? { mirrors: [], ca: undefined, plainHttp: false };
  const registry = withTrust(registryLine(host, settings), await trustedRegistries(found));
  return {
    did: formatRegistries(before) === formatRegistries(after) ? "unchanged" : did,
    root,
    file,
    registry,
    ...(did === "set" && registry.trust === "not-trusted"
      ? { trustCommand: `bulkhead up --detach --trust ${host}${rootFlag(await rootToSay(root))}` }
      : {}),
  };
}

/** What the file says. Throws CommandFailure where it is broken. */
export async function listRegistries(options: RegistryOptions): Promise<RegistryList> {
  const found = await findInstance(options.root);
  const { root, registries: file } = found.paths;
  const read = await readRegistries(found.paths);
  if (read instanceof RegistriesFileError) throw wrong(found.paths, read, 1);
  const trusted = await trustedRegistries(found);
  return {
    root,
    file,
    registries: [...read].map(([host, settings]) => withTrust(registryLine(host, settings), trusted)),
  };
}
