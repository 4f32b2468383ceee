import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type InstancePaths, instancePaths, writeDurably } from "@bulkhead/host";
import {
  formatRegistries,
  noRegistries,
  parseRegistries,
  type RegistriesFile,
  RegistriesFileError,
  type RegistrySettings,
} from "@bulkhead/images";
import { CommandFailure } from "../exit-codes.ts";
import { onlyRoot } from "../only-root.ts";

export interface AuthorityLine {
  readonly subject: string;
  /** ISO 8601. */
  readonly validUntil: string;
  readonly sha256: string;
}

/** One registry as commands show it. */
export interface RegistryLine {
  readonly host: string;
  readonly mirrors: readonly string[];
  readonly authorities: readonly AuthorityLine[];
  readonly plainHttp: boolean;
}

const certificates = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

export const registryLine = (host: string, { mirrors, ca, plainHttp }: RegistrySettings): RegistryLine => ({
  host,
  mirrors,
  plainHttp,
  authorities: [...(ca ?? "").matchAll(certificates)].map(([pem]) => {
    const { subject, validToDate, fingerprint256 } = new X509Certificate(pem);
    return {
      subject: subject.split("\n").toReversed().join(", "),
      validUntil: validToDate.toISOString(),
      sha256: fingerprint256.replaceAll(":", "").toLowerCase(),
    };
  }),
});

const ifThere = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
};

/** What the instance's file says, or why it cannot be taken; the programs' copy where only root may read the file. */
export async function readRegistries(paths: InstancePaths): Promise<RegistriesFile | RegistriesFileError> {
  const text = await readFile(paths.registries, "utf8").catch((error: NodeJS.ErrnoException) =>
    error.code === "EACCES" ? readFile(join(paths.run, "registries.json"), "utf8").catch(ifThere) : ifThere(error),
  );
  try {
    return text === undefined ? noRegistries : parseRegistries(text);
  } catch (error) {
    if (error instanceof RegistriesFileError) return error;
    throw error;
  }
}

/** How registries are reached by the instance at a root; what is wrong with its file is thrown. */
export async function registriesAt(root: string): Promise<RegistriesFile> {
  const paths = instancePaths(root);
  const file = await readRegistries(paths);
  if (file instanceof RegistriesFileError) throw wrong(paths, file);
  return file;
}

export const wrong = (paths: InstancePaths, error: RegistriesFileError, exit: 1 | 2 = 2): CommandFailure =>
  new CommandFailure(
    `${paths.registries}: ${error.message}. Nothing in it holds, registries are reached as before: mend it, or remove it and set them anew`,
    exit,
    error,
  );

/** Changes the file whole. Gives what was there before. Throws CommandFailure for another user than root, and a broken file. */
export async function changeRegistries(
  paths: InstancePaths,
  next: (file: RegistriesFile) => RegistriesFile,
): Promise<RegistriesFile> {
  onlyRoot("how this node reaches registries is root's to say: sudo bulkhead registry …");
  const before = await registriesAt(paths.root);
  const [was, now] = [formatRegistries(before), formatRegistries(next(before))];
  if (was !== now) await writeDurably(paths.registries, now, 0o644);
  return before;
}
