import { expect, test } from "vitest";
import { type PatchReport, patchText } from "./patch-text.ts";

const report: PatchReport = {
  name: "r.example/web:1",
  digest: `sha256:${"a".repeat(64)}`,
  base: "debian bookworm",
  findings: 3,
  wanted: 2,
  made: 0,
  upgrades: [
    {
      name: "libssl3",
      architecture: "amd64",
      from: "3.0.20",
      to: "3.0.22",
      source: "openssl",
      origin: "bookworm-security/main",
      url: "http://mirror/libssl3.deb",
      sha256: "0",
      size: 1,
      fixes: [{ id: "CVE-2026-1", severity: "high" }],
    },
  ],
  refused: [
    { package: "web", version: "1", fixes: ["CVE-2026-2"], reason: "its postinst is new, and would have to run" },
  ],
  notes: ["/etc/web was changed in the image and stays as it is"],
  layer: { digest: "sha256:b", bytes: 3 << 20 },
};

test("says what comes in the place of what and from where, what stays and why, and what to do", () => {
  const text = patchText(report);
  expect(text).toContain("debian bookworm: 2 of 3 known flaws have a fix in its distribution");
  expect(text).toMatch(/libssl3 +3\.0\.20 +3\.0\.22 +bookworm-security\/main +CVE-2026-1/);
  expect(text).toContain("web 1: its postinst is new, and would have to run (CVE-2026-2)");
  expect(text).toContain("One layer of 3.0 MiB");
  expect(text).toContain("bulkhead image patch --push r.example/web:1");
});

test("says what was pushed, whether it is signed, and that there was nothing to do", () => {
  const pushed = { ...report, pushed: { image: "r.example/web:1-patched", signed: false } };
  expect(patchText(pushed)).toContain("not signed: no key (--key FILE)");
  const { layer: _layer, ...none } = report;
  expect(patchText({ ...none, upgrades: [], refused: [], notes: [] })).toContain("Nothing to put on it.");
});

test("what an image says steers no terminal", () => {
  const hostile = {
    ...report,
    upgrades: [],
    refused: [{ package: "\u001b[2Jx", version: "1", fixes: [], reason: "r" }],
  };
  expect(patchText(hostile)).not.toContain("\u001b");
});
