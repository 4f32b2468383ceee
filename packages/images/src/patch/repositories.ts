import type { Distribution } from "../inventory.ts";

/** Where a distribution's packages come from. Whoever administers the machine says so, never an image. */
export interface PackageRepository {
  readonly distribution: "debian" | "ubuntu" | "alpine";
  /** Its root: `http://deb.debian.org/debian`. Plain HTTP will do: every byte is checked against the keyring. */
  readonly url: string;
  /** apt's suites, apk's branches; `{release}` stands for the image's codename, or Alpine's `v3.22`. */
  readonly suites: readonly string[];
  /** apt's components, apk's repositories. */
  readonly components: readonly string[];
  /** OpenPGP keyring (apt) or folder of RSA keys (apk) on this machine; `image`: those that the image itself has. */
  readonly keyring: string;
  /** An index past its own date is refused, unless a mirror is known to stand still. */
  readonly allowExpired?: boolean;
}

/** A repository with the keys that vouch for it. */
export interface LoadedRepository extends PackageRepository {
  /** The keyring's files: one for apt, a file a key for apk. */
  readonly keys: readonly { readonly name: string; readonly bytes: Buffer }[];
}

const debianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg";
const ubuntuKeys = "/usr/share/keyrings/ubuntu-archive-keyring.gpg";

/** Keys are the image's own: whoever can change them can change the image. */
export const imageKeyring = "image";

/** The distributions' own servers, for who configures none. */
export const defaultRepositories: readonly PackageRepository[] = [
  {
    distribution: "debian",
    url: "http://deb.debian.org/debian",
    suites: ["{release}", "{release}-updates"],
    components: ["main"],
    keyring: debianKeys,
  },
  {
    distribution: "debian",
    url: "http://deb.debian.org/debian-security",
    suites: ["{release}-security"],
    components: ["main"],
    keyring: debianKeys,
  },
  {
    distribution: "ubuntu",
    url: "http://archive.ubuntu.com/ubuntu",
    suites: ["{release}", "{release}-updates"],
    components: ["main", "universe"],
    keyring: ubuntuKeys,
  },
  {
    distribution: "ubuntu",
    url: "http://security.ubuntu.com/ubuntu",
    suites: ["{release}-security"],
    components: ["main", "universe"],
    keyring: ubuntuKeys,
  },
  {
    distribution: "alpine",
    url: "https://dl-cdn.alpinelinux.org/alpine",
    suites: ["{release}"],
    components: ["main", "community"],
    keyring: imageKeyring,
  },
];

/** What `{release}` stands for; undefined where the image does not say, or says what could be no folder's name. */
export function repositoryRelease(distribution: Distribution): string | undefined {
  const { id, versionId, codename, repositoryRelease: named } = distribution;
  const minor = /^(\d+\.\d+)/.exec(versionId ?? "")?.[1];
  const release = id === "alpine" ? (named ?? (minor === undefined ? undefined : `v${minor}`)) : codename;
  return release !== undefined && /^[a-z0-9][a-z0-9.-]{0,31}$/.test(release) ? release : undefined;
}

/** The repositories for an image, their suites spelled out. */
export function repositoriesFor<R extends PackageRepository>(
  distribution: Distribution,
  configured: readonly R[],
): readonly R[] {
  const release = repositoryRelease(distribution);
  if (release === undefined) return [];
  return configured
    .filter((one) => one.distribution === distribution.id)
    .map((one) => ({ ...one, suites: one.suites.map((suite) => suite.replaceAll("{release}", release)) }));
}
