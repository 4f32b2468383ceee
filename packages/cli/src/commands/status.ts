import { readFile } from "node:fs/promises";
import { type Client, resources } from "@bulkhead/client";
import {
  type Finding,
  type InstanceConfig,
  type InstancePaths,
  isAlive,
  type PartsManifest,
  readParts,
  readState,
} from "@bulkhead/host";
import { parseTime, type TimedAllowance } from "@bulkhead/policy";
import { fromNow } from "../allow/allow-text.ts";
import { registryFindings } from "../doctor/registry-findings.ts";
import { adminClient } from "../instance/admin-client.ts";
import type { FoundInstance } from "../instance/find-instance.ts";
import { supervised } from "../instance/supervision.ts";
import { columns, harmless, paint } from "../output/print.ts";
import { readRegistries } from "../registry/registries-file.ts";
import { doctorLine, nodeAllowances } from "./doctor.ts";

export interface ProcessLine {
  readonly name: string;
  readonly pid: number | undefined;
  readonly running: boolean;
  readonly restarts: number;
  /** Proportional set size in KiB, where it can be read. */
  readonly memory: number | undefined;
}

export interface StatusReport {
  readonly root: string;
  readonly config: InstanceConfig;
  readonly supervised: boolean;
  readonly processes: readonly ProcessLine[];
  readonly api: "ready" | "not ready" | "unreachable";
  readonly node: string | undefined;
  readonly pods: Readonly<Record<string, number>> | undefined;
  readonly parts: PartsManifest | undefined;
  /** What the node's own file allows for a while, ended or not. */
  readonly nodeAllowances: readonly TimedAllowance[];
  /** What stands out in how registries are reached. */
  readonly registries: readonly Finding[];
  /** When this was asked: milliseconds since the epoch. */
  readonly now: number;
  /** The gravest of what bulkhead doctor finds, in one line; undefined where there is nothing to warn of. */
  readonly doctor: string | undefined;
  readonly healthy: boolean;
}

async function memoryOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const found = /^Pss:\s+(\d+) kB/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** What runs, as it is now. */
export async function status({ paths, config }: FoundInstance): Promise<StatusReport> {
  const state = await readState(paths.run);
  const processes: ProcessLine[] = [];
  const all = state.supervisor === undefined ? [] : [{ name: "supervisor", identity: state.supervisor, restarts: 0 }];
  for (const process of [...all, ...state.processes]) {
    const running = process.identity !== undefined && isAlive(process.identity);
    const pid = process.identity?.pid;
    processes.push({
      name: process.name,
      pid,
      running,
      restarts: process.restarts,
      memory: running && pid !== undefined ? await memoryOf(pid) : undefined,
    });
  }
  const seen = await askApi(paths);
  const up = supervised(state);
  return {
    root: paths.root,
    config,
    supervised: up,
    processes,
    ...seen,
    parts: await readParts(paths.parts),
    nodeAllowances: await nodeAllowances(paths.root),
    registries: registryFindings(await readRegistries(paths), Date.now(), paths),
    now: Date.now(),
    doctor: await doctorLine(paths),
    healthy:
      up &&
      processes.every((p) => p.running) &&
      seen.api === "ready" &&
      (config.onlyApiserver || seen.node === "Ready"),
  };
}

async function askApi(paths: InstancePaths): Promise<Pick<StatusReport, "api" | "node" | "pods">> {
  let client: Client | undefined;
  try {
    client = await adminClient(paths);
    const ready = await client.raw("GET", "/readyz");
    if (ready.status !== 200) return { api: "not ready", node: undefined, pods: undefined };
    const nodes = await client.list(resources.nodes);
    const condition = nodes.items[0]?.status?.conditions?.find((c) => c.type === "Ready");
    const pods: Record<string, number> = {};
    for (const pod of (await client.list(resources.pods)).items) {
      const phase = pod.status?.phase ?? "Unknown";
      pods[phase] = (pods[phase] ?? 0) + 1;
    }
    const node =
      condition === undefined
        ? undefined
        : condition.status === "True"
          ? "Ready"
          : `not ready: ${harmless(condition.message ?? "")}`;
    return { api: "ready", node, pods };
  } catch {
    return { api: "unreachable", node: undefined, pods: undefined };
  } finally {
    client?.close();
  }
}

function allowanceLines({ nodeAllowances: all, now }: StatusReport): string[] {
  return all.map(({ rule, value, author, reason, expires }) => {
    const end = parseTime(expires);
    const what = harmless(`${rule} ${value}`);
    return end > now
      ? `${paint("yellow", "!")} this node allows ${what} for a while: it ends ${fromNow(end, now)} (${harmless(`${author}: ${reason}`)})`
      : `${paint("yellow", "!")} this node allows ${what} no longer: it ended ${fromNow(end, now)}; bulkhead doctor says what to do`;
  });
}

/** The report for a person. */
export function statusText(report: StatusReport): string {
  const mark = (good: boolean): string => (good ? paint("green", "●") : paint("red", "●"));
  const { config } = report;
  const memory = report.processes.reduce((sum, p) => sum + (p.memory ?? 0), 0);
  const pods = Object.entries(report.pods ?? {}).map(([phase, n]) => `${n} ${phase}`);
  return [
    `${mark(report.healthy)} ${paint("bold", "Bulkhead")} at ${report.root}, ${config.defaults === "bulkhead" ? "secure defaults" : paint("yellow", "upstream's open defaults")}`,
    "",
    columns([
      ["  API", `https://${config.listen}:${config.port}`, report.api],
      ...(config.onlyApiserver
        ? []
        : [
            ["  Node", config.nodeName, report.node ?? "unknown"],
            ["  Pods", pods.length === 0 ? "none" : pods.join(", "), ""],
            ["  Registry", `127.0.0.1:${config.registryPort}`, ""],
          ]),
    ]),
    "",
    columns([
      ["  PROCESS", "PID", "RESTARTS", "MEMORY"].map((c) => paint("dim", c)),
      ...report.processes.map((p) => [
        `${mark(p.running)} ${p.name}`,
        p.pid === undefined ? "-" : String(p.pid),
        String(p.restarts),
        p.memory === undefined ? "-" : `${(p.memory / 1024).toFixed(1)} MB`,
      ]),
      ["  in all", "", "", `${(memory / 1024).toFixed(1)} MB`],
    ]),
    "",
    columns((report.parts?.parts ?? []).map((p) => [`  ${p.name}`, p.version, `Debian ${p.suite}`])),
    ...allowanceLines(report),
    ...report.registries.map(
      ({ what, consequence }) => `${paint("yellow", "!")} ${harmless(`${what}: ${consequence}`)}`,
    ),
    ...(report.doctor === undefined ? [] : [`${paint("yellow", "!")} ${report.doctor}; all of it: bulkhead doctor`]),
  ].join("\n");
}
