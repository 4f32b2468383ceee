import type { Package } from "@bulkhead/images";
import type { Subject, Touch } from "./inventory.ts";
import type { ItemVulnerability, Newest } from "./item.ts";

/** A package of the lock file that shipped, and what became of it. */
export interface ShippedDependency {
  readonly name: string;
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  /** Only for those who build and test. */
  readonly dev: boolean;
  /** Programs that hold files of it, each with how many. Empty: none does. */
  readonly in: Readonly<Record<string, number>>;
}

/** What the build wrote down of itself. */
export interface Shipped {
  readonly format: 1;
  readonly version: string;
  readonly dependencies: readonly ShippedDependency[];
}

/** A part as the machine has it, with what somebody who knows its escapes found. */
export interface PartFacts {
  readonly name: string;
  readonly version: string;
  /** Debian's suite it came from: `testing`, `testing-security`, `bookworm`. */
  readonly suite: string;
  /** CVEs that its Debian changelog names: repaired. */
  readonly changelogNames: readonly string[];
  readonly escapes: readonly {
    readonly id: string;
    readonly lets: string;
    readonly grave: boolean;
    readonly fixed: string;
  }[];
  readonly origin: string;
  /** What a suite offers; `asked` RFC 3339. Absent: nobody was asked. */
  readonly offer?: {
    readonly version: string;
    readonly suite: string;
    readonly asked: string;
    readonly newer: boolean;
  };
}

export interface SystemPackageFacts {
  readonly name: string;
  readonly version: string;
  readonly source: string;
  readonly sourceVersion: string;
  readonly architecture: string;
  /** What of us uses it; absent: it is only there. */
  readonly usedFor?: string;
  readonly candidate?: { readonly version: string; readonly suite: string; readonly newer: boolean };
}

export interface MachineFactsForCurrency {
  /** RFC 3339. */
  readonly lookedAt: string;
  readonly node?: { readonly version: string; readonly path: string };
  readonly kernel?: { readonly release: string; readonly installed?: string; readonly package?: SystemPackageFacts };
  /** os-release: id and version. */
  readonly distribution?: {
    readonly id: string;
    readonly versionId?: string;
    readonly codename?: string;
    readonly name: string;
  };
  readonly parts?: readonly PartFacts[];
  readonly packages?: readonly SystemPackageFacts[];
  /** When apt last read its mirrors' indexes here, RFC 3339; absent: never. */
  readonly indexesRead?: string;
}

const yes =
  (because: string): Touch =>
  () => ({ touches: "yes", because });
const perhaps =
  (because: string): Touch =>
  () => ({ touches: "unknown", because });

/** What a registry was asked of Bulkhead's newest release; `newest` only where it is proven to be ours. */
export interface AskedRelease {
  readonly newest?: Newest;
  readonly gaps: readonly string[];
}

const nobodyAsked: AskedRelease = {
  gaps: ["nobody was asked for the newest release of Bulkhead (bulkhead current --ask)"],
};

/** Bulkhead itself. */
export const bulkheadSubject = (version: string, origin: string, asked = nobodyAsked): Subject => ({
  kind: "bulkhead",
  name: "bulkhead",
  version,
  origin,
  remedy: `install ${asked.newest?.version ?? "a newer one"} beside this one and run its bulkhead up: it takes the instance over`,
  package: npmPackage({ name: "bulkhead", version }),
  ...asked,
  touch: () => ({ touches: "yes", because: "it is what runs here" }),
});

/** Bulkhead's own packages: only what a program holds can do harm. */
export function dependencySubjects(shipped: Shipped): Subject[] {
  const remedy = "a newer Bulkhead brings a newer one (bulkhead current plan); nothing on this machine installs it";
  return onceEach(shipped.dependencies)
    .filter((each) => !each.dev || Object.keys(each.in).length > 0)
    .map((each): Subject => {
      const programs = Object.entries(each.in).map(([program, files]) => `${program} (${files} files)`);
      return {
        kind: "dependency",
        name: `${each.name}@${each.version}`,
        version: each.version,
        origin: `package-lock.json as shipped, ${each.integrity?.slice(0, 20) ?? "without integrity"}`,
        remedy,
        package: npmPackage(each),
        touch:
          programs.length > 0
            ? yes(`bundled into ${programs.join(", ")}`)
            : () => ({ touches: "no", because: "no shipped program holds a file of it (the build's own list)" }),
      };
    });
}

/** A lock file holds one version at several places. */
function onceEach(dependencies: readonly ShippedDependency[]): ShippedDependency[] {
  const groups = Map.groupBy(dependencies, ({ name, version }) => `${name}@${version}`);
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const held: Record<string, number> = { ...first.in };
    for (const other of others)
      for (const [program, files] of Object.entries(other.in)) held[program] = (held[program] ?? 0) + files;
    return [{ ...first, dev: first.dev && others.every(({ dev }) => dev), in: held }];
  });
}

function npmPackage({ name, version }: Pick<ShippedDependency, "name" | "version">): Package {
  const path = name.startsWith("@") ? `%40${name.slice(1)}` : name;
  return {
    ecosystem: "npm",
    name,
    version,
    purl: `pkg:npm/${path}@${version}`,
    paths: [`node_modules/${name}/package.json`],
  };
}

/** Node itself: OSV names no flaws of it; its publisher mends what it knows with each release of a line. */
export function nodeSubject({ version, path }: NonNullable<MachineFactsForCurrency["node"]>): Subject {
  return {
    kind: "runtime",
    name: "node",
    version,
    origin: path,
    remedy: "a newer Bulkhead brings a newer Node; reinstall it (npm ci && npm start)",
    package: { ecosystem: "runtime", name: "node", version, purl: `pkg:generic/node@${version}`, paths: [path] },
    lifecycle: { product: "nodejs", version },
    touch: yes("every process of Bulkhead runs on it"),
  };
}

/** Debian's names of its suites in the advisories; as of 2026 testing is what becomes 14. */
const suites: Readonly<Record<string, string>> = {
  testing: "debian:14",
  forky: "debian:14",
  stable: "debian:13",
  trixie: "debian:13",
  oldstable: "debian:12",
  bookworm: "debian:12",
  unstable: "debian:sid",
  sid: "debian:sid",
};

/** Source packages of those parts whose name is another. */
const sources: Readonly<Record<string, string>> = {
  "containernetworking-plugins": "golang-github-containernetworking-plugins",
  kubectl: "kubernetes",
};

const roles: Readonly<Record<string, string>> = {
  containerd: "it runs every container here",
  runc: "it starts every container here",
  "containernetworking-plugins": "it gives every pod its address",
  "docker-registry": "it is the machine's own registry",
  catatonit: "it is the first process of every pod",
  kubectl: "for people: nothing of Bulkhead runs it by itself",
};

/** Our private copies of other people's programs. */
export function partSubjects(parts: readonly PartFacts[]): Subject[] {
  return parts.map((part): Subject => {
    const { name, version, suite, offer } = part;
    const release = suites[suite.replace(/-security$/, "")];
    const role = roles[name] ?? "it is one of the parts";
    const source = sources[name];
    return {
      kind: "part",
      name,
      version,
      origin: `${part.origin} (Debian ${suite})`,
      remedy: `bulkhead current plan, then bulkhead current apply`,
      package: {
        ecosystem: "dpkg",
        name,
        version,
        purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}`,
        ...(source === undefined ? {} : { source: { name: source } }),
        ...(release === undefined ? {} : { release }),
        paths: [part.origin],
      },
      ...(offer === undefined
        ? { gaps: [`nobody was asked what Debian ${suite} has of the parts (bulkhead current --ask)`] }
        : {
            newest: {
              version: offer.version,
              source: `Debian ${offer.suite}`,
              at: offer.asked,
              newer: offer.newer,
              security: offer.suite.endsWith("-security"),
            },
          }),
      // Debian writes upstream's number first: 2.1.9+ds1-5.
      ...(name === "containerd"
        ? { lifecycle: { product: name, version: version.replace(/[+~-].*$/, ""), lineOnly: true, mendedBy: "Debian" } }
        : {}),
      known: part.escapes.map(
        ({ id, lets, grave, fixed }): ItemVulnerability => ({
          id,
          fixed,
          severity: grave ? "critical" : "medium",
          exploited: false,
          touches: "yes",
          because: `${role}, and neither its version nor Debian's changelog has the repair`,
          summary: lets,
          sources: ["the runtimes' own advisories, as shipped with Bulkhead"],
        }),
      ),
      touch: (id) =>
        part.changelogNames.includes(id)
          ? { touches: "no", because: `Debian's changelog of ${version} names it as repaired` }
          : name === "kubectl"
            ? { touches: "unknown", because: role }
            : { touches: "unknown", because: `${role}; whether the flawed part of it is reached is not known` },
    };
  });
}

/**
 * What the parts' programs say of themselves that they were built from: Go's own library and modules, one subject a part
 * and package. `packages`: as a scan of the parts folder found them, with paths inside it.
 */
export function partProgramSubjects(
  parts: readonly { readonly name: string; readonly files: readonly string[] }[],
  packages: readonly Package[],
): Subject[] {
  return parts.flatMap(({ name, files }) =>
    packages
      .map((found) => ({ ...found, paths: found.paths.filter((path) => files.includes(path)) }))
      .filter(({ paths, ecosystem }) => paths.length > 0 && ecosystem === "Go")
      .map((found): Subject => {
        const programs = found.paths.join(", ");
        return {
          kind: "part",
          name: `${name}: Go ${found.name}`,
          version: found.version,
          origin: `said by ${programs}`,
          remedy: `Debian has to build ${name} anew with it; bulkhead current plan shows when it has`,
          package: found,
          touch: (_, code) =>
            code === "linked"
              ? { touches: "yes", because: `the functions that it is in are part of ${programs}` }
              : code === "not-linked"
                ? { touches: "no", because: `the functions that it is in are in none of ${programs}` }
                : { touches: "unknown", because: `${programs} hold it; nobody says which functions the flaw is in` },
        };
      }),
  );
}

/** The running kernel and the machine's packages. */
export function systemSubjects(facts: MachineFactsForCurrency): Subject[] {
  const { kernel, packages = [], distribution } = facts;
  const release = distribution === undefined ? undefined : releaseName(distribution);
  return [
    ...(kernel === undefined ? [] : [kernelSubject(kernel, facts, release)]),
    ...(distribution === undefined ? [] : [distributionSubject(distribution)]),
    ...packages.map((each) => packageSubject(each, facts, release)),
  ];
}

const releaseName = ({
  id,
  versionId,
  codename,
}: NonNullable<MachineFactsForCurrency["distribution"]>): string | undefined =>
  id === "debian"
    ? (suites[codename ?? ""] ?? (versionId === undefined ? undefined : `debian:${versionId}`))
    : versionId === undefined
      ? undefined
      : `${id}:${versionId}`;

function distributionSubject({ id, versionId, name }: NonNullable<MachineFactsForCurrency["distribution"]>): Subject {
  return {
    kind: "system-package",
    name: id,
    version: versionId ?? "rolling",
    origin: "/etc/os-release",
    remedy: `move this machine to a release that is still mended (${name})`,
    ...(versionId === undefined
      ? { unlisted: `${name} names no release` }
      : { lifecycle: { product: id, version: versionId, lineOnly: true } }),
    touch: yes("this machine runs it"),
  };
}

function packageSubject(
  each: SystemPackageFacts,
  { indexesRead, distribution }: MachineFactsForCurrency,
  release: string | undefined,
): Subject {
  const { name, version, usedFor, candidate } = each;
  return {
    kind: "system-package",
    name,
    version,
    origin: "/var/lib/dpkg/status",
    remedy: `apt-get install --only-upgrade ${name}`,
    package: dpkgPackage(each, distribution?.id ?? "debian", release),
    ...newestByApt(candidate, indexesRead),
    touch: perhaps(
      usedFor === undefined
        ? "it is installed on this machine; whether the flaw is reached is not known"
        : `Bulkhead uses it (${usedFor}); whether the flawed part of it is reached is not known`,
    ),
  };
}

function newestByApt(
  candidate: SystemPackageFacts["candidate"],
  indexesRead: string | undefined,
): Pick<Subject, "newest" | "gaps"> {
  if (candidate === undefined || indexesRead === undefined)
    return { gaps: ["this machine's apt has read no index of its mirrors (apt-get update)"] };
  return {
    newest: {
      version: candidate.version,
      source: `Debian ${candidate.suite}, by this machine's apt`,
      at: indexesRead,
      newer: candidate.newer,
      security: candidate.suite.endsWith("-security"),
    },
  };
}

function dpkgPackage(each: SystemPackageFacts, distribution: string, release: string | undefined): Package {
  return {
    ecosystem: "dpkg",
    name: each.name,
    version: each.version,
    architecture: each.architecture,
    purl: `pkg:deb/${distribution}/${each.name}@${encodeURIComponent(each.version)}?arch=${each.architecture}`,
    source: { name: each.source, version: each.sourceVersion },
    ...(release === undefined ? {} : { release }),
    paths: ["var/lib/dpkg/status"],
  };
}

function kernelSubject(
  kernel: NonNullable<MachineFactsForCurrency["kernel"]>,
  { indexesRead, distribution, lookedAt }: MachineFactsForCurrency,
  release: string | undefined,
): Subject {
  const { release: running, installed, package: packaged } = kernel;
  const waiting = installed !== undefined && installed !== running;
  const base = {
    kind: "kernel",
    name: "linux",
    version: running,
    origin: "/proc/sys/kernel/osrelease",
    remedy: waiting
      ? `reboot into ${installed}, which is installed`
      : "apt-get install --only-upgrade the kernel's package, then reboot",
    touch: perhaps(
      "every container here shares this kernel; whether the flawed part of it is built in and reached is not known",
    ),
  } as const;
  if (packaged === undefined)
    return {
      ...base,
      lifecycle: { product: "linux", version: running },
      unlisted: `the running kernel ${running} is of no package that this machine knows: no advisories speak of it`,
    };
  return {
    ...base,
    // The signed build is of another source, whose advisories are filed under the kernel's own.
    package: {
      ...dpkgPackage(packaged, distribution?.id ?? "debian", release),
      source: { name: "linux", version: packaged.version },
    },
    ...(waiting
      ? { newest: { version: installed, source: "/boot", at: lookedAt, newer: true } }
      : newestByApt(packaged.candidate, indexesRead)),
  };
}
