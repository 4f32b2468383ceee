import type { Log } from "@bulkhead/api";
import { type PacketFilter, packetFilter } from "../nft/filter.ts";
import { CommandError, type Run, runCommand } from "../process/command.ts";
import { hostTable } from "./host-table.ts";
import { lookAtNetwork, sysctlPath } from "./look.ts";
import type { NetworkLayout } from "./plan.ts";
import { type NetworkStep, planNetwork } from "./steps.ts";

export interface EnsureNetworkOptions {
  readonly layout: NetworkLayout;
  readonly log: Log;
  readonly run?: Run;
  readonly ip?: string;
  readonly nft?: string;
}

/** What was done, and the values that host settings had before we changed them: kept by the caller for `removeNetwork`. */
export interface EnsuredNetwork {
  readonly steps: readonly NetworkStep[];
  readonly previousSysctls: Readonly<Record<string, string>>;
}

const hostFilter = (options: EnsureNetworkOptions): PacketFilter =>
  packetFilter({
    table: options.layout.hostTable,
    generations: false,
    ...(options.run === undefined ? {} : { run: options.run }),
    ...(options.nft === undefined ? {} : { nft: options.nft }),
  });

/** The commands of a step. A route or an address that came meanwhile is no fault: `replace` says both. */
function commandOf(step: NetworkStep, layout: NetworkLayout, ip: string): readonly string[] {
  const enter = (inside: boolean): string[] => (inside ? ["nsenter", `--net=${layout.netns}`, "--"] : []);
  switch (step.kind) {
    case "add-netns":
      // A stale mount point of a namespace that died is in the way of a new one.
      return [
        "sh",
        "-c",
        `${ip} netns delete ${layout.netnsName} 2>/dev/null; exec ${ip} netns add ${layout.netnsName}`,
      ];
    case "remove-stale-link":
      return [
        "sh",
        "-c",
        `${ip} link delete ${layout.hostInterface} 2>/dev/null; ${ip} -n ${layout.netnsName} link delete ${layout.uplink} 2>/dev/null; true`,
      ];
    case "add-link":
      return [
        ip,
        "link",
        "add",
        layout.hostInterface,
        "type",
        "veth",
        "peer",
        layout.uplink,
        "netns",
        layout.netnsName,
      ];
    case "add-address":
      return [...enter(step.inside), ip, "address", "replace", step.address, "dev", step.link];
    case "link-up":
      return [...enter(step.inside), ip, "link", "set", step.link, "up"];
    case "set-mtu":
      return [...enter(step.inside), ip, "link", "set", step.link, "mtu", String(step.mtu)];
    case "replace-route": {
      const source = step.source === undefined ? [] : ["src", step.source];
      return [...enter(step.inside), ip, "route", "replace", step.destination, "via", step.via, ...source];
    }
    case "set-sysctl":
      return [...enter(step.inside), "sh", "-c", `echo '${step.value}' > '${sysctlPath(step.name)}'`];
    case "replace-host-table":
      return [];
  }
}

/**
 * Makes the instance's network what the layout says: looks, plans, does, and looks again until nothing is left to do.
 * Safe to call at any time; what stands is not touched.
 */
export async function ensureNetwork(options: EnsureNetworkOptions): Promise<EnsuredNetwork> {
  const { layout, log } = options;
  const run = options.run ?? runCommand;
  const ip = options.ip ?? "ip";
  const filter = hostFilter(options);
  const table = hostTable(layout);
  const done: NetworkStep[] = [];
  const previousSysctls: Record<string, string> = {};
  for (let round = 0; round < 3; round++) {
    const [{ wantedSysctls, ...seen }, hostTableStands] = await Promise.all([
      lookAtNetwork(layout, run, ip),
      filter.stands(table),
    ]);
    const steps = planNetwork(layout, { ...seen, hostTableStands }, wantedSysctls);
    if (steps.length === 0) break;
    for (const step of steps) {
      if (step.kind === "set-sysctl" && !step.inside && !step.name.includes(`.${layout.hostInterface}.`)) {
        previousSysctls[step.name] ??= seen.hostSysctls[step.name] ?? "0";
      }
      if (step.kind === "replace-host-table") await filter.apply(table);
      else {
        const [program = "", ...args] = commandOf(step, layout, ip);
        await run(program, args);
      }
      done.push(step);
    }
  }
  if (done.length > 0)
    log.info({ instance: layout.instance, steps: done.map((s) => s.kind) }, "network namespace made or repaired");
  return { steps: done, previousSysctls };
}

/** Removes the namespace with all links and rules in it, the link, our routes and table on the host; restores settings. */
export async function removeNetwork(
  options: EnsureNetworkOptions & { readonly previousSysctls: Readonly<Record<string, string>> },
): Promise<void> {
  const { layout } = options;
  const run = options.run ?? runCommand;
  const ip = options.ip ?? "ip";
  // Each may be gone already; what cannot be removed shows in the next look.
  const attempt = async (program: string, ...args: string[]): Promise<void> => {
    try {
      await run(program, args);
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== "failed") throw error;
    }
  };
  await attempt(ip, "link", "delete", layout.hostInterface);
  await attempt(ip, "netns", "delete", layout.netnsName);
  await hostFilter(options).remove();
  for (const [name, value] of Object.entries(options.previousSysctls)) {
    await attempt("sh", "-c", `echo '${value}' > '${sysctlPath(name)}'`);
  }
}
