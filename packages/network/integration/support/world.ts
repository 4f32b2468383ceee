import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type NetworkLayout, networkLayout } from "../../src/index.ts";

const podProcess = fileURLToPath(new URL("pod-process.mjs", import.meta.url));
const sh = (script: string): string => execFileSync("sh", ["-ec", script], { encoding: "utf8" });

export interface Attempt {
  readonly to: string;
  readonly port: number;
  readonly protocol?: "TCP" | "UDP";
  /** Default 400 ms. */
  readonly ms?: number;
  readonly from?: string;
}

/** A network namespace with a process in it that listens and tries connections. */
export interface Station {
  readonly name: string;
  readonly netns: string;
  ask<Answer = string>(command: Record<string, unknown>): Promise<Answer>;
  listen(protocol: "TCP" | "UDP", port: number): Promise<void>;
  /** `ok NAME ADDRESS`, `ECONNREFUSED`, `EHOSTUNREACH`, `timeout` … */
  attempt(attempt: Attempt): Promise<string>;
  stop(): Promise<void>;
}

export async function startStation(name: string, netns: string): Promise<Station> {
  const args = [`--net=${netns}`, "--", process.execPath, podProcess, name];
  const child = spawn("nsenter", args, { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<number, (result: unknown) => void>();
  let last = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result } = JSON.parse(line) as { id: number; result: unknown };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  await new Promise<void>((resolve, reject) => {
    waiting.set(0, () => resolve());
    child.once("exit", (code) => reject(new Error(`station ${name} ended with ${code}`)));
  });
  const ask = <Answer>(command: Record<string, unknown>): Promise<Answer> =>
    new Promise((resolve) => {
      const id = ++last;
      waiting.set(id, (result) => resolve(result as Answer));
      child.stdin.write(`${JSON.stringify({ ...command, id })}\n`);
    });
  return {
    name,
    netns,
    ask,
    listen: async (protocol, port) => {
      const result = await ask({ do: "listen", protocol, port });
      if (result !== "listening") throw new Error(`${name} cannot listen: ${String(result)}`);
    },
    attempt: (attempt) => ask({ do: "try", protocol: "TCP", ms: 400, ...attempt }),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.stdin.end();
      }),
  };
}

export interface TestPod extends Station {
  readonly ip: string;
  readonly hostInterface: string;
}

/**
 * A machine of its own: a namespace that plays the host, with a namespace behind it that plays the world. The instance's
 * namespace hangs on the test's host, never on the real one.
 */
export interface World {
  readonly layout: NetworkLayout;
  readonly hostNetns: string;
  /** The host's address in the world's network, and the world's own. */
  readonly hostIp: string;
  readonly outsideIp: string;
  /** Runs in the test's host namespace. */
  onHost(program: string, ...args: string[]): string;
  hostAddresses(): string[];
  station(where: "host" | "outside" | "inside"): Promise<Station>;
  /** A pod as CNI's ptp makes it: routed link, gateway on both ends. */
  pod(name: string, last: number): Promise<TestPod>;
  close(): Promise<void>;
}

let worlds = 0;

export function createWorld(): World {
  const id = `t${process.pid.toString(36)}${(worlds++).toString(36)}`.slice(-7);
  const [host, outside] = [`bht-${id}-host`, `bht-${id}-out`];
  const layout = networkLayout({
    instance: id,
    podCidr: "10.201.0.0/16",
    serviceCidr: "10.202.0.0/16",
    linkCidr: "192.168.255.0/29",
  });
  const [hostIp, outsideIp] = ["198.51.100.1", "198.51.100.2"];
  sh(`ip netns add ${host}; ip netns add ${outside}
ip -n ${host} link set lo up; ip -n ${outside} link set lo up
ip -n ${host} link add eth0 type veth peer eth0 netns ${outside}
ip -n ${host} address add ${hostIp}/24 dev eth0; ip -n ${host} link set eth0 up
ip -n ${outside} address add ${outsideIp}/24 dev eth0; ip -n ${outside} link set eth0 up
ip -n ${outside} address add 203.0.113.1/32 dev lo
ip -n ${host} route add default via ${outsideIp}
ip -n ${outside} route add ${layout.podCidr} via ${hostIp}
ip -n ${outside} route add ${layout.serviceCidr} via ${hostIp}`);
  const stations: Station[] = [];
  const namespaces = [host, outside];
  const start = async (name: string, netns: string): Promise<Station> => {
    const station = await startStation(name, `/run/netns/${netns}`);
    stations.push(station);
    return station;
  };
  return {
    layout,
    hostNetns: `/run/netns/${host}`,
    hostIp,
    outsideIp,
    onHost: (program, ...args) =>
      execFileSync("nsenter", [`--net=/run/netns/${host}`, "--", program, ...args], { encoding: "utf8" }),
    hostAddresses: () => [hostIp, layout.nodeAddress, layout.relayAddress],
    station: (where) => start(where, where === "host" ? host : where === "outside" ? outside : layout.netnsName),
    async pod(name, last) {
      const netns = `bht-${id}-${name}`;
      const hostInterface = `v${id}${last}`;
      const ip = `10.201.0.${last}`;
      sh(`ip netns add ${netns}
ip -n ${netns} link set lo up
ip -n ${layout.netnsName} link add ${hostInterface} type veth peer eth0 netns ${netns}
ip -n ${layout.netnsName} address add ${layout.gatewayAddress}/32 dev ${hostInterface}
ip -n ${layout.netnsName} link set ${hostInterface} up
ip -n ${layout.netnsName} route add ${ip}/32 dev ${hostInterface}
ip -n ${netns} address add ${ip}/32 dev eth0
ip -n ${netns} link set eth0 up
ip -n ${netns} route add ${layout.gatewayAddress}/32 dev eth0
ip -n ${netns} route add default via ${layout.gatewayAddress}`);
      namespaces.push(netns);
      return { ...(await start(name, netns)), ip, hostInterface };
    },
    async close() {
      await Promise.all(stations.map((station) => station.stop()));
      for (const netns of [...namespaces, layout.netnsName]) {
        try {
          execFileSync("ip", ["netns", "delete", netns], { stdio: "ignore" });
        } catch {
          // Never made, or gone already.
        }
      }
    },
  };
}
