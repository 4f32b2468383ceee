import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@bulkhead/api";
import { importAdvisories, openStillAdvisories, readRefreshState, refreshFiles } from "@bulkhead/images";
import type { Refresh } from "@bulkhead/policy";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Comparison } from "./compare-generations.ts";
import { openRefreshGate, type StillAdvisories } from "./refresh-gate.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bulkhead-refresh-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const accepts: Comparison = { decision: "accept", because: [], newlyRefused: [] };
const holds: Comparison = {
  decision: "hold",
  because: [{ rule: "newly-refused", says: "it would newly refuse 2 of 9 running images: more than a tenth" }],
  newlyRefused: [{ image: "registry.example/shop/web@sha256:1", says: "CVE-2026-9 is Critical" }],
};

/** Imports so many advisories, as the command does, and looks as the agent does. */
async function setUp() {
  const database = join(folder, "advisories", "advisories.db");
  const told: string[] = [];
  const compared: { fresh: StillAdvisories; sources: Refresh["sources"] }[] = [];
  let answer = accepts;
  const open = () =>
    openRefreshGate({
      imported: database,
      nodeName: "node-1",
      log: silentLog,
      events: {
        event: (about, type, reason, message) =>
          void told.push(`${about.kind}/${about.metadata.name} ${type} ${reason}: ${message}`),
      },
    });
  let gate = await open();
  let watch = gate.watch();
  return {
    database,
    told,
    compared,
    files: refreshFiles(database),
    get gate() {
      return gate;
    },
    get watch() {
      return watch;
    },
    restart: async () => {
      gate = await open();
      watch = gate.watch();
    },
    answers(next: Comparison) {
      answer = next;
    },
    async imports(count: number, more: { accept?: boolean } = {}) {
      const from = join(folder, "mirror", "PyPI");
      await rm(from, { recursive: true, force: true });
      await mkdir(from, { recursive: true });
      for (let i = 0; i < count; i++)
        await writeFile(
          join(from, `PYSEC-2026-${i}.json`),
          JSON.stringify({
            schema_version: "1.6.0",
            id: `PYSEC-2026-${i}`,
            modified: "2026-11-01T00:00:00Z",
            affected: [
              {
                package: { ecosystem: "PyPI", name: `package-${i}` },
                ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "2.0" }] }],
              },
            ],
          }),
        );
      return importAdvisories({
        file: database,
        location: join(folder, "mirror"),
        accept: more.accept === true,
        now: Date.parse("2026-11-21T12:00:00Z"),
      });
    },
    /** Twice, since a database that changes between two looks is still being written. */
    async settles(): Promise<boolean> {
      const look = () =>
        gate.settle(async (fresh, sources) => {
          compared.push({ fresh, sources });
          return answer;
        });
      return (await look()) || (await look());
    },
    decides: (decision: "accept" | "reject", generation: string) =>
      writeFile(
        refreshFiles(database).decision,
        JSON.stringify({ format: 1, decision, generation, by: "alice", at: 0, reason: "the feed is right" }),
      ),
    async records(): Promise<number> {
      const { file } = await watch.hold();
      if (file === undefined) return 0;
      const opened = openStillAdvisories(file);
      try {
        return opened.sources().reduce((sum, source) => sum + source.records, 0);
      } finally {
        opened.close();
      }
    },
  };
}

test("nothing imported: nothing is in use", async () => {
  const s = await setUp();
  expect(await s.settles()).toBe(false);
  expect(await s.watch.hold()).toMatchObject({ file: undefined, generation: "none" });
  expect(await s.watch.present()).toBe(false);
});

test("the first import is used at once, a later one after it was compared", async () => {
  const s = await setUp();
  await s.imports(3);
  expect(await s.settles()).toBe(true);
  expect(s.compared).toEqual([]);
  expect([await s.records(), await s.watch.changed()]).toEqual([3, false]);
  await s.imports(5);
  expect(await s.settles()).toBe(true);
  expect(s.compared.map(({ sources }) => sources)).toEqual([[{ name: "osv/PyPI", before: 3, after: 5 }]]);
  expect(await s.watch.changed()).toBe(true);
  expect(await s.records()).toBe(5);
  // Who follows them too misses nothing of it.
  const other = s.gate.watch();
  expect([await other.changed(), await s.watch.changed()]).toEqual([true, false]);
  expect(await s.settles()).toBe(false);
  expect(s.told).toEqual([]);
});

test("a held one is told once and not used, over a restart too, until it is accepted", async () => {
  const s = await setUp();
  await s.imports(3);
  await s.settles();
  s.answers(holds);
  await s.imports(4);
  expect(await s.settles()).toBe(false);
  expect(await s.records()).toBe(3);
  expect(s.told).toEqual([expect.stringMatching(/^Node\/node-1 Warning AdvisoriesHeld: .*2 of 9 running images/)]);
  expect(await readRefreshState(s.database)).toMatchObject({
    held: { sources: ["osv/PyPI"], because: [expect.stringMatching(/2 of 9/)], newlyRefused: holds.newlyRefused },
  });
  await s.restart();
  expect(await s.settles()).toBe(false);
  expect([s.compared.length, s.told.length, await s.records()]).toEqual([1, 1, 3]);

  await s.decides("accept", "another");
  expect(await s.settles()).toBe(false);
  expect(existsSync(s.files.decision)).toBe(false);

  await s.decides("accept", s.gate.held()?.generation ?? "");
  expect(await s.settles()).toBe(true);
  expect([s.gate.held(), await s.records(), existsSync(s.files.decision)]).toEqual([undefined, 4, false]);
  expect(s.told.at(-1)).toBe(
    "Node/node-1 Warning AdvisoriesAccepted: A held refresh of the advisories was accepted on this machine by alice: the feed is right",
  );
});

test("rejected: what was imported is what is in use again, and imports go on from there", async () => {
  const s = await setUp();
  await s.imports(3);
  await s.settles();
  s.answers(holds);
  await s.imports(40);
  await s.settles();
  await s.decides("reject", s.gate.held()?.generation ?? "");
  expect(await s.settles()).toBe(false);
  expect(s.gate.held()).toBeUndefined();
  expect(s.told.at(-1)).toMatch(/Normal AdvisoriesRejected/);
  s.answers(accepts);
  await s.imports(5);
  expect(await s.settles()).toBe(true);
  expect(s.compared.at(-1)?.sources).toEqual([{ name: "osv/PyPI", before: 3, after: 5 }]);
  expect(await s.records()).toBe(5);
});

test("a better import takes the place of a held one by itself", async () => {
  const s = await setUp();
  await s.imports(3);
  await s.settles();
  s.answers(holds);
  await s.imports(4);
  await s.settles();
  s.answers(accepts);
  await s.imports(5);
  expect(await s.settles()).toBe(true);
  expect([s.gate.held(), await s.records()]).toEqual([undefined, 5]);
});

test("shrinking that was accepted at its import is not asked about twice", async () => {
  const s = await setUp();
  await s.imports(10);
  await s.settles();
  expect(await s.imports(5)).toMatchObject([{ outcome: "held" }]);
  await s.imports(5, { accept: true });
  expect(await s.settles()).toBe(true);
  expect(s.compared.at(-1)?.sources).toEqual([]);
});

test("a database that is gone is held: what is in use stays", async () => {
  const s = await setUp();
  await s.imports(3);
  await s.settles();
  for (const end of ["", "-wal", "-shm"]) await rm(`${s.database}${end}`, { force: true });
  expect(await s.settles()).toBe(false);
  expect(s.gate.held()?.because).toEqual([expect.stringMatching(/no advisories at/)]);
  expect(await s.records()).toBe(3);
});
