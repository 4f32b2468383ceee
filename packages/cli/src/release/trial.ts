import { constants } from "node:fs";
import { chmod, chown, copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StatusError } from "@bulkhead/api";
import { discoverResources } from "@bulkhead/client";
import {
  type DatabaseCopy,
  endMarked,
  type InstanceConfig,
  type InstancePaths,
  instancePaths,
  readInstance,
  releaseFolders,
  removeInstance,
  run,
  type SelfTestStep,
  settleInstance,
  writeDurably,
} from "@bulkhead/host";
import { keyOfPath } from "@bulkhead/store";
import { adminClient } from "../instance/admin-client.ts";
import { stopSupervisor } from "../instance/supervision.ts";
import { Rounds, runWatched } from "./run-watched.ts";

/** What a throwaway instance lies under; such a one is nobody's to ask. */
const trialPrefix = "trial-";

/** Longest that a release's API server may take to be ready on a copy of the data. */
const patience = 60_000;

/** The environment in which a release's own command runs: nothing of the caller's. */
export const releaseEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
  NO_COLOR: "1",
  BULKHEAD_DISTRIBUTION: folder,
});

/**
 * Tries a staged release on a copy of the database: its own command brings an API server up in a throwaway root, with
 * users and a port of its own, which opens the copy (its format goes up there, if it does), unseals it, and is asked for
 * every object; then the audit chain is verified by the release's own command. Nothing that runs is touched, and nothing
 * stays. Needs root.
 */
export async function tryRelease(
  staged: string,
  paths: InstancePaths,
  config: InstanceConfig,
  copy: DatabaseCopy,
): Promise<SelfTestStep[]> {
  const steps: SelfTestStep[] = [];
  const step = (what: string, passed: boolean, says: string): boolean => {
    steps.push({ what, passed, says: says.slice(0, 300) });
    return passed;
  };
  const { releases, copies } = releaseFolders(paths);
  const root = await mkdtemp(join(releases, trialPrefix));
  const trial = instancePaths(root);
  let made: InstanceConfig | undefined;
  try {
    // Its users pass through on the way to their own folders.
    await chmod(root, 0o755);
    made = await settleInstance({ root, defaults: config.defaults, port: await freePort(), onlyApiserver: true });
    await lend(paths, trial, made, join(copies, copy.file));
    await symlink(staged, trial.programs);
    const bulkhead = [join(staged, "node"), join(staged, "bulkhead.mjs")];
    const env = releaseEnvironment(staged);
    const up = await runWatched([...bulkhead, "up", "--detach", "--only=apiserver", "--root", root, "-o", "json"], {
      env,
      run: trial.run,
      rounds: new Rounds(),
      timeout: patience,
    });
    const said = up.well ? "" : `${up.why}: ${await lastLine(join(trial.logs, `${up.round ?? "apiserver"}.log`))}`;
    if (!step("its API server opens a copy of the database", up.well, said)) return steps;
    const stored = storedObjects(join(copies, copy.file));
    const missing = await notServed(trial, stored).catch((error: unknown) =>
      // It was up a moment ago.
      error instanceof StatusError ? error : Promise.reject(error),
    );
    const whole = !(missing instanceof StatusError) && missing.length === 0;
    const says = whole
      ? `${stored.size} objects`
      : missing instanceof StatusError
        ? missing.message
        : `not served: ${missing.slice(0, 5).join(", ")}`;
    if (!step("every object is there, Secrets unsealed", whole, says)) return steps;
    const keys = [paths, trial].flatMap(({ pki }) => ["--key", join(pki, "apiserver", "audit.pub")]);
    const chain = await run([...bulkhead, "audit", "verify", "--root", root, ...keys, "-o", "json"], {
      env,
      timeout: patience,
    });
    step(
      "the audit chain holds",
      chain.code === 0,
      chain.code === 0 ? `${copy.auditRecords} records` : tail(chain.stderr),
    );
    return steps;
  } finally {
    await removeTrial(root, made);
  }
}

async function removeTrial(root: string, made: InstanceConfig | undefined): Promise<void> {
  const trial = instancePaths(root);
  await stopSupervisor(trial).catch(() => false);
  if (made === undefined) return rm(root, { recursive: true });
  await endMarked(made.id);
  await removeInstance(trial, made);
}

/** Removes what a trial left that was ended in the middle, its processes first. */
export async function clearTrials(paths: InstancePaths): Promise<void> {
  const { releases } = releaseFolders(paths);
  for (const name of await readdir(releases))
    if (name.startsWith(trialPrefix)) {
      const root = join(releases, name);
      await removeTrial(root, await readInstance(root).catch(() => undefined));
    }
}

const tail = (text: string): string => text.trim().split("\n").at(-1) ?? "";

async function lastLine(file: string): Promise<string> {
  return tail(await readFile(file, "utf8").catch(() => ""));
}

/** Gives the trial its copy of the data and of the master key that opens it, as its own user's. */
async function lend(paths: InstancePaths, trial: InstancePaths, made: InstanceConfig, copy: string): Promise<void> {
  const owner = { uid: made.users.apiserver, gid: made.users.apiserver };
  const [store, keys] = [join(trial.apiserver, "store"), join(trial.apiserver, "keys")];
  for (const folder of [trial.apiserver, store, keys]) await mkdir(folder, { mode: 0o700 });
  await copyFile(copy, join(store, "store.db"));
  await chown(join(store, "store.db"), owner.uid, owner.gid);
  // It lies in another user's folder: a link there would lead root elsewhere.
  const key = await open(join(paths.apiserver, "keys", "master.key"), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await writeDurably(join(keys, "master.key"), await key.readFile(), 0o600, owner);
  } finally {
    await key.close();
  }
  for (const folder of [store, keys, trial.apiserver]) await chown(folder, owner.uid, owner.gid);
}

/** They come and go by themselves. */
const passing = new Set(["leases", "events"]);

/** Every object of a database, as `group/resource/namespace/name`. */
function storedObjects(file: string): Set<string> {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return new Set(
      db
        .prepare("SELECT path FROM current")
        .all()
        .map((row) => String(row["path"]))
        .filter((path) => !passing.has(keyOfPath(path)?.resource ?? "")),
    );
  } finally {
    db.close();
  }
}

/** Which of them the trial's API does not serve. Secrets are read whole: each is unsealed for that. */
async function notServed(trial: InstancePaths, stored: ReadonlySet<string>): Promise<string[]> {
  const client = await adminClient(trial);
  try {
    const wanted = new Set([...stored].map((path) => path.split("/").slice(0, 2).join("/")));
    const { found } = await discoverResources(client);
    const served = new Set<string>();
    for (const { resource, preferred, verbs } of found) {
      const kind = `${resource.group}/${resource.resource}`;
      if (!preferred || !verbs.includes("list") || !wanted.has(kind)) continue;
      const { items } = await client.list(resource, { metadataOnly: kind !== "/secrets" });
      for (const { metadata } of items) served.add(`${kind}/${metadata.namespace ?? ""}/${metadata.name ?? ""}`);
    }
    return [...stored].filter((path) => !served.has(path));
  } finally {
    client.close();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? Math.min(address.port, 65_000) : 0));
    });
  });
}
