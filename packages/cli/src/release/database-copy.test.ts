import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type InstancePaths, instancePaths, makeReleaseFolders } from "@bulkhead/host";
import { openStore, type Store } from "@bulkhead/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { abandonedName, databaseFacts, databaseFile, lostText, lostWrites } from "../instance/database.ts";
import { copyDatabase, restoreCopy, undoRestore } from "./database-copy.ts";

let root = "";
let paths: InstancePaths;
let store: Store | undefined;
const workerUrl = new URL("../../../store/src/writer-thread.ts", import.meta.url);
const user = process.getuid?.() ?? 0;
const users = { apiserver: user, controllers: user, dns: user, registry: user };

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "bulkhead-copy-"));
  paths = instancePaths(root);
  mkdirSync(paths.apiserver, { mode: 0o700 });
  await makeReleaseFolders(paths);
  await open();
});
afterEach(async () => {
  await store?.close();
  rmSync(root, { recursive: true });
});

const open = async (): Promise<void> => {
  store = await openStore({ folder: join(paths.apiserver, "store"), workerUrl });
};
const close = async (): Promise<void> => {
  await store?.close();
  store = undefined;
};
const key = (resource: string, name: string) => ({ group: "", resource, namespace: "n", name });
const write = (resource: string, name: string) =>
  store?.commit({
    writes: [
      {
        op: "put",
        key: key(resource, name),
        expect: undefined,
        bytes: (revision) => Buffer.from(`{"metadata":{"resourceVersion":"${revision}"}}`),
        labels: {},
        fields: {},
      },
    ],
  });

test("a copy is made beside the running store, tells what was written since, comes back, and is taken back", async () => {
  await write("configmaps", "a");
  const copy = await copyDatabase(paths, "one.db", Date.UTC(2026, 0, 1));
  expect(copy).toMatchObject({ file: "one.db", at: "2026-01-01T00:00:00.000Z", format: 1, revision: store?.head });
  await write("configmaps", "b");
  await write("configmaps", "b");
  await write("leases", "heartbeat");
  const lost = lostWrites(databaseFile(paths), copy);
  expect(lost).toEqual({ writes: 2, objects: ["configmaps n/b"], auditRecords: 0, since: copy.at });
  expect(lostText(lost)).toContain("2 writes since 2026-01-01 00:00:00 UTC are lost (configmaps n/b)");

  const head = store?.head ?? 0;
  await close();
  const abandoned = abandonedName(Date.now());
  await restoreCopy(paths, { users }, copy, abandoned);
  await open();
  expect([store?.get(key("configmaps", "a")), store?.get(key("configmaps", "b"))]).toMatchObject([{}, undefined]);
  // No revision is given out twice.
  expect(store?.head).toBeGreaterThan(head);

  await close();
  await undoRestore(paths, abandoned);
  await open();
  expect(store?.get(key("configmaps", "b"))).toBeDefined();
  expect(existsSync(join(root, "releases", "copies", abandoned))).toBe(false);
});

test("what cannot be read says so, and how much is lost is not made up", async () => {
  const copy = await copyDatabase(paths, "one.db", Date.now());
  expect(databaseFacts(join(root, "absent.db"))).toBeUndefined();
  const lost = lostWrites(join(root, "absent.db"), copy);
  expect(lost.writes).toBeUndefined();
  expect(lostText(lost)).toContain("how much that is cannot be told");
});
