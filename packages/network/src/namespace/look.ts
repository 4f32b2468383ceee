import { existsSync } from "node:fs";
import type { Run } from "../process/command.ts";
import { CommandError } from "../process/command.ts";
import type { NetworkLayout } from "./plan.ts";
import { hostSysctlsOf, innerSysctls, type LinkSeen, type NetworkFactsSeen } from "./steps.ts";

interface IpLink {
  readonly ifname: string;
  readonly mtu?: number;
  readonly flags?: readonly string[];
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
}

interface IpRoute {
  /** `default`, or a range. */
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

/** Between what the programs of one script print. */
const between = "--";
/** With which a script ends where a program of its failed: not nsenter's own code. */
const failedInside = 3;

/** Links and routes where it runs, and settings by the shell alone: a process started costs more than what it reads. */
const script = (ip: string, settings: readonly string[]): string =>
  [
    `${ip} -j address show || exit ${failedInside}`,
    `echo; echo ${between}`,
    `${ip} -j -4 route show || exit ${failedInside}`,
    `echo; echo ${between}`,
    `for f in ${settings.join(" ")}; do v=; { read -r v < "$f"; } 2>/dev/null; echo "$f=$v"; done`,
    "exit 0",
  ].join("\n");

/** A sysctl's file as one word of a shell's, in which no star stands for anything. */
const asWord = (name: string): string => `'${sysctlPath(name)}'`;

/** By file. */
function parseSettings(text: string): ReadonlyMap<string, string> {
  const lines = text.split("\n").filter((line) => line.includes("="));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf("=")), line.slice(line.lastIndexOf("=") + 1)]));
}

const valuesOf = (names: readonly string[], { settings }: Seen): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, settings.get(sysctlPath(name)) ?? ""]));

interface Seen {
  readonly links: readonly IpLink[];
  readonly routes: readonly IpRoute[];
  readonly settings: ReadonlyMap<string, string>;
}

function parseSeen(printed: string): Seen {
  const [links = "", routes = "", settings = ""] = printed.split(`\n${between}\n`);
  return { links: parseJson(links), routes: parseJson(routes), settings: parseSettings(settings) };
}

/** A namespace's file may outlive the namespace (a stale mount point): only one that can be entered counts. */
async function lookInside(layout: NetworkLayout, run: Run, ip: string): Promise<Seen | undefined> {
  if (!existsSync(layout.netns)) return undefined;
  const look = script(ip, Object.keys(innerSysctls).map(asWord));
  try {
    return parseSeen(await run("nsenter", [`--net=${layout.netns}`, "--", "sh", "-c", look]));
  } catch (error) {
    if (error instanceof CommandError && error.code === "failed" && error.exitCode !== failedInside) return undefined;
    throw error;
  }
}

/** Interfaces that carry a default route: the ways out. */
const outInterfaces = (routes: readonly IpRoute[]): string[] =>
  [...new Set(routes.flatMap(({ dst, dev }) => (dst === "default" && dev !== undefined ? [dev] : [])))].sort();

/** Which of them are the ways out is known once they were looked at: of all links that forward or not. */
const hostSettings = (layout: NetworkLayout): string[] => [
  "/proc/sys/net/ipv4/conf/*/forwarding",
  ...Object.keys(hostSysctlsOf(layout, [])).map(asWord),
];

/** Looks at the machine. `wantedSysctls`: what the host's are to be, for the ways out that there are. */
export async function lookAtNetwork(
  layout: NetworkLayout,
  run: Run,
  ip: string,
): Promise<Omit<NetworkFactsSeen, "hostTableStands"> & { readonly wantedSysctls: Readonly<Record<string, string>> }> {
  const [host, inner] = await Promise.all([
    run("sh", ["-c", script(ip, hostSettings(layout))]).then(parseSeen),
    lookInside(layout, run, ip),
  ]);
  const out = outInterfaces(host.routes);
  const wantedSysctls = hostSysctlsOf(layout, out);
  const routes = (all: readonly IpRoute[] = []): string[] =>
    all.flatMap(({ dst, gateway }) => (gateway === undefined ? [] : [`${dst ?? ""} via ${gateway}`]));
  const outMtus = host.links.filter((l) => out.includes(l.ifname)).flatMap((l) => l.mtu ?? []);
  return {
    netns: inner !== undefined,
    outMtu: outMtus.length === 0 ? undefined : Math.min(...outMtus),
    hostLink: linkSeen(host.links, layout.hostInterface),
    innerLink: linkSeen(inner?.links ?? [], layout.uplink),
    loopback: linkSeen(inner?.links ?? [], "lo"),
    hostRoutes: routes(host.routes),
    innerRoutes: routes(inner?.routes),
    innerSysctls: inner === undefined ? {} : valuesOf(Object.keys(innerSysctls), inner),
    hostSysctls: valuesOf(Object.keys(wantedSysctls), host),
    wantedSysctls,
  };
}
