import type { Finding } from "@bulkhead/host";
import { expect, test } from "vitest";
import { doctorText } from "./doctor-text.ts";

const findings: Finding[] = [
  { id: "e", level: "escape", what: "runc 1.0 has CVE-1", consequence: "out it goes", whatToDo: "renew it" },
  { id: "n", level: "note", what: "no systemd", consequence: "nothing at boot" },
  { id: "f", level: "fine", what: "Linux 7", consequence: "all is there" },
];

test("the gravest is the first line; what to do stands below what follows", () => {
  const lines = doctorText({ root: "/r", runs: true, findings }).split("\n");
  expect(lines.slice(0, 4)).toEqual([
    "✗ escape    runc 1.0 has CVE-1",
    "            out it goes",
    "            → renew it",
    "",
  ]);
  expect(lines.at(-1)).toBe("Bulkhead runs here. Looked at for /r.");
});

test("says whether it runs", () => {
  const sound = findings.filter((f) => f.level === "fine");
  expect(doctorText({ root: "/r", runs: true, findings: sound })).toContain("runs here, with nothing to warn of.");
  expect(doctorText({ root: "/r", runs: false, findings })).toContain("does not run here");
});
