import { stripVTControlCharacters } from "node:util";
import type { AppliedStatement, Finding } from "@bulkhead/images";
import { expect, test } from "vitest";
import type { ReportVex, ScanReport } from "./scan-report.ts";
import { vexText } from "./vex-text.ts";

const said: AppliedStatement = {
  author: "ImageTrustPolicy/release",
  document: "d",
  origin: "policy",
  status: "not_affected",
  justification: "vulnerable_code_not_in_execute_path",
  statement: "we serve no uploads",
  at: Date.UTC(2026, 0, 2),
};
const finding = (more: Partial<Finding>): Finding => ({
  kind: "vulnerability",
  id: "CVE-1",
  ids: ["CVE-1"],
  package: { ecosystem: "dpkg", name: "libx", version: "1", paths: [] },
  severity: { level: "high", basis: "vendor" },
  fix: { state: "none" },
  summary: "",
  sources: [],
  statements: [],
  ...more,
});
const text = (findings: readonly Finding[], vex?: ReportVex, all = false): string =>
  stripVTControlCharacters(
    vexText({ match: { findings }, ...(vex === undefined ? {} : { vex }) } as unknown as ScanReport, all).join("\n"),
  );

test("who says it, and why; what settles nothing apart", () => {
  const unverified: AppliedStatement = { ...said, author: "unverified: V\u001b[2J", status: "fixed", origin: "image" };
  const shown = text([
    finding({ suppressed: said, statements: [said] }),
    finding({ id: "CVE-2", statements: [unverified] }),
    finding({ id: "CVE-3" }),
  ]);
  expect(shown).toContain(
    "CVE-1  libx  not affected, says ImageTrustPolicy/release: vulnerable code not in execute path; we serve no uploads (2026-01-02)",
  );
  expect(shown.slice(shown.indexOf("settles nothing"))).toMatch(/CVE-2 {2}libx {2}fixed, says unverified: V/);
  expect(shown).not.toContain("CVE-3");
  expect(shown.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("ten are told, the rest counted", () => {
  const many = Array.from({ length: 25 }, (_, i) => finding({ id: `CVE-${i}`, suppressed: said }));
  expect(text(many)).toContain("15 more: --all");
  expect(text(many, undefined, true)).not.toContain("more");
});

test("what nobody could read, and documents about other things, are said", () => {
  const vex: ReportVex = {
    documents: [{ from: "f", author: "a", statements: 3, skipped: 2 }],
    failures: [{ reason: "other-digest" }, { reason: "too-large" }, { reason: "too-large" }],
  };
  const shown = text([finding({})], vex);
  for (const part of [
    "1 document",
    "none about these findings",
    "2 statements not understood",
    "other-digest, too-large",
  ])
    expect(shown).toContain(part);
  expect(text([])).toBe("");
});
