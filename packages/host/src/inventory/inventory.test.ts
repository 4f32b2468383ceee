import { expect, test } from "vitest";
import { partChanges } from "./part-staging.ts";
import { readTasks } from "./part-switch.ts";
import { readDpkg, readOsRelease } from "./system-packages.ts";

test("dpkg's words: what is not installed is not there, a source of another name is told", () => {
  const printed =
    "libssl3\t3.0.17-1\topenssl\t3.0.17-1\tamd64\tinstalled\nold\t1\told\t1\tall\tconfig-files\n\nrunc\t1.1\trunc\t1.1\tamd64\tinstalled\n";
  expect(readDpkg(printed).map(({ name, source }) => [name, source])).toEqual([
    ["libssl3", "openssl"],
    ["runc", "runc"],
  ]);
});

test("os-release with and without quotes", () => {
  const text = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n';
  expect(readOsRelease(text)).toEqual({
    id: "debian",
    versionId: "12",
    codename: "bookworm",
    name: "Debian GNU/Linux 12 (bookworm)",
  });
  expect(readOsRelease("NAME=x\n")).toBeUndefined();
});

test("containers that run, by their processes", () => {
  expect(readTasks("TASK    PID    STATUS\nabc     12     RUNNING\ndef     13     STOPPED\n\n")).toEqual([
    { id: "abc", pid: 12 },
  ]);
});

test("what a switch changes", () => {
  const part = (name: string, version: string) => ({ name, version, suite: "testing", says: "", changelogNames: [] });
  const manifest = (...parts: ReturnType<typeof part>[]) => ({
    format: 1 as const,
    directory: "/p",
    fellBack: false,
    parts,
  });
  const to = manifest(part("runc", "2"), part("catatonit", "1"));
  expect(partChanges(manifest(part("runc", "1"), part("catatonit", "1")), to)).toEqual([
    { part: "runc", from: "1", to: "2" },
  ]);
  expect(partChanges(undefined, to)).toHaveLength(2);
});
