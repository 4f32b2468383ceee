/**
 * Posture: every control over ten thousand objects, whole and after one change; the rank; the five changes that remove
 * most risk. Each is done in a process of its own, so that its peak of memory is its own.
 */
import { execFileSync } from "node:child_process";
import { bestChanges, type Change, controls, Evaluation, kindKeyOf, ObjectSet, rank } from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import { clusterObjects } from "./posture-cluster.ts";
import { median, report, round } from "./report.ts";

type Measured = Readonly<Record<string, number>>;

const settings = {
  defaults: "kubernetes",
  podSecurityDefault: "privileged",
  network: { nodeIps: [], closed: [] },
} as const;
const now = Date.parse("2026-11-21T00:00:00Z");

/** As a gatherer hands them over: each object decoded on its own. */
const gathered = (): KubeObject[] =>
  [...clusterObjects()].map((object) => JSON.parse(JSON.stringify(object)) as KubeObject);

/** Beside the time, the processor's: what else the machine does falls on the one and not on the other. */
function timed<T>(work: () => T): { readonly ms: number; readonly cpu: number; readonly result: T } {
  const start = performance.now();
  const used = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(used);
  return { ms: performance.now() - start, cpu: (user + system) / 1000, result };
}

const memory = (): number => process.resourceUsage().maxRSS / 1024;

function evaluated(): {
  readonly evaluation: Evaluation;
  readonly objects: readonly KubeObject[];
  readonly ms: number;
  readonly cpu: number;
} {
  const objects = gathered();
  const { result, ...times } = timed(
    () => new Evaluation({ objects: new ObjectSet(objects), controls, settings, now }),
  );
  return { evaluation: result, objects, ...times };
}

function whole(): Measured {
  const before = memory();
  const { evaluation, objects, ms, cpu } = evaluated();
  const tallies = evaluation.tallies();
  const checks = tallies.reduce((sum, t) => sum + t.passed + t.failed + t.accepted + t.unknown + t.errors, 0);
  return {
    objects: objects.length,
    controls: controls.length,
    checks,
    findings: evaluation.findings().length,
    errors: tallies.reduce((sum, t) => sum + t.errors, 0),
    "whole ms": round(ms),
    "of it CPU": round(cpu),
    "peak MB": round(memory()),
    "of it before MB": round(before),
  };
}

/** One object of each kind is touched (a label) and taken back, so many times. */
function changed(): Record<string, Measured> {
  const { evaluation, objects } = evaluated();
  const rows: Record<string, Measured> = {};
  for (const [kind, list] of Map.groupBy(objects, (object) => kindKeyOf(object))) {
    const times: number[] = [];
    for (let turn = 0; turn < 10; turn++) {
      const object = list[Math.floor((list.length * turn) / 10)] as KubeObject;
      const at = { kind, namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "" };
      const touched = {
        ...object,
        metadata: { ...object.metadata, labels: { ...object.metadata.labels, touched: "yes" } },
      };
      const apply = (change: Change): number => timed(() => evaluation.apply([change])).cpu;
      times.push(apply({ ...at, object: touched }), apply(at), apply({ ...at, object }));
    }
    rows[kind] = { "median CPU ms": round(median(times), 2), "worst CPU ms": round(Math.max(...times), 2) };
  }
  return rows;
}

/** The rank of all findings, and the five changes that remove most risk. */
function first(): Measured {
  const { evaluation } = evaluated();
  const once = timed(() => rank(evaluation));
  const again = timed(() => rank(evaluation));
  const best = timed(() => bestChanges(evaluation));
  return {
    findings: once.result.length,
    "rank CPU ms": round(once.cpu),
    "again CPU ms": round(again.cpu),
    "best changes ms": round(best.ms),
    "of it CPU": round(best.cpu),
    "risk before": best.result[0]?.before ?? 0,
    "risk after": best.result.at(-1)?.after ?? 0,
    "peak MB": round(memory()),
  };
}

const measurements = { whole, changed, first };
const [, , asked] = process.argv;
if (asked !== undefined && Object.hasOwn(measurements, asked)) {
  console.log(JSON.stringify(measurements[asked as keyof typeof measurements]()));
} else {
  const own = <T>(name: keyof typeof measurements): T =>
    JSON.parse(
      execFileSync(process.execPath, [import.meta.filename, name], { encoding: "utf8", maxBuffer: 2 ** 24 }),
    ) as T;
  report("posture, whole", [own<Record<string, unknown>>("whole")]);
  report("posture, what to do first", [own<Record<string, unknown>>("first")]);
  const rows = own<Record<string, Measured>>("changed");
  report(
    "posture, one change",
    Object.entries(rows).map(([kind, measured]) => ({ kind, ...measured })),
  );
}
