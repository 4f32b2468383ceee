/** Keeps an instance's processes alive: `supervisor ROOT`. Root, no network, nothing held but the table of its children. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { identify, instancePaths, isAlive, readInstance, readState } from "@bulkhead/host";
import { probeMachine } from "@bulkhead/kubelet";
import { openSocketInNamespace } from "@bulkhead/network";
import { supervisorCapabilities } from "../prepare/capabilities.ts";
import { currencyKeeper } from "../supervisor/keep-current.ts";
import { keepOnly } from "../supervisor/keep-only.ts";
import { supervise } from "../supervisor/supervisor.ts";
import { collectAtRest } from "../wiring/collect-at-rest.ts";
import { fatal, jsonLog, rootArgument, untilStopped } from "../wiring/json-log.ts";
import { nodePolicyPublisher } from "../wiring/node-policy-copy.ts";

const root = rootArgument("supervisor");
keepOnly(supervisorCapabilities(probeMachine().apparmor));
const log = jsonLog("supervisor");
const paths = instancePaths(root);

const instance = await readInstance(root);
if (instance === undefined) throw new Error(`${root} holds no instance`);
const before = (await readState(paths.run)).supervisor;
if (before !== undefined && before.pid !== process.pid && isAlive(before)) {
  process.stderr.write(`supervisor: process ${before.pid} looks after ${root} already\n`);
  process.exit(2);
}
log.info({ root, pid: identify(process.pid)?.pid }, "looking after the instance");

/** Certificates are renewed by a program of its own, which alone reads the authorities' keys. */
const renew = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(paths.programs, "prepare.mjs"), root, "renew"], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`prepare renew ended with ${code}`))));
  });

// A newer supervisor takes over: this one leaves at once and leaves everything running.
process.on("SIGHUP", () => process.exit(0));

/** Root's, as it changes what root runs: the command itself, so that there is one way to do it. */
const keeper = currencyKeeper({
  command: [process.execPath, join(paths.programs, "bulkhead.mjs"), "current", "keep", "--root", root],
  env: { ...process.env, BULKHEAD_DISTRIBUTION: paths.programs },
  files: [
    join(paths.root, "advisories", "advisories.db"),
    join(paths.root, "advisories", "advisories.db-wal"),
    join(paths.parts, "parts.json"),
    join(paths.root, "currency", "holds.json"),
    join(paths.root, "currency", "outcomes.json"),
  ],
  complaint: "what has grown old could not be looked at",
  log,
});
const followed = join(paths.root, "advisories", "following.json");
/** Advisories that root wants taken in by themselves: a process of its own, since a mirror may take its time. */
const refresher = currencyKeeper({
  command: [process.execPath, join(paths.programs, "bulkhead.mjs"), "advisories", "refresh", "--root", root],
  env: { ...process.env, BULKHEAD_DISTRIBUTION: paths.programs },
  files: [followed],
  wanted: () => existsSync(followed),
  complaint: "advisories could not be refreshed",
  log,
});
const publishPolicy = nodePolicyPublisher(paths, log);

const build = await readFile(join(paths.programs, "built"), "utf8").catch(() => undefined);
collectAtRest();
await supervise(
  {
    runDirectory: paths.run,
    instanceId: instance.id,
    logDirectory: paths.logs,
    build,
    log,
    openSocket: (s) => openSocketInNamespace(s.namespace, s.address, s.port, s.kind),
    renew,
    publish: async () => {
      await publishPolicy();
      if (instance.onlyApiserver) return;
      keeper.tick();
      refresher.tick();
    },
  },
  untilStopped(),
).catch(fatal(log, "the supervisor failed"));
await Promise.all([keeper.stop(), refresher.stop()]);
log.info({}, "stopped");
process.exit(0);
