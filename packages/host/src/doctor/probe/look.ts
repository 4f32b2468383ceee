import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DebianArchive, machineSuite, type Offer, securitySource } from "../../parts/debian-archive.ts";
import { type PartsManifest, readParts } from "../../parts/install-parts.ts";
import { filterMeans } from "../../seccomp/means.ts";
import type { MachineFacts } from "../facts.ts";
import { neededPrograms } from "../judge-machine.ts";
import { neighbourPrograms } from "../judge-neighbours.ts";
import { tryMounts, tryNetworkNamespace, tryUserNamespace } from "./attempts.ts";
import { capabilitiesFrom, probeApparmor, probeCgroups, probeKernel, probeSeccomp, textOf } from "./kernel.ts";
import { isOurs, listeningPorts, probeDropping, runningPrograms } from "./neighbours.ts";
import { probeClock, probeDisk, probeMemory, probeSwap } from "./room.ts";

export interface LookOptions {
  /** The instance's folder; it need not exist. */
  readonly root: string;
  /** Its folder of parts. */
  readonly parts: string;
  /** Ports that it will listen on, where it does not run yet. */
  readonly ports?: readonly number[];
  /** Also try mounts and namespaces, read packet rules, and ask the security suite. Default true; false takes a few ms. */
  readonly thorough?: boolean;
}

/** Looks at the machine. Changes nothing: what is tried is tried in namespaces and folders of its own. */
export async function lookAtMachine(options: LookOptions): Promise<MachineFacts> {
  const root = process.getuid?.() === 0;
  const thorough = options.thorough !== false;
  const systemd = existsSync("/run/systemd/system");
  const programs = runningPrograms();
  const tries = thorough && root;
  const listening = listeningPorts([textOf("/proc/net/tcp"), textOf("/proc/net/tcp6")]);
  const mounts = tries ? await tryMounts(options.root) : ({ overlayfs: "unknown", noswap: "unknown" } as const);
  const parts = await readParts(options.parts);
  return {
    root,
    architecture: process.arch,
    kernel: probeKernel(),
    cgroups: probeCgroups(),
    systemd,
    userNamespaces: tries ? await tryUserNamespace() : "unknown",
    networkNamespaces: tries ? await tryNetworkNamespace() : "unknown",
    ...mounts,
    apparmor: probeApparmor(),
    seccomp: probeSeccomp(),
    filterMeans: await filterMeans(),
    capabilities: capabilitiesFrom(textOf("/proc/self/status")),
    programs: Object.fromEntries(neededPrograms.map((p) => [p, onPath(p)])),
    others: programs
      .filter((p) => neighbourPrograms.includes(p.name) && !isOurs(p))
      .map(({ name, pid }) => ({ name, pid })),
    dropping: tries ? await probeDropping() : [],
    swap: probeSwap(),
    memory: probeMemory(),
    disk: await probeDisk(options.root),
    clock: await probeClock(systemd && thorough, programs),
    node: process.versions.node,
    sqlite: process.versions["sqlite"],
    takenPorts: (options.ports ?? []).filter((p) => listening.has(p)),
    parts,
    securityOffers: thorough ? await securityOffers(parts) : undefined,
  };
}

const folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

const onPath = (program: string): boolean => folders.some((folder) => existsSync(join(folder, program)));

/** What the security suite of the release that the parts come from has of them by now. */
async function securityOffers(parts: PartsManifest | undefined): Promise<readonly Offer[] | undefined> {
  const from = parts?.parts[0]?.suite.replace(/-security$/, "");
  if (parts === undefined || from === undefined) return undefined;
  const { mirror } = await machineSuite();
  const security = securitySource({ mirror, suite: from });
  if (security === undefined) return undefined;
  const scratch = mkdtempSync(join(tmpdir(), "bulkhead-doctor-"));
  try {
    const archive = new DebianArchive(scratch, security.mirror, security.suite);
    await archive.update();
    return await archive.offers(parts.parts.map((p) => p.name));
  } catch {
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
