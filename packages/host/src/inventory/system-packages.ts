import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SystemPackageFacts } from "@bulkhead/api";
import { compareDebianVersions } from "../doctor/versions.ts";
import { type Offer, readPolicy } from "../parts/debian-archive.ts";
import { run } from "../run.ts";

/** The packages that matter, by what of ours needs them; a name ends in `*` where its end is a version. */
const wanted: readonly (readonly [name: string, usedFor: string | undefined])[] = [
  ["nftables", "packet rules"],
  ["iproute2", "network namespaces and links"],
  ["util-linux", "setpriv, nsenter, mounts"],
  ["perl-base", "loads the seccomp filter of our processes"],
  ["mount", "volumes"],
  ["kmod", undefined],
  ["systemd", "starts Bulkhead with the machine"],
  ["apparmor", "confines containers"],
  ["libc6", undefined],
  ["libstdc++6", "Node"],
  ["libssl3*", undefined],
  ["openssl", undefined],
  ["libseccomp2", undefined],
  ["libnftables1", "packet rules"],
  ["libsystemd0", undefined],
  ["zlib1g", undefined],
  ["ca-certificates", "which registries are believed"],
  ["debian-archive-keyring", "which part packages are believed"],
  ["apt", "brings the parts"],
  ["dpkg", "unpacks the parts"],
  ["sudo", undefined],
  ["openssh-server", "who may get to this machine"],
];

const fields = ["Package", "Version", "source:Package", "source:Version", "Architecture", "db:Status-Status"];

/** Reads `dpkg-query -W` with our fields, tabs between. */
export function readDpkg(printed: string): Omit<SystemPackageFacts, "usedFor" | "candidate">[] {
  return printed.split("\n").flatMap((line) => {
    const [name = "", version = "", source = "", sourceVersion = "", architecture = "", status = ""] = line.split("\t");
    return name === "" || version === "" || status !== "installed"
      ? []
      : [{ name, version, source: source || name, sourceVersion: sourceVersion || version, architecture }];
  });
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** Packages of this machine that matter, with apt's candidates. */
export interface MachinePackages {
  /** Absent: this machine has no dpkg. */
  readonly packages?: readonly SystemPackageFacts[];
  /** Of the running kernel; absent where it is of none (another host's kernel, or one built by hand). */
  readonly kernel?: SystemPackageFacts;
}

/** Asks dpkg and apt, once each. `release`: the running kernel's. */
export async function machinePackages(release: string): Promise<MachinePackages> {
  const format = `${fields.map((field) => `\${${field}}`).join("\t")}\n`
    .replaceAll("\t", "\\t")
    .replaceAll("\n", "\\n");
  const listed = await run(["dpkg-query", "-W", "-f", format]);
  if (listed.code === 127) return {};
  const kernelName = `linux-image-${release}`;
  const found = readDpkg(listed.stdout).flatMap((each) => {
    const row = wanted.find(([pattern]) => matches(pattern, each.name));
    if (row === undefined) return each.name === kernelName ? [each] : [];
    return [{ ...each, ...(row[1] === undefined ? {} : { usedFor: row[1] }) }];
  });
  const candidates = await candidatesOf(found.map(({ name }) => name));
  const all = found.map((each): SystemPackageFacts => {
    const offer = candidates.get(each.name);
    if (offer === undefined) return each;
    const { version, suite } = offer;
    return { ...each, candidate: { version, suite, newer: compareDebianVersions(version, each.version) > 0 } };
  });
  const kernel = all.find(({ name }) => name === kernelName);
  return { packages: all.filter((each) => each !== kernel), ...(kernel === undefined ? {} : { kernel }) };
}

async function candidatesOf(names: readonly string[]): Promise<Map<string, Offer>> {
  if (names.length === 0) return new Map();
  const { stdout } = await run(["apt-cache", "-q", "policy", ...names]);
  const own = (await machineDistribution())?.codename ?? "";
  return new Map(readPolicy(stdout, own).map((offer) => [offer.name.replace(/:[a-z0-9]+$/, ""), offer]));
}

/** When apt last read an index of its mirrors here; undefined: it holds none. */
export async function indexesRead(folder = "/var/lib/apt/lists"): Promise<number | undefined> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => /_Packages(\.\w+)?$/.test(file));
  const times = await Promise.all(
    files.map(async (file) => (await stat(join(folder, file)).catch(() => undefined))?.mtimeMs),
  );
  // apt keeps a file's date as its publisher gave it; the update stamp says when it was asked.
  const asked = (await stat("/var/lib/apt/periodic/update-success-stamp").catch(() => undefined))?.mtimeMs;
  const partial = (await stat(join(folder, "partial")).catch(() => undefined))?.mtimeMs;
  const known = [asked, partial, ...times].filter((time) => time !== undefined);
  return files.length === 0 || known.length === 0 ? undefined : Math.max(...known);
}

/** os-release's words about the machine itself. */
export interface MachineDistribution {
  readonly id: string;
  readonly versionId?: string;
  readonly codename?: string;
  readonly name: string;
}

/** Reads os-release(5). */
export function readOsRelease(text: string): MachineDistribution | undefined {
  const field = (name: string): string | undefined => new RegExp(`^${name}="?([^"\\n]+)"?$`, "m").exec(text)?.[1];
  const id = field("ID")?.toLowerCase();
  const [versionId, codename] = [field("VERSION_ID"), field("VERSION_CODENAME")];
  if (id === undefined) return undefined;
  return {
    id,
    ...(versionId === undefined ? {} : { versionId }),
    ...(codename === undefined ? {} : { codename }),
    name: field("PRETTY_NAME") ?? id,
  };
}

export const machineDistribution = async (): Promise<MachineDistribution | undefined> =>
  readOsRelease(await readFile("/etc/os-release", "utf8").catch(() => ""));
