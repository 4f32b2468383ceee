import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "@bulkhead/images";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { CommandFailure } from "../exit-codes.ts";
import { type BaselineEntry, entriesOf } from "./baseline.ts";
import { baselineOf, baselineText, writeDown } from "./baseline-file.ts";
import { itemsOf } from "./finding-item.ts";
import { judgeReport } from "./judged-report.ts";
import { flaw, found, reportOf, secret, settled } from "./report-fixture.ts";
import { reportJson } from "./report-json.ts";
import type { ScanReport } from "./scan-report.ts";
import { scanText } from "./scan-text.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const bar = { failOn: "high" } as const;
const check = (...where: string[]): ScanReport["checks"][number] => ({
  id: "unknown-setuid",
  title: "setuid files",
  severity: "high",
  why: "w",
  fix: "f",
  hits: where.map((place) => ({ where: place, says: "s" })),
});
const accepted = (report: ScanReport): readonly BaselineEntry[] => entriesOf(itemsOf(report), undefined);
const standings = (before: readonly BaselineEntry[], after: ScanReport): (readonly [string, string | undefined])[] => {
  const { items, compared } = judgeReport(after, bar, before, now);
  return items.map((item) => [item.id, compared?.standings.get(item)?.is] as const);
};

describe("a finding is the same one", () => {
  const before = accepted(reportOf([flaw({ ids: ["CVE-2024-0001", "GHSA-1"] })]));
  test.each<readonly [string, Partial<Finding>, string]>([
    ["in another version of the package", { package: { ...found, version: "3.0.11-1+b1" } }, "known"],
    ["declared by another file", { package: { ...found, paths: ["x"] } }, "known"],
    ["under another of its names", { id: "GHSA-1", ids: ["GHSA-1"] }, "known"],
    ["with one name more", { id: "CVE-9", ids: ["CVE-9", "GHSA-1"] }, "known"],
    ["and not the same in another package", { package: { ...found, name: "libssl1" } }, "new"],
    ["and not another of the package", { id: "CVE-9", ids: ["CVE-9"] }, "new"],
  ])("%s", (_, after, standing) => expect(standings(before, reportOf([flaw(after)]))[0]?.[1]).toBe(standing));

  test("though a secret's line moves; a second one in the file is new", () => {
    const one = accepted(reportOf([], { secrets: [secret] }));
    const moved = { ...secret, line: 9, fingerprint: "other" };
    expect(standings(one, reportOf([], { secrets: [moved, moved] })).map(([, is]) => is)).toEqual(["known", "new"]);
  });

  test("and a check counts again for a new place", () => {
    const one = accepted(reportOf([], { checks: [check("bin/su")] }));
    expect(judgeReport(reportOf([], { checks: [check("bin/su")] }), bar, one, now).count).toBe(0);
    expect(judgeReport(reportOf([], { checks: [check("bin/su", "bin/x", "bin/y")] }), bar, one, now).count).toBe(1);
  });
});

describe("what was known counts again", () => {
  const low = flaw({ severity: { level: "low", basis: "vendor" } });
  const exploited = { added: "2026-01-01", ransomware: false };
  test.each<readonly [string, Finding, Finding, string]>([
    ["when it is rated above the bar", low, flaw(), "worse"],
    ["when it is known to be exploited", flaw(), flaw({ exploited }), "worse"],
    ["when its package turns out to be malicious", flaw(), flaw({ kind: "malicious" }), "worse"],
    ["not when it was above the bar then", flaw(), flaw({ severity: { level: "critical", basis: "vendor" } }), "known"],
    ["not when it stays below", low, flaw({ severity: { level: "medium", basis: "vendor" } }), "known"],
    ["not when it was exploited then", flaw({ exploited }), flaw({ exploited }), "known"],
  ])("%s", (_, before, after, standing) =>
    expect(standings(accepted(reportOf([before])), reportOf([after]))[0]?.[1]).toBe(standing),
  );

  test("when its time is over, unless another entry still holds", () => {
    const entry = { kind: "vulnerability", id: "CVE-2024-0001" } as const;
    expect(standings([{ ...entry, expires: now }], reportOf([flaw()]))).toEqual([["CVE-2024-0001", "expired"]]);
    expect(standings([{ ...entry, expires: now + 1 }], reportOf([flaw()]))).toEqual([["CVE-2024-0001", "known"]]);
    expect(standings([{ ...entry, expires: now }, entry], reportOf([flaw()]))).toEqual([["CVE-2024-0001", "known"]]);
  });
});

test("what is found no more is told, and never where nobody looked", () => {
  const before = accepted(reportOf([flaw()], { secrets: [secret] }));
  const scan = { layers: [] } as unknown as NonNullable<ScanReport["scan"]>;
  const gone = (report: ScanReport): readonly string[] =>
    judgeReport(report, bar, before, now).compared?.gone.map(({ id }) => id) ?? [];
  expect(gone(reportOf([], { scan }))).toEqual(["private-key", "CVE-2024-0001"]);
  expect(gone(reportOf([]))).toEqual(["CVE-2024-0001"]);
  const { match: _, ...unmatched } = reportOf([], { scan });
  expect(gone(unmatched)).toEqual(["private-key"]);
});

test("a baseline of a report lets all of it by, and its own text says the same", () => {
  const name = fc.constantFrom("CVE-1", "CVE-2", "GHSA-1", "GHSA-2");
  const level = fc.constantFrom("critical", "high", "low", "unknown");
  const finding = fc
    .record({
      id: name,
      other: name,
      of: fc.constantFrom("a", "b"),
      level,
      kind: fc.constantFrom("vulnerability", "malicious"),
    })
    .map(({ id, other, of, level: rated, kind }) =>
      flaw({
        id,
        ids: [id, other],
        package: { ...found, name: of },
        severity: { level: rated, basis: "vendor" },
        kind,
      } as Partial<Finding>),
    );
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 8 }), (findings) => {
      const report = reportOf(findings, { secrets: [secret], checks: [check("bin/su")] });
      const entries = accepted(report);
      expect(judgeReport(report, bar, entries, now).count).toBe(0);
      expect(judgeReport(report, bar, undefined, now).count).toBeGreaterThan(0);
      expect((JSON.parse(baselineText(report, entries)) as { findings: unknown[] }).findings).toEqual(entries);
    }),
    { numRuns: 100 },
  );
});

describe("the file", () => {
  const folder = mkdtemp(join(tmpdir(), "baseline-"));
  afterAll(async () => rm(await folder, { recursive: true }));
  const file = async (text: string): Promise<string> => {
    const path = join(await folder, "b.json");
    await writeFile(path, text);
    return path;
  };
  const read = async (text: string): Promise<readonly BaselineEntry[] | undefined> =>
    baselineOf({ baseline: await file(text) });
  const entry = '{"kind":"vulnerability","id":"CVE-1"';

  test("is written again with the reasons and ends that people gave", async () => {
    const before = `{"bulkheadBaseline":1,"findings":[${entry.replace("CVE-1", "CVE-2024-0001")},"reason":"not reached","expires":"2026-12-24"}]}`;
    const path = await file(before);
    const entries = await baselineOf({ writeBaseline: path });
    const judged = judgeReport(reportOf([flaw(), flaw({ id: "CVE-2", ids: ["CVE-2"] })]), bar, entries, now);
    expect(await writeDown(path, judged)).toEqual({ entries: 2, expired: 0 });
    const lines = (await readFile(path, "utf8")).split("\n");
    expect(lines).toContainEqual(expect.stringMatching(/CVE-2024-0001.*"reason":"not reached","expires":"2026-12-24"/));
    expect(lines).toContainEqual(expect.not.stringMatching(/"CVE-2".*reason/));
  });

  test("may be a former report", async () => {
    const former = reportOf([flaw(), flaw({ id: "CVE-3", suppressed: settled })], {
      secrets: [secret],
      checks: [check("x")],
    });
    const entries = await read(JSON.stringify(reportJson(judgeReport(former, bar, undefined, now))));
    expect(entries?.map(({ id }) => id)).toEqual(["CVE-2024-0001", "private-key", "unknown-setuid"]);
    expect(judgeReport(former, bar, entries, now).count).toBe(0);
  });

  test.each([
    ["", /no JSON/],
    ["[]", /the document: it is no object/],
    ["{}", /neither a baseline .* nor a report/],
    ['{"bulkheadBaseline":2}', /bulkheadBaseline: 2, and this version reads 1/],
    ['{"bulkheadBaseline":1}', /findings: it is no list/],
    ['{"bulkheadBaseline":1,"findings":[{"id":"x"}]}', /findings\[0\]\.kind: it is no text/],
    [
      `{"bulkheadBaseline":1,"findings":[${entry}},{"kind":"flaw","id":"x"}]}`,
      /findings\[1\]\.kind: "flaw" is none of/,
    ],
    [`{"bulkheadBaseline":1,"findings":[${entry},"expires":"2026-13-45"}]}`, /findings\[0\]\.expires: "2026-13-45"/],
    [
      `{"bulkheadBaseline":1,"findings":[${entry},"expiry":"2026-12-01"}]}`,
      /findings\[0\]\.expiry: there is no such field/,
    ],
    [`{"bulkheadBaseline":1,"findings":[${entry},"aliases":[1]}]}`, /findings\[0\]\.aliases\[0\]/],
    ['{"inventory":{},"match":{"findings":[{"id":"x","kind":"vulnerability"}]}}', /match\.findings\[0\]\.ids/],
    ['{"inventory":{},"checks":[{"id":"x","severity":"low","hits":[{}]}]}', /checks\[0\]\.hits\[0\]\.where/],
  ])("says where it is broken: %s", async (text, says) => {
    const failure = await read(text).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandFailure);
    expect((failure as CommandFailure).message).toMatch(says);
    expect((failure as CommandFailure).exit).toBe(2);
  });

  test("is never taken for one when it is another's", async () => {
    const path = await file("FROM debian");
    await expect(baselineOf({ writeBaseline: path })).rejects.toThrow(/--write-baseline .*no JSON/);
    await expect(baselineOf({ baseline: join(await folder, "none") })).rejects.toThrow(/cannot be read/);
  });
});

test("the table: what is new first, what is gone by name, and how it ends", () => {
  const before = accepted(reportOf([flaw(), flaw({ id: "CVE-GONE", ids: ["CVE-GONE"] })]));
  const after = reportOf([
    flaw(),
    flaw({ id: "CVE-NEW", ids: ["CVE-NEW"], severity: { level: "critical", basis: "vendor" } }),
  ]);
  const text = scanText(after, { judged: judgeReport(after, bar, before, now) });
  expect(text).toMatch(
    /new +critical +CVE-NEW[^]*known +high +CVE-2024-0001[^]*1 new, 1 known, 1 found no more[^]*CVE-GONE/,
  );
  expect(text).toContain("fails: 1 new finding at high or above (1 vulnerability)");
  expect(text).toContain("update libssl3 to 3.0.11-2 (answers 1)");
});
