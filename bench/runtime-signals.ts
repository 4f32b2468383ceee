/**
 * What it costs to watch the containers of a node: the whole way of the product's signals, from the look at /proc to what is judged of
 * it, with the watch of starting programs. 100 containers of three processes, in cgroups named as a runtime names them, each with an
 * overlay as its root and a network of its own, whose programs start another one every so often, as probes do. One look in six reads
 * written files, mounts and loaded code too, as the product does. Processor time of this process and of what it starts, a look and as
 * a share of one core. Run as root: node bench/runtime-signals.ts
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Log, Pod } from "../packages/api/src/index.ts";
import type { Client, EventRecorder } from "../packages/client/src/index.ts";
import { observeContainers } from "../packages/server/src/signals/observe.ts";
import { watchStarts } from "../packages/server/src/signals/started-programs.ts";
import { watchSignals } from "../packages/server/src/signals/watch-signals.ts";
import {
  enterContainer,
  inNamespaces,
  makeContainerGroup,
  makeImage,
} from "../packages/server/src/testing/container-on-foot.ts";

const containers = 100;
/** Whole rounds of six looks; the first is not counted. */
const rounds = 5;
const filesEvery = 6;
/** Seconds: between two looks here, and in the product; between two programs that a container starts. */
const pace = { here: 1, product: 10, starts: 10 };

const folder = mkdtempSync(join(tmpdir(), "bulkhead-bench-"));
const children: ChildProcess[] = [];
const cgroups: string[] = [];

function begin(index: number): Pod {
  const group = makeContainerGroup();
  if (group === undefined) throw new Error("no cgroup can be made here");
  cgroups.push(group.cgroup);
  // The product looks ten times as seldom as this bench: what starts comes ten times as fast to be in proportion.
  const life = `sleep 600 & sleep 600 & while :; do sleep ${(pace.starts * pace.here) / pace.product}; done`;
  const [program, words] = inNamespaces(group, enterContainer(folder, String(index), life));
  children.push(spawn(program, words, { stdio: "ignore", detached: true }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "bench", name: `p${index}`, uid: `u${index}` },
    spec: { nodeName: "here", containers: [{ name: "c" }] },
    status: {
      containerStatuses: [
        {
          name: "c",
          image: "i",
          imageID: "i",
          containerID: `containerd://${group.id}`,
          ready: true,
          restartCount: 0,
          state: { running: {} },
        },
      ],
    },
  };
}

/** Milliseconds of processor that a process has had; the kernel counts in hundredths of a second. */
function timeOf(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
const teller = (): string =>
  readFileSync(`/proc/self/task/${process.pid}/children`, "utf8")
    .split(" ")
    .find((pid) => pid !== "" && readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "perl") ?? "";

if (process.getuid?.() !== 0) {
  process.stdout.write("skipped: needs root and a cgroup hierarchy\n");
  process.exit(0);
}
const told: unknown[] = [];
const log: Log = {
  debug() {},
  info() {},
  error: (...said) => void told.push(said),
  warn: (...said) => void told.push(said),
};
try {
  makeImage(folder, ["sh", "sleep"]);
  const pods = Array.from({ length: containers }, (_, index) => begin(index));
  await pause(5000);
  let looks = 0;
  let seen = 0;
  let heard = 0;
  const counted: { own: number; teller: number; looks: number }[] = [];
  const starts = watchStarts({ log });
  const watch = watchSignals({
    client: {} as Client,
    evicter: {} as Client,
    events: { event: (...said: unknown[]) => void told.push(said) } as unknown as EventRecorder,
    nodeName: "here",
    layers: folder,
    pods: () => pods,
    services: () => [],
    namespaces: () => [],
    policies: () => [],
    log,
    starts,
    pace: { every: pace.here * 1000, filesEvery },
    observe: async (options) => {
      const observed = await observeContainers(options);
      seen = observed.size;
      heard += options.started?.size ?? 0;
      if (looks++ % filesEvery === 0) {
        const { user, system } = process.cpuUsage();
        counted.push({ own: (user + system) / 1000, teller: timeOf(teller()), looks });
      }
      return observed;
    },
  });
  while (counted.length < rounds + 2) await pause(1000);
  await watch.close();
  const [first, last] = [counted[1], counted.at(-1)];
  if (first === undefined || last === undefined || seen !== containers || heard === 0)
    throw new Error(`not everything was seen: ${seen} containers, ${heard} with programs that started`);
  if (told.length > 0) throw new Error(`something was told of an ordinary life: ${JSON.stringify(told[0])}`);
  const share = (milliseconds: number): string =>
    `${(milliseconds / (last.looks - first.looks)).toFixed(1)} ms a look, ${(milliseconds / (last.looks - first.looks) / 10 / pace.product).toFixed(2)} percent of a core`;
  const all = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).length;
  process.stdout.write(
    `${containers} containers, ${containers * 3} processes of ${all} on the machine, ${containers} starts of programs between two looks: ` +
      `looking and judging ${share(last.own - first.own)}; hearing of starts, of the whole machine's, ${share(last.teller - first.teller)} (aim for both: under 1)\n`,
  );
} finally {
  for (const child of children)
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  await pause(1000);
  for (const cgroup of cgroups) if (existsSync(cgroup)) rmdirSync(cgroup);
  rmSync(folder, { recursive: true, force: true });
}
