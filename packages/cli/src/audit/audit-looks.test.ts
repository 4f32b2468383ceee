import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { auditLookFacts, lastOfMasters, noteAuditLook, readAuditLooks } from "./audit-looks.ts";

const now = Date.parse("2026-11-22T00:00:00Z");
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bulkhead-audit-"));
});
afterEach(() => rm(root, { recursive: true }));

const event = (groups: string[], userAgent: string, at: string) => ({
  user: { username: "kubernetes-admin", groups },
  userAgent,
  requestReceivedTimestamp: at,
});

test("who works as system:masters is found, the last time; this program, others and long ago are not", () => {
  const masters = ["system:masters", "system:authenticated"];
  const events = [
    event(masters, "kubectl/v1.36.4 (linux/amd64)", "2026-11-20T00:00:00Z"),
    event(masters, "helm/3", "2026-11-21T00:00:00Z"),
    event(masters, "bulkhead", "2026-11-21T01:00:00Z"),
    event(["system:authenticated"], "kubectl/v1.36.4", "2026-11-21T02:00:00Z"),
  ];
  const week = now - 7 * 86_400_000;
  expect(lastOfMasters(events, week)).toEqual({ at: "2026-11-21T00:00:00Z", with: "helm/3" });
  expect(lastOfMasters(events, now)).toBeUndefined();
  expect(lastOfMasters([event(masters, "bulkheads-of-others", "2026-11-21T00:00:00Z")], week)).toBeDefined();
});

test.runIf(process.getuid?.() === 0)("what was seen is added to what was noted, for root alone", async () => {
  expect(await readAuditLooks({ root })).toEqual({});
  await noteAuditLook({ root }, { verified: { ok: true, at: "2026-11-21T00:00:00Z" } });
  await noteAuditLook({ root }, { exported: "2026-11-21T00:00:00Z" });
  const looks = { verified: { ok: true, at: "2026-11-21T00:00:00Z" }, exported: "2026-11-21T00:00:00Z" };
  expect(await readAuditLooks({ root })).toEqual(looks);
  expect((await stat(join(root, "audit.json"))).mode & 0o777).toBe(0o600);
  await writeFile(join(root, "audit.json"), "{");
  expect(await readAuditLooks({ root })).toEqual({});
});

test("as facts: nothing is said of what nobody looked at; a checkpoint of long ago is none", () => {
  const where = join(root, "audit.json");
  expect(auditLookFacts({}, { root }, now)).toEqual({ checkpointsExported: { value: false, where } });
  const facts = auditLookFacts(
    {
      verified: { ok: false, at: "2026-11-21T00:00:00Z" },
      exported: "2026-11-01T00:00:00Z",
      masters: { at: "2026-11-21T00:00:00Z", last: { at: "2026-11-20T00:00:00Z", with: "kubectl/v1.36.4" } },
    },
    { root },
    now,
  );
  expect(facts.verified).toEqual({ value: { ok: false, at: "2026-11-21T00:00:00Z" }, where });
  expect(facts.checkpointsExported.value).toBe(true);
  expect(facts.mastersUsed).toEqual({ value: true, where: "the audit log: kubectl/v1.36.4 at 2026-11-20T00:00:00Z" });
  expect(auditLookFacts({ exported: "2026-10-01T00:00:00Z" }, { root }, now).checkpointsExported.value).toBe(false);
});
