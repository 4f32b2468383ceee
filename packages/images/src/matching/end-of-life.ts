import type { AdvisoryDatabase, ReleaseCycle } from "../advisories/advisory-database.ts";
import type { Distribution } from "../inventory.ts";
import type { EndOfLife } from "./finding.ts";

/** endoflife.date's names of distributions, by os-release's ID. */
const distributions: Readonly<Record<string, string>> = {
  debian: "debian",
  ubuntu: "ubuntu",
  alpine: "alpine-linux",
  almalinux: "almalinux",
  rocky: "rocky-linux",
  rhel: "rhel",
  centos: "centos",
  fedora: "fedora",
  ol: "oracle-linux",
  amzn: "amazon-linux",
  "opensuse-leap": "opensuse",
  sles: "sles",
  photon: "vmware-photon",
  mageia: "mageia",
};

/** And of runtimes. OpenJDK's lines end as its community's builds of them do. */
const runtimes: Readonly<Record<string, string>> = {
  node: "nodejs",
  python: "python",
  java: "eclipse-temurin",
  ruby: "ruby",
  php: "php",
  go: "go",
  dotnet: "dotnet",
  erlang: "erlang",
  perl: "perl",
};

export type LifecycleVerdict =
  | { readonly state: "supported" | "unknown" }
  /** Ended for everyone, or going on only for those who pay or through a community. */
  | ({ readonly state: "ended" | "extended" } & EndOfLife);

/** Whether an image's distribution is still mended by its publisher. */
export function distributionLifecycle(
  database: Pick<AdvisoryDatabase, "lifecycle">,
  { id, versionId, codename, repositoryRelease }: Distribution,
  now: number,
): LifecycleVerdict {
  const product = Object.hasOwn(distributions, id) ? distributions[id] : undefined;
  if (product === undefined) return { state: "unknown" };
  const version = repositoryRelease?.replace(/^v/, "") ?? versionId;
  return verdict(product, findCycle(database.lifecycle(product), version, codename), now);
}

/** Whether a runtime's release line is still mended. */
export function runtimeLifecycle(
  database: Pick<AdvisoryDatabase, "lifecycle">,
  name: string,
  version: string,
  now: number,
): LifecycleVerdict {
  const product = Object.hasOwn(runtimes, name) ? runtimes[name] : undefined;
  if (product === undefined) return { state: "unknown" };
  const plain = version.replace(/^(?:go|v)/, "").replace(/^1\.8\./, "8.");
  return verdict(product, findCycle(database.lifecycle(product), plain, undefined), now);
}

/** The cycle that a version is of: the longest beginning that is one. */
export function findCycle(
  cycles: readonly ReleaseCycle[],
  version: string | undefined,
  codename?: string,
): ReleaseCycle | undefined {
  const parts = (version ?? "").split(/[.+_-]/);
  for (let length = parts.length; length > 0; length--) {
    const name = parts.slice(0, length).join(".");
    const found = cycles.find(({ cycle }) => cycle === name);
    if (found !== undefined) return found;
  }
  return codename === undefined ? undefined : cycles.find((cycle) => cycle.codename === codename);
}

function verdict(product: string, found: ReleaseCycle | undefined, now: number): LifecycleVerdict {
  if (found === undefined || found.endOfLife === undefined) return { state: "unknown" };
  const { cycle, endOfLife, extendedSupport } = found;
  const past = (when: string | boolean | undefined): boolean =>
    typeof when === "boolean" ? when : when !== undefined && Date.parse(when) <= now;
  if (!past(endOfLife)) return { state: "supported" };
  const goesOn = typeof extendedSupport === "string" && !past(extendedSupport);
  return {
    state: goesOn ? "extended" : "ended",
    product,
    cycle,
    ...(typeof endOfLife === "string" ? { since: endOfLife } : {}),
    ...(goesOn ? { extendedUntil: extendedSupport } : {}),
  };
}
