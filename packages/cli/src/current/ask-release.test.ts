import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bulkheadSubject, inventoryOf } from "@bulkhead/analysis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CommandFailure } from "../exit-codes.ts";
import { askRelease, type ReleaseOptions } from "./ask-release.ts";
// As the fixture of images' own tests makes them: version 0.2.0, by keys and authorities that nobody else has.
import recorded from "./fixtures/npm-release.json" with { type: "json" };
import { openLookups } from "./lookups.ts";

const now = Date.UTC(2030, 0, 1);
const source = "https://github.com/bulkhead-example/bulkhead";
const paths = {
  packument: "/npm/bulkhead",
  keys: "/npm/-/npm/v1/keys",
  attestations: "/npm/-/npm/v1/attestations/bulkhead@0.2.0",
} as const;

/** A registry on loopback that serves what lies on its shelf. */
const shelf = new Map<string, string>();
const asked: string[] = [];
let server: Server;
let registry: string;
let folder: string;
let trustedRoot: string;
let registryKeys: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ask-release-"));
  trustedRoot = join(folder, "root.json");
  registryKeys = join(folder, "keys.json");
  await writeFile(trustedRoot, recorded.trustedRoot);
  await writeFile(registryKeys, JSON.stringify(recorded.keys));
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const body = shelf.get(request.url ?? "");
    if (body?.startsWith("http")) response.writeHead(302, { location: body }).end();
    else response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  asked.length = 0;
  shelf.clear();
  shelf.set(paths.packument, JSON.stringify(recorded.packument));
  shelf.set(paths.keys, JSON.stringify(recorded.keys));
  shelf.set(paths.attestations, JSON.stringify(recorded.attestations));
});

const whole = (): ReleaseOptions => ({ registry, trustedRoot, source });
const ask = (options: ReleaseOptions, here = "0.1.0") => askRelease(options, here, now);

test("a newer release that verifies is newest, with what vouches for it", async () => {
  const { newest, gaps } = await ask(whole());
  expect(gaps).toEqual([]);
  expect(newest).toMatchObject({ version: "0.2.0", newer: true, at: "2030-01-01T00:00:00.000Z" });
  expect(newest?.source).toContain(`${source}/.github/workflows/release.yml@refs/tags/v0.2.0`);
  expect(newest?.source).toContain("a key that the registry names itself");
  expect(asked).toEqual(Object.values(paths));
});

test("keys from a file are not asked for; one's own version is nothing newer", async () => {
  const { newest } = await ask({ ...whole(), registryKeys }, "0.2.0");
  expect(newest?.newer).toBe(false);
  expect(newest?.source).toContain("signed by its key");
  expect(asked).not.toContain(paths.keys);
  expect((await ask(whole(), "0.3.0")).newest?.newer).toBe(false);
});

describe("nothing is newest, and it is said why", () => {
  test.each<[string, RegExp, () => ReleaseOptions]>([
    ["without a trusted root", /signed by .*provenance was not looked at \(bulkhead/, () => ({ registry, source })],
    ["without a source", /signed by .*provenance was not looked at/, () => ({ registry, trustedRoot })],
    ["with another source", /other-source/, () => ({ ...whole(), source: "https://github.com/bulkhead-example/fork" })],
    ["with another workflow", /other-workflow/, () => ({ ...whole(), workflow: ".github/workflows/ci.yml" })],
  ])("%s", async (_, why, options) => {
    const { newest, gaps } = await ask(options());
    expect(newest).toBeUndefined();
    expect(gaps).toEqual([expect.stringMatching(why)]);
  });

  test.each<[string, RegExp, () => unknown]>([
    ["no such package", /knows no package bulkhead/, () => shelf.delete(paths.packument)],
    ["no keys", /names no keys of its own/, () => shelf.delete(paths.keys)],
    ["no attestations", /has no attestations of it/, () => shelf.delete(paths.attestations)],
    ["another package", /another package/, () => shelf.set(paths.packument, '{"name":"other"}')],
    ["noise", /no JSON object/, () => shelf.set(paths.packument, "<html>")],
    ["a redirect", /did not answer/, () => shelf.set(paths.packument, "http://127.0.0.1:1/")],
    [
      "another content than was signed",
      /bad-signature/,
      () => {
        const { integrity } = recorded.packument.versions["0.2.0"].dist;
        const other = integrity.replace(/^sha512-./, (head) => (head.endsWith("A") ? "sha512-B" : "sha512-A"));
        shelf.set(paths.packument, JSON.stringify(recorded.packument).replaceAll(integrity, other));
      },
    ],
    [
      "a document past its bound",
      /more than \d+ bytes/,
      () => shelf.set(paths.attestations, " ".repeat((8 << 20) + 1)),
    ],
  ])("%s", async (_, why, change) => {
    change();
    const { newest, gaps } = await ask(whole());
    expect(newest).toBeUndefined();
    expect(gaps).toEqual([expect.stringMatching(why)]);
  });
});

test.each<[string, () => ReleaseOptions]>([
  ["plain HTTP to another machine", () => ({ registry: "http://registry.example" })],
  ["a password", () => ({ registry: "https://me:secret@registry.example" })],
  ["no URL", () => ({ registry: "registry" })],
  ["a source elsewhere", () => ({ ...whole(), source: "https://git.example/a/b" })],
  ["no such root", () => ({ ...whole(), trustedRoot: join(folder, "none") })],
  ["keys for a root", () => ({ ...whole(), trustedRoot: registryKeys })],
  ["a root for keys", () => ({ ...whole(), registryKeys: trustedRoot })],
])("%s is refused before anything is asked", async (_, options) => {
  await expect(ask(options())).rejects.toThrow(CommandFailure);
  expect(asked).toEqual([]);
});

test("the verdict of Bulkhead itself: never current without having asked", async () => {
  const judged = (version: string, release?: Awaited<ReturnType<typeof askRelease>>) =>
    inventoryOf([bulkheadSubject(version, "x", release)], [], openLookups("/nonexistent/a.db", now), {
      of: "x",
      now,
      unseen: [],
    }).items[0];
  expect(judged("0.1.0")?.verdict).toBe("unknown");
  expect(judged("0.1.0")?.whatToDo).toContain("bulkhead current --ask");
  expect(judged("0.1.0", await ask(whole()))?.verdict).toBe("update");
  shelf.delete(paths.packument);
  expect(judged("0.1.0", await ask(whole()))?.verdict).toBe("unknown");
});
