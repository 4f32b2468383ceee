import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { isReleaseVersion, ReleaseError, releaseLimits, releaseName } from "@bulkhead/host";
import {
  loadSignatures,
  type NpmRelease,
  NpmReleaseError,
  npmReleaseLimits,
  readNpmRelease,
  verifyRegistrySignature,
} from "@bulkhead/images";
import { keysOf, provenanceOf, type ReleaseOptions, readTrust } from "../current/ask-release.ts";
import { fetchDocument, fetchFile, RegistryAnswer } from "../current/registry-documents.ts";
import { CommandFailure } from "../exit-codes.ts";

export interface VouchOptions extends ReleaseOptions {
  /** As a person gives it: `sha512-…`. */
  readonly digest?: string;
  /** A file: npm's attestations of the release, as `/-/npm/v1/attestations/NAME@VERSION` gives them. */
  readonly attestation?: string;
}

/** An archive that somebody vouches for. */
export interface VouchedArchive {
  readonly file: string;
  /** `sha512-` and base64. */
  readonly integrity: string;
  /** In one line for a person. */
  readonly vouched: string;
  /** Known before the archive is opened, where what vouches for it says so. */
  readonly version?: string;
}

const integrityOf = (hex: string): string => `sha512-${Buffer.from(hex, "hex").toString("base64")}`;

/** Whether there is an archive at all. Throws CommandFailure, or ReleaseError for one that is too large. */
export async function checkArchive(file: string): Promise<void> {
  const stats = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(`${file} cannot be read (${error.code ?? "unknown"})`);
  });
  if (!stats.isFile()) throw new CommandFailure(`${file} is no file`);
  if (stats.size > releaseLimits.archive)
    throw new ReleaseError("too-large", `${file} has more than ${releaseLimits.archive} bytes`);
}

/** SHA-512 of a file, hexadecimal. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha512");
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/** Whether an archive in a file may be used: by a digest that the person gives, or by attestations. Else CommandFailure. */
export async function vouchForFile(file: string, sha512: string, options: VouchOptions): Promise<VouchedArchive> {
  const integrity = integrityOf(sha512);
  if (options.digest !== undefined) {
    if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(options.digest))
      throw new CommandFailure(`--digest ${options.digest}: sha512- and 88 characters, as npm run release prints it`);
    if (options.digest !== integrity)
      throw new CommandFailure(`${file} is not what --digest says: it is ${integrity}`, 1);
    return { file, integrity, vouched: "a digest that was given by hand" };
  }
  if (options.attestation === undefined)
    throw new CommandFailure(
      `nothing vouches for ${file}: give --digest sha512-… as whoever made it told you on another way, or --attestation FILE with --trusted-root, --source and --registry-keys`,
    );
  return { file, integrity, ...(await byAttestation(file, sha512, options.attestation, options)) };
}

async function byAttestation(
  file: string,
  sha512: string,
  attestation: string,
  options: VouchOptions,
): Promise<{ readonly vouched: string; readonly version: string }> {
  const { keys, root, demands } = await readTrust(options);
  if (keys === undefined || root === undefined || demands === undefined)
    throw new CommandFailure(
      "--attestation goes with --trusted-root, --source and --registry-keys: nobody is asked for them",
    );
  const document = await readFile(attestation).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(`--attestation ${attestation} cannot be read (${error.code ?? "unknown"})`);
  });
  if (document.length > npmReleaseLimits.attestations)
    throw new CommandFailure(`--attestation ${attestation} has more than ${npmReleaseLimits.attestations} bytes`);
  const version = claimedVersion(document);
  if (version === undefined)
    throw new CommandFailure(`--attestation ${attestation} is of no release of ${releaseName}`);
  const release: NpmRelease = {
    name: releaseName,
    version,
    integrity: integrityOf(sha512),
    sha512,
    tarball: undefined,
    signatures: [],
  };
  const { verifyNpmAttestations } = await loadSignatures();
  try {
    const { identity } = verifyNpmAttestations(release, document, { keys, root, demands });
    return { vouched: `built by ${identity}`, version };
  } catch (error) {
    if (error instanceof NpmReleaseError)
      throw new CommandFailure(`${file} does not count: ${error.message} (${error.code})`, 1, error);
    throw error;
  }
}

/** The version that attestations say they are of; whether that is so is verified afterwards. */
function claimedVersion(document: Buffer): string | undefined {
  try {
    const { attestations } = JSON.parse(document.toString("utf8")) as {
      attestations: readonly { bundle: { dsseEnvelope: { payload: string } } }[];
    };
    const payload = attestations[0]?.bundle.dsseEnvelope.payload ?? "";
    const { subject } = JSON.parse(Buffer.from(payload, "base64").toString("utf8")) as {
      subject: readonly { name: string }[];
    };
    const version = /^pkg:npm\/bulkhead@(.+)$/.exec(subject[0]?.name ?? "")?.[1];
    return version !== undefined && isReleaseVersion(version) ? version : undefined;
  } catch {
    return undefined;
  }
}

/** A release of the registry, verified before a byte of it is fetched: signature and provenance both. Else CommandFailure. */
export async function vouchForVersion(
  version: string,
  options: ReleaseOptions,
  now: number,
): Promise<{ readonly release: NpmRelease; readonly vouched: string; readonly registry: string }> {
  const trust = await readTrust(options);
  const { registry } = trust;
  const { host } = new URL(registry);
  if (trust.root === undefined || trust.demands === undefined)
    throw new CommandFailure(
      "a version is taken from a registry only with --trusted-root FILE and --source REPOSITORY",
    );
  try {
    const release = readNpmRelease(
      await fetchDocument(registry, releaseName, npmReleaseLimits.packument),
      releaseName,
      version,
    );
    const keys = trust.keys ?? (await keysOf(registry));
    if (keys === undefined) throw new CommandFailure(`${host} names no keys of its own: give --registry-keys FILE`, 1);
    const provenance = await provenanceOf(release, trust, keys);
    if ("gap" in provenance) throw new CommandFailure(`${version} at ${host} does not count: ${provenance.gap}`, 1);
    verifyRegistrySignature(release, keys, { now, logged: provenance.published });
    const signed = trust.keys === undefined ? "signed by a key that the registry names itself" : "signed by its key";
    return { release, vouched: `${host}, ${signed}, built by ${provenance.identity}`, registry };
  } catch (error) {
    if (error instanceof NpmReleaseError)
      throw new CommandFailure(`${version} at ${host} does not count: ${error.message} (${error.code})`, 1, error);
    if (!(error instanceof RegistryAnswer)) throw error;
    throw new CommandFailure(
      error.code === "absent" ? `${host} knows no package ${releaseName}: it is not published there` : error.message,
      1,
      error,
    );
  }
}

/** Fetches a release's archive into a file that must not exist, and compares it with what was vouched for. */
export async function fetchArchive(
  { release, vouched, registry }: Awaited<ReturnType<typeof vouchForVersion>>,
  file: string,
): Promise<VouchedArchive> {
  const { version, sha512, integrity } = release;
  try {
    await fetchFile(registry, `${releaseName}/-/${releaseName}-${version}.tgz`, releaseLimits.archive, file);
  } catch (error) {
    if (error instanceof RegistryAnswer) throw new CommandFailure(error.message, 1, error);
    throw error;
  }
  const found = await digestOf(file);
  if (found !== sha512) {
    const says = `what came as ${version} is ${integrityOf(found)}, not ${integrity} as signed`;
    throw new CommandFailure(says, 1, new ReleaseError("altered-file", says));
  }
  return { file, integrity, vouched, version };
}
