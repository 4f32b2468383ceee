import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instancePaths } from "@bulkhead/host";
import { RegistriesFileError } from "@bulkhead/images";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RegistryChange } from "../commands/registry.ts";
import { registryFindings } from "../doctor/registry-findings.ts";
import { readRegistries, registriesAt } from "./registries-file.ts";
import { changeText, listText } from "./registry-text.ts";

let paths: ReturnType<typeof instancePaths>;
beforeEach(() => {
  paths = instancePaths(mkdtempSync(join(tmpdir(), "bulkhead-registry-")));
  mkdirSync(paths.run);
});
afterEach(() => rmSync(paths.root, { recursive: true, force: true }));

const change = (more: Partial<RegistryChange>): RegistryChange => ({
  did: "set",
  root: "/r",
  file: "/r/registries.json",
  registry: { host: "r.example", mirrors: [], authorities: [], plainHttp: false, trust: "trusted" },
  ...more,
});

test("what plain HTTP gives up is said, and what lets images run is said where nothing does", () => {
  const registry = { ...change({}).registry, plainHttp: true, trust: "not-trusted" as const };
  const text = changeText(change({ registry, trustCommand: "bulkhead up --detach --trust r.example" }));
  expect(text).toContain("reads the pull secrets' passwords");
  expect(text).toContain("that is how, not whether: no image of r.example may run here yet");
  expect(text).toContain("bulkhead up --detach --trust r.example");
  expect(changeText(change({}))).toBe("✓ r.example is reached from now on");
});

test("whose word a mirror's is, is said; a list shows what is out of the ordinary", () => {
  const registry = { ...change({}).registry, mirrors: ["m.example", "n.example"] };
  expect(changeText(change({ registry }))).toContain("first at m.example, then n.example, then itself");
  expect(listText({ root: "/r", file: "/r/registries.json", registries: [registry] })).toMatch(
    /r\.example +m\.example n\.example +public +no +yes/,
  );
  expect(listText({ root: "/r", file: "/r/registries.json", registries: [] })).toContain("bulkhead registry set HOST");
});

test("a broken file is a finding, and fails what goes by it, with what holds meanwhile", async () => {
  writeFileSync(paths.registries, '{"registries": {"r.example": {"skipVerify": true}}}');
  const read = await readRegistries(paths);
  expect(read).toBeInstanceOf(RegistriesFileError);
  expect(registryFindings(read, 0, paths)).toMatchObject([
    { id: "registries-file", level: "warning", what: expect.stringContaining('registries["r.example"].skipVerify') },
  ]);
  await expect(registriesAt(paths.root)).rejects.toThrow(/registries\.json: .*reached as before/);
});

test("no file is no finding; plain HTTP is noted", async () => {
  expect(registryFindings(await readRegistries(paths), 0, paths)).toEqual([]);
  writeFileSync(paths.registries, '{"registries": {"r.example": {"plainHttp": true}}}');
  expect(registryFindings(await registriesAt(paths.root), 0, paths)).toMatchObject([
    { id: "registry-plain-http", level: "note" },
  ]);
});
