import {
  byGravity,
  examine,
  type Finding,
  type InstancePaths,
  instancePaths,
  lookAtMachine,
  preventsRunning,
  readInstance,
  readState,
  worstLine,
} from "@bulkhead/host";
import type { TimedAllowance } from "@bulkhead/policy";
import { readNodePolicy } from "../allow/node-file.ts";
import { allowanceFindings } from "../doctor/allowance-findings.ts";
import { registryFindings } from "../doctor/registry-findings.ts";
import { supervised } from "../instance/supervision.ts";
import { readRegistries } from "../registry/registries-file.ts";

export interface DoctorReport {
  readonly root: string;
  /** Whether Bulkhead can run here. */
  readonly runs: boolean;
  /** The gravest first. */
  readonly findings: readonly Finding[];
}

/** The ports that an instance will want, unless it holds them already. */
async function wantedPorts(paths: InstancePaths): Promise<number[]> {
  const config = await readInstance(paths.root).catch(() => undefined);
  if (config === undefined) return [6443, 6444, 6445];
  if (supervised(await readState(paths.run))) return [];
  return config.onlyApiserver ? [config.port] : [config.port, config.agentPort, config.registryPort];
}

/** What the machine has and lacks for the instance at `root`, which need not exist yet. */
export async function doctor(root: string): Promise<DoctorReport> {
  const paths = instancePaths(root);
  const facts = await lookAtMachine({ root: paths.root, parts: paths.parts, ports: await wantedPorts(paths) });
  const allowed = await nodeAllowances(paths.root);
  const now = Date.now();
  const findings = byGravity([
    ...examine(facts),
    ...allowanceFindings(allowed, now, paths.root),
    ...registryFindings(await readRegistries(paths), now, paths),
  ]);
  return { root: paths.root, runs: !preventsRunning(findings), findings };
}

/** What the node's own file allows for a while; nothing where it cannot be read (it is judged when it is asked). */
export async function nodeAllowances(root: string): Promise<readonly TimedAllowance[]> {
  const policy = await readNodePolicy(root).catch(() => undefined);
  return policy?.allowances ?? [];
}

/** The gravest of it in one line, from a look that takes milliseconds; undefined where there is nothing to warn of. */
export async function doctorLine(paths: InstancePaths): Promise<string | undefined> {
  return worstLine(examine(await lookAtMachine({ root: paths.root, parts: paths.parts, thorough: false })));
}
