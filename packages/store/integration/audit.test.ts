import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  type AuditVerification,
  type Checkpoint,
  generateAuditKey,
  openAuditFile,
  tailAudit,
  verifyAudit,
} from "@bulkhead/audit";
import { describe, expect, it } from "vitest";
import type { Store } from "../src/index.ts";
import { freshFolder, key, open, put } from "./store-fixture.ts";

const signingKey = generateAuditKey();
const record = (text: string): Buffer => Buffer.from(JSON.stringify({ record: text }));
const textOf = (bytes: Uint8Array): string => (JSON.parse(Buffer.from(bytes).toString()) as { record: string }).record;
const texts = (store: Store): string[] => [...store.readAudit(1)].map((row) => textOf(row.record));

function verifyFile(folder: string, anchors: readonly Checkpoint[] = []): AuditVerification {
  const file = openAuditFile(join(folder, "store.db"));
  try {
    const checkpoints = [...file.checkpoints(), ...anchors];
    return verifyAudit({ instanceId: file.instanceId, rows: file.rows(1), checkpoints, keys: [signingKey] });
  } finally {
    file.close();
  }
}

/** Changes the file behind the store's back. */
function tamper(folder: string, sql: string): void {
  const db = new DatabaseSync(join(folder, "store.db"));
  db.exec(sql);
  db.close();
}

async function written(count: number): Promise<{ folder: string; anchor: Checkpoint }> {
  const folder = freshFolder();
  const store = await open({ folder, audit: { signingKey } });
  for (let i = 1; i <= count; i++) await store.appendAudit(record(`r${i}`), { durable: true });
  const anchor = await store.signAudit();
  await store.close();
  if (anchor === undefined) throw new Error("no checkpoint was made");
  return { folder, anchor };
}

describe("audit", () => {
  it("chains a write's record in the write's own commit, and none for a write that was refused", async () => {
    const store = await open();
    await store.commit({ writes: [put(key("a"), 0)], audit: record("create a") });
    await store.commit({ writes: [put(key("a"), 0)], audit: record("refused") }).catch(() => undefined);
    await store.appendAudit(record("refusal"), { durable: true });
    await store.commit({ writes: [], audit: record("no write") });
    expect(texts(store)).toEqual(["create a", "refusal", "no write"]);
    expect(store.auditHead.count).toBe(3);
  });

  it("takes records without a write along with a following commit, or writes them soon after", async () => {
    const store = await open();
    await store.appendAudit(record("read 1"), { durable: false });
    await store.appendAudit(record("read 2"), { durable: false });
    expect(store.auditHead.count).toBe(0);
    await store.commit({ writes: [put(key("a"), 0)], audit: record("create a") });
    expect(texts(store)).toEqual(["read 1", "read 2", "create a"]);
    await store.appendAudit(record("read 3"), { durable: false });
    await expect.poll(() => texts(store).at(-1), { timeout: 60_000 }).toBe("read 3");
    await store.appendAudit(record("at the end"), { durable: false });
  });

  it("keeps at close what still waited, and continues one chain over restarts", async () => {
    const folder = freshFolder();
    for (const run of [1, 2, 3]) {
      const store = await open({ folder, audit: { signingKey } });
      await store.appendAudit(record(`run ${run}`), { durable: false });
      await store.close();
    }
    expect(verifyFile(folder)).toMatchObject({ verdict: "intact", head: { count: 3 }, checkpoints: 3 });
  });

  it("signs the head after so many records, and hands each checkpoint out", async () => {
    const anchors: Checkpoint[] = [];
    const folder = freshFolder();
    const store = await open({ folder, audit: { signingKey, everyRecords: 10, onCheckpoint: (c) => anchors.push(c) } });
    for (let i = 0; i < 35; i++) await store.appendAudit(record(`r${i}`), { durable: true });
    await store.close();
    expect(anchors.length).toBeGreaterThanOrEqual(3);
    expect(anchors.at(-1)?.count).toBe(35);
    expect(verifyFile(folder, anchors).verdict).toBe("intact");
  });

  it("lets old records go only behind a signature that stands for them", async () => {
    const folder = freshFolder();
    const store = await open({ folder, audit: { signingKey, everyRecords: 20, keepRecords: 30 } });
    for (let i = 1; i <= 100; i++) await store.appendAudit(record(`r${i}`), { durable: true });
    await expect.poll(() => texts(store)[0], { timeout: 60_000 }).not.toBe("r1");
    await store.close();
    expect(verifyFile(folder)).toMatchObject({ verdict: "intact", head: { count: 100 } });
    tamper(folder, "DELETE FROM audit_checkpoint WHERE kind = 'prune'");
    expect(verifyFile(folder)).toMatchObject({ verdict: "missing", seq: 1 });
  });

  it("is followed from another connection while it is written", async () => {
    const folder = freshFolder();
    const store = await open({ folder });
    await store.appendAudit(record("one"), { durable: true });
    const file = openAuditFile(join(folder, "store.db"));
    const seen: string[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const row of tailAudit(file, 1, stop.signal)) {
        seen.push(textOf(row.record));
        if (seen.length === 1) await store.appendAudit(record("two"), { durable: true });
        if (seen.length === 2) stop.abort();
      }
    })();
    await following;
    file.close();
    expect(seen).toEqual(["one", "two"]);
  });

  it.each<[string, string, string, number]>([
    ["a changed record", "UPDATE audit SET record = x'7b7d' WHERE seq = 5", "tampered", 5],
    ["a changed hash", "UPDATE audit SET hash = zeroblob(32) WHERE seq = 5", "tampered", 5],
    ["a record taken out", "DELETE FROM audit WHERE seq = 5", "missing", 5],
    [
      "a record taken out and the rest renumbered",
      "DELETE FROM audit WHERE seq = 5; UPDATE audit SET seq = -seq WHERE seq > 5; UPDATE audit SET seq = -seq - 1 WHERE seq < 0",
      "missing",
      5,
    ],
    [
      "two records exchanged",
      "UPDATE audit SET seq = -1 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 6; UPDATE audit SET seq = 6 WHERE seq = -1",
      "reordered",
      5,
    ],
    ["the end cut off", "DELETE FROM audit WHERE seq > 7", "truncated", 8],
    ["everything cut off", "DELETE FROM audit", "truncated", 1],
    [
      "a changed checkpoint",
      `UPDATE audit_checkpoint SET checkpoint = replace(checkpoint, '"count":10', '"count":9')`,
      "forged",
      0,
    ],
  ])("detects %s", async (_, sql, verdict, seq) => {
    const { folder } = await written(10);
    expect(verifyFile(folder).verdict).toBe("intact");
    tamper(folder, sql);
    const found = verifyFile(folder);
    expect([found.verdict, found.seq ?? 0]).toEqual([verdict, seq]);
  });

  it("detects by an anchor kept elsewhere that end and checkpoints were cut off together", async () => {
    const { folder, anchor } = await written(10);
    tamper(folder, "DELETE FROM audit WHERE seq > 7; DELETE FROM audit_checkpoint");
    expect(verifyFile(folder).verdict).toBe("intact");
    expect(verifyFile(folder, [anchor])).toMatchObject({ verdict: "truncated", seq: 8 });
  });

  it("detects by an anchor that a store was put back to an older copy", async () => {
    const { folder } = await written(10);
    const store = await open({ folder, audit: { signingKey } });
    const older = join(freshFolder(), "..", "older.db");
    await store.backup(older);
    await store.appendAudit(record("later"), { durable: true });
    const anchor = await store.signAudit();
    await store.close();
    const file = openAuditFile(older);
    const options = { instanceId: file.instanceId, rows: file.rows(1), keys: [signingKey] };
    const verdict = verifyAudit({ ...options, checkpoints: anchor === undefined ? [] : [anchor] });
    file.close();
    expect(verdict).toMatchObject({ verdict: "truncated", seq: 11 });
  });
});
