import { existsSync } from "node:fs";
import type { Run } from "../process/command.ts";
import { CommandError } from "../process/command.ts";
import type { NetworkLayout } from "./plan.ts";
import { innerSysctls, type LinkSeen, type NetworkFactsSeen } from "./steps.ts";

interface IpLink {
  readonly ifname: string;
  readonly mtu?: number;
  readonly flags?: readonly string[];
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
}

interface IpRoute {
  readonly dst?: string;
  readonly gateway?: string;
  readonly dev?: string;
}

const parseJson = <T>(text: string): readonly T[] => (text.trim() === "" ? [] : (JSON.parse(text) as readonly T[]));

function linkSeen(links: readonly IpLink[], name: string): LinkSeen | undefined {
  const link = links.find((l) => l.ifname === name);
  if (link === undefined) return undefined;
  const addresses = (link.addr_info ?? []).map((a) => `${a.local ?? ""}/${a.prefixlen ?? ""}`);
  return { up: link.flags?.includes("UP") ?? false, mtu: link.mtu ?? 0, addresses };
}

/** `/proc/sys` file of a sysctl; dots and slashes change places, as sysctl(8) does it. */
export const sysctlPath = (name: string): string =>
  `/proc/sys/${name.replace(/[./]/g, (c) => (c === "." ? "/" : "."))}`;

const sysctlScript = (names: readonly string[]): string =>
  names.map((name) => `printf '%s=' '${name}'; cat '${sysctlPath(name)}' 2>/dev/null || echo`).join("\n");

function parseSysctls(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** Interfaces that carry a default route: the ways out. */
export async function outInterfaces(run: Run, ip: string): Promise<string[]> {
  const routes = parseJson<IpRoute>(await run(ip, ["-j", "-4", "route", "show", "default"]));
  return [...new Set(routes.flatMap((r) => r.dev ?? []))].sort();
}

/** A namespace's file may outlive the namespace (a stale mount point): only one that can be entered counts. */
async function canEnter(layout: NetworkLayout, run: Run): Promise<boolean> {
  if (!existsSync(layout.netns)) return false;
  try {
    await run("nsenter", [`--net=${layout.netns}`, "--", "true"]);
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.code === "failed") return false;
    throw error;
  }
}

/** Looks at the machine. */
export async function lookAtNetwork(
  layout: NetworkLayout,
  out: readonly string[],
  hostSysctls: readonly string[],
  run: Run,
  ip: string,
): Promise<Omit<NetworkFactsSeen, "hostTableStands">> {
  const netns = await canEnter(layout, run);
  const inside = ["nsenter", `--net=${layout.netns}`, "--"] as const;
  const within = (program: string, ...args: string[]): Promise<string> =>
    netns ? run(inside[0], [...inside.slice(1), program, ...args]) : Promise.resolve("");
  const [hostLinks, hostRoutes, hostValues, innerLinks, innerRoutes, innerValues] = await Promise.all([
    run(ip, ["-j", "address", "show"]),
    run(ip, ["-j", "-4", "route", "show"]),
    run("sh", ["-c", sysctlScript(hostSysctls)]),
    within(ip, "-j", "address", "show"),
    within(ip, "-j", "-4", "route", "show"),
    within("sh", "-c", sysctlScript(Object.keys(innerSysctls))),
  ]);
  const routes = (text: string): string[] =>
    parseJson<IpRoute>(text).flatMap((r) => (r.gateway === undefined ? [] : [`${r.dst ?? ""} via ${r.gateway}`]));
  const host = parseJson<IpLink>(hostLinks);
  const inner = parseJson<IpLink>(innerLinks);
  const outMtus = host.filter((l) => out.includes(l.ifname)).flatMap((l) => l.mtu ?? []);
  return {
    netns,
    outMtu: outMtus.length === 0 ? undefined : Math.min(...outMtus),
    hostLink: linkSeen(host, layout.hostInterface),
    innerLink: linkSeen(inner, layout.uplink),
    loopback: linkSeen(inner, "lo"),
    hostRoutes: routes(hostRoutes),
    innerRoutes: routes(innerRoutes),
    innerSysctls: parseSysctls(innerValues),
    hostSysctls: parseSysctls(hostValues),
  };
}
