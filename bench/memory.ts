/**
 * Proportional set size of all processes of a whole idle instance, then with the shop running. `node bench/memory.ts`, as
 * root. Pages shared with other programs count in part: beside another instance each looks smaller.
 */
import { bulkhead, startInstance, whyNot } from "../e2e/instance/instance.ts";
import { cleanup } from "./cleanup.ts";
import { instanceMemory } from "./process-memory.ts";
import { median, report, round } from "./report.ts";

const why = whyNot();
if (why !== undefined) {
  console.log(`memory: skipped, ${why}`);
  process.exit(0);
}
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const instance = await startInstance();
const close = cleanup(() => instance.remove());
try {
  const idle = await settled();
  const demo = await bulkhead("demo", "--no-attack", "--root", instance.root, "--port", String(instance.port));
  const shop = demo.code === 0 ? await settled() : undefined;
  const rows = Object.keys({ ...idle, ...shop }).map((process) => ({
    process,
    "idle MB": round(idle[process] ?? 0),
    "with the shop MB": shop === undefined ? "skipped" : round(shop[process] ?? 0),
  }));
  report("memory of a whole instance, proportional set size (aim: under 250 MB idle)", [
    ...rows,
    {
      process: "all",
      "idle MB": round(sum(idle)),
      "with the shop MB": shop === undefined ? "skipped" : round(sum(shop)),
    },
  ]);
  if (shop === undefined) console.log(`shop: skipped, it did not start: ${demo.stderr.trim().split("\n").at(-1)}`);
} finally {
  await close();
}

/** Medians of three looks, after what starting left behind was collected. */
async function settled(): Promise<Record<string, number>> {
  await pause(15_000);
  const looks: Record<string, number>[] = [];
  for (let look = 0; look < 3; look++) {
    looks.push(instanceMemory(instance.root));
    await pause(2000);
  }
  const names = new Set(looks.flatMap((look) => Object.keys(look)));
  return Object.fromEntries([...names].map((name) => [name, median(looks.map((look) => look[name] ?? 0))]));
}

function sum(sizes: Readonly<Record<string, number>>): number {
  return Object.values(sizes).reduce((total, size) => total + size, 0);
}
