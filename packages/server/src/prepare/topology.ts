import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type InstanceConfig, type InstancePaths, instancePaths, writeDurably } from "@bulkhead/host";
import type { NetworkLayout } from "@bulkhead/network";

/** What every program of the instance may know; run/topology.json, readable by all of them, no secrets in it. */
export interface Topology {
  readonly config: InstanceConfig;
  /** Undefined where only the API server runs. */
  readonly layout: NetworkLayout | undefined;
  /** `127.0.0.1:6445`: the machine's own registry as image names spell it. */
  readonly registry: string;
}

const file = (paths: InstancePaths): string => join(paths.run, "topology.json");

export const writeTopology = (paths: InstancePaths, topology: Topology): Promise<void> =>
  writeDurably(file(paths), `${JSON.stringify(topology, undefined, 2)}\n`, 0o644);

export async function readTopology(root: string): Promise<Topology> {
  return JSON.parse(await readFile(file(instancePaths(root)), "utf8")) as Topology;
}
