import { readFile } from "node:fs/promises";
import type { AskedRelease } from "@bulkhead/analysis";
import {
  type AttestationTrust,
  type BuildDemands,
  compareVersions,
  loadSignatures,
  type NpmKey,
  type NpmRelease,
  NpmReleaseError,
  npmReleaseLimits,
  parseNpmKeys,
  readNpmRelease,
  verifyRegistrySignature,
} from "@bulkhead/images";
import { CommandFailure } from "../exit-codes.ts";
import { fetchDocument, RegistryAnswer, registryFault } from "./registry-documents.ts";

/** Where Bulkhead's newest release is looked up, and what has to vouch for it. */
export interface ReleaseOptions {
  /** Default https://registry.npmjs.org. */
  readonly registry?: string;
  /** A file as `/-/npm/v1/keys` gives it; without one the registry is asked for its own. */
  readonly registryKeys?: string;
  /** A file: a Sigstore trusted root. */
  readonly trustedRoot?: string;
  /** The repository that a release has to be built from: `https://github.com/OWNER/NAME`. */
  readonly source?: string;
  /** Default .github/workflows/release.yml. */
  readonly workflow?: string;
}

const packageName = "bulkhead";
/** Where npm keeps packages. */
export const npm = "https://registry.npmjs.org";

/** What of the options was given: they go with --ask. */
export const releaseOptionsGiven = (options: ReleaseOptions): boolean =>
  [options.registry, options.registryKeys, options.trustedRoot, options.source, options.workflow].some(
    (each) => each !== undefined,
  );

/** What is trusted, read before anything is asked. */
export interface Trust {
  readonly registry: string;
  readonly keys: readonly NpmKey[] | undefined;
  readonly root: AttestationTrust["root"] | undefined;
  readonly demands: BuildDemands | undefined;
}

/**
 * Looks the newest release up and verifies it. What a registry says or does not say ends in gaps; what the person gave
 * and cannot be used throws CommandFailure (exit 2). A release counts as newest only where its provenance proves that it
 * is ours: anybody may publish under a name.
 */
export async function askRelease(options: ReleaseOptions, here: string, now: number): Promise<AskedRelease> {
  const trust = await readTrust(options);
  const { host } = new URL(trust.registry);
  try {
    const release = readNpmRelease(
      await fetchDocument(trust.registry, packageName, npmReleaseLimits.packument),
      packageName,
    );
    return await proved(release, trust, here, now);
  } catch (error) {
    if (error instanceof NpmReleaseError) return { gaps: [`${host} answered, but ${error.message}`] };
    if (!(error instanceof RegistryAnswer)) throw error;
    return {
      gaps: [
        error.code === "absent"
          ? `${host} knows no package ${packageName}: it is not published there`
          : `the newest release of Bulkhead is not known: ${error.message}`,
      ],
    };
  }
}

async function proved(release: NpmRelease, trust: Trust, here: string, now: number): Promise<AskedRelease> {
  const { host } = new URL(trust.registry);
  const what = `${release.version} is at ${host}`;
  const keys = trust.keys ?? (await keysOf(trust.registry));
  if (keys === undefined)
    return { gaps: [`${what}, and the registry names no keys of its own: nothing shows that the release is ours`] };
  const provenance = await provenanceOf(release, trust, keys);
  try {
    verifyRegistrySignature(release, keys, {
      now,
      ...("published" in provenance ? { logged: provenance.published } : {}),
    });
  } catch (error) {
    if (!(error instanceof NpmReleaseError)) throw error;
    return { gaps: [`${what}, but does not count: ${error.message} (${error.code})`] };
  }
  const signed = trust.keys === undefined ? "signed by a key that the registry names itself" : "signed by its key";
  if ("gap" in provenance)
    return { gaps: [`${what}, ${signed}; whether it is Bulkhead's own is not known: ${provenance.gap}`] };
  const order = compareVersions("npm", release.version, here);
  if (order === "unparsable" || order === "no-order")
    return { gaps: [`${what}, and cannot be ordered against ${here}`] };
  return {
    newest: {
      version: release.version,
      source: `${host}, ${signed}, built by ${provenance.identity}`,
      at: new Date(now).toISOString(),
      newer: order > 0,
    },
    gaps: [],
  };
}

/** The registry's own keys; undefined where it has none. */
export async function keysOf(registry: string): Promise<readonly NpmKey[] | undefined> {
  try {
    return parseNpmKeys(await fetchDocument(registry, "-/npm/v1/keys", npmReleaseLimits.keys));
  } catch (error) {
    if (error instanceof RegistryAnswer && error.code === "absent") return undefined;
    throw error;
  }
}

type Provenance = { readonly published: number; readonly identity: string } | { readonly gap: string };

/** Who built a release and when it was published, verified; else what is missing of that. */
export async function provenanceOf(release: NpmRelease, trust: Trust, keys: readonly NpmKey[]): Promise<Provenance> {
  const { registry, root, demands } = trust;
  if (root === undefined || demands === undefined)
    return { gap: "its provenance was not looked at (bulkhead current --ask --trusted-root FILE --source REPOSITORY)" };
  const { verifyNpmAttestations } = await loadSignatures();
  try {
    const path = `-/npm/v1/attestations/${release.name}@${release.version}`;
    const document = await fetchDocument(registry, path, npmReleaseLimits.attestations);
    return verifyNpmAttestations(release, document, { keys, root, demands });
  } catch (error) {
    if (error instanceof NpmReleaseError) return { gap: `${error.message} (${error.code})` };
    if (error instanceof RegistryAnswer)
      return { gap: error.code === "absent" ? "the registry has no attestations of it" : error.message };
    throw error;
  }
}

/** What the person gave to verify with. Throws CommandFailure. */
export async function readTrust(options: ReleaseOptions): Promise<Trust> {
  const { registry = npm, registryKeys, trustedRoot, source, workflow = ".github/workflows/release.yml" } = options;
  const fault = registryFault(registry);
  if (fault !== undefined) throw new CommandFailure(`--registry ${registry} ${fault}`);
  if (source !== undefined && !/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+$/.test(source))
    throw new CommandFailure(`--source ${source}: https://github.com/OWNER/NAME`);
  return {
    registry,
    keys: registryKeys === undefined ? undefined : await keysFrom(registryKeys),
    root: trustedRoot === undefined ? undefined : await rootFrom(trustedRoot),
    demands:
      source === undefined
        ? undefined
        : {
            issuer: "https://token.actions.githubusercontent.com",
            builder: "https://github.com/actions/runner/github-hosted",
            repository: source,
            workflow,
          },
  };
}

async function keysFrom(file: string): Promise<readonly NpmKey[]> {
  const bytes = await bytesOf("--registry-keys", file);
  try {
    return parseNpmKeys(bytes);
  } catch (error) {
    if (error instanceof NpmReleaseError) throw new CommandFailure(`--registry-keys ${file}: ${error.message}`);
    throw error;
  }
}

async function rootFrom(file: string): Promise<AttestationTrust["root"]> {
  const bytes = await bytesOf("--trusted-root", file);
  const { parseTrustedRoot, TrustError } = await loadSignatures();
  try {
    return parseTrustedRoot(bytes.toString("utf8"));
  } catch (error) {
    if (error instanceof TrustError) throw new CommandFailure(`--trusted-root ${file}: ${error.message}`);
    throw error;
  }
}

const bytesOf = (option: string, file: string): Promise<Buffer> =>
  readFile(file).catch((error: unknown) => {
    throw new CommandFailure(
      `${option} ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`,
    );
  });
