/** `main.ts REPOSITORY`: three boots of one Debian guest; the last line counts as npm test's does. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { textProgress } from "@bulkhead/host";
import { type BaseImage, baseImage } from "./base-image.ts";
import { must } from "./command.ts";
import { formatAcknowledged, type Stage } from "./line.ts";
import { type Machine, switchOn } from "./machine.ts";
import { productDisk } from "./product-disk.ts";
import { shopRegistry } from "./shop-registry.ts";

const repository = process.argv[2];
if (repository === undefined) {
  process.stderr.write("usage: main.ts REPOSITORY\n");
  process.exit(2);
}
const cache = join(repository, ".cache", "guest");
const work = join(cache, "run");
const started = performance.now();
const say = (what: string): void =>
  void process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)}s  ${what}\n`);

/** Enough to be sure that the writers were under way; the plug is pulled in the middle of it. */
const acknowledgedBeforeCut = 300;
/** Of one boot, on a machine that does much else besides. */
const patience = 40 * 60_000;

let [passed, failed] = [0, 0];
const failures: string[] = [];
const last = new Map<number, number>();

interface Boot {
  readonly stage: Stage;
  readonly base: BaseImage;
  readonly product: string;
}

/** Switches the guest on for a stage and follows it to the stage's end; a stage that does not end fails. */
async function boot({ stage, base, product }: Boot): Promise<boolean> {
  say(`── ${stage}: switching the guest on`);
  const settings = [`bulkhead.stage=${stage}`, `bulkhead.acknowledged=${formatAcknowledged(last)}`];
  const output = join(work, `console-${stage}.log`);
  const machine = switchOn({ base, disk: join(work, "disk.ext4"), product, console: output, settings });
  const stop = (): void => machine.cut();
  process.once("exit", stop);
  const timer = setTimeout(() => {
    say(`${stage} is not done after ${patience / 60_000} minutes`);
    machine.cut();
  }, patience);
  const done = await follow(machine, stage);
  await machine.off;
  clearTimeout(timer);
  process.removeListener("exit", stop);
  if (done) return true;
  failed += 1;
  failures.push(`${stage}: the guest went off before it was done`);
  const said = await readFile(output, "utf8").catch(() => "");
  process.stdout.write(`the end of ${output}:\n${said.split("\n").slice(-60).join("\n")}\n`);
  return false;
}

async function follow(machine: Machine, stage: Stage): Promise<boolean> {
  let done = false;
  let acknowledged = 0;
  for await (const line of machine.lines) {
    switch (line.kind) {
      case "step":
        say(line.text);
        break;
      case "test":
        if (line.ok) passed += 1;
        else {
          failed += 1;
          failures.push(`${stage}: ${line.name}: ${line.why ?? ""}`);
        }
        say(`${line.ok ? "✓" : "✗"} ${line.name}${line.ok ? "" : `\n${line.why ?? ""}`}`);
        break;
      case "acknowledged":
        last.set(line.writer, line.number);
        acknowledged += 1;
        if (acknowledged === acknowledgedBeforeCut) {
          say(`${acknowledged} writes acknowledged, more under way: pulling the plug`);
          done = true;
          machine.cut();
        }
        break;
      case "done":
        done = true;
        // Only the first boot ends in order, by itself.
        if (line.stage === "power-cut") machine.cut();
        break;
    }
  }
  return done;
}

// No guest outlives its test.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => process.exit(1));
await mkdir(work, { recursive: true });
const progress = textProgress(process.stdout, () => performance.now());
const base = await baseImage(cache, repository, say);
const registry = await shopRegistry(cache, repository, progress);
say("packing the clone, its parts and the shop's images into a disk");
const product = await productDisk(work, repository, registry);
await must(["cp", "--sparse=always", base.disk, join(work, "disk.ext4")]);
for (const stage of ["first", "reboot", "power-cut"] as const) if (!(await boot({ stage, base, product }))) break;
if (failed === 0) for (const file of ["disk.ext4", "product.ext4"]) await rm(join(work, file), { force: true });
if (failures.length > 0) process.stdout.write(`\nFailed:\n${failures.map((f) => `  ${f}`).join("\n")}\n`);
say("done");
process.stdout.write(`\n${passed} passed, ${failed} failed, 0 skipped\n`);
process.exit(failed === 0 ? 0 : 1);
