import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
// As the fixture of images' own tests makes them: version 0.2.0, whose archive is these few words.
import recorded from "../current/fixtures/npm-release.json" with { type: "json" };
import { CommandFailure } from "../exit-codes.ts";
import { checkArchive, digestOf, fetchArchive, type VouchOptions, vouchForFile, vouchForVersion } from "./vouch.ts";

const now = Date.UTC(2030, 0, 1);
const source = "https://github.com/bulkhead-example/bulkhead";
const archive = "an archive";
const shelf = new Map<string, string>();
const asked: string[] = [];
let server: Server;
let folder: string;
let options: VouchOptions;
let integrity: string;
let file: string;
let at: (name: string) => string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bulkhead-vouch-"));
  at = (name) => join(folder, name);
  file = at("bulkhead-0.2.0.tgz");
  integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  for (const [name, text] of [
    ["root.json", recorded.trustedRoot],
    ["keys.json", JSON.stringify(recorded.keys)],
    ["attestations.json", JSON.stringify(recorded.attestations)],
    ["bulkhead-0.2.0.tgz", archive],
  ] as const)
    await writeFile(at(name), text);
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const body = shelf.get(request.url ?? "");
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  options = { registry, trustedRoot: at("root.json"), registryKeys: at("keys.json"), source };
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
  shelf.set("/bulkhead", JSON.stringify(recorded.packument));
  shelf.set("/-/npm/v1/attestations/bulkhead@0.2.0", JSON.stringify(recorded.attestations));
  shelf.set("/bulkhead/-/bulkhead-0.2.0.tgz", archive);
});

const failing = (exit: 1 | 2, message: RegExp) =>
  expect.objectContaining({ exit, message: expect.stringMatching(message) as unknown });
const vouched = async (given: VouchOptions) => vouchForFile(file, await digestOf(file), given);

describe("an archive in a file", () => {
  test("counts by the digest that a person gives, and by no other", async () => {
    expect(await vouched({ digest: integrity })).toMatchObject({ integrity, file });
    await expect(vouched({ digest: `sha512-${"A".repeat(86)}==` })).rejects.toEqual(
      failing(1, /is not what --digest says/),
    );
    await expect(vouched({ digest: integrity.slice(7) })).rejects.toEqual(failing(2, /sha512- and 88 characters/));
  });

  test("counts by nothing that lies beside it", async () => {
    await writeFile(`${file}.sha512`, integrity);
    await expect(vouched({})).rejects.toEqual(failing(2, /nothing vouches for/));
  });

  test("counts by attestations of its content, with authorities and keys from files", async () => {
    const attestation = at("attestations.json");
    expect(await vouched({ ...options, attestation })).toMatchObject({
      version: "0.2.0",
      vouched: `built by ${source}/.github/workflows/release.yml@refs/tags/v0.2.0`,
    });
    await expect(vouchForFile(file, "0".repeat(128), { ...options, attestation })).rejects.toEqual(
      failing(1, /\(other-package\)/),
    );
    const fork = { ...options, attestation, source: "https://github.com/bulkhead-example/fork" };
    await expect(vouched(fork)).rejects.toEqual(failing(1, /\(other-source\)/));
    const { trustedRoot: _, ...without } = options;
    await expect(vouched({ ...without, attestation })).rejects.toEqual(failing(2, /--trusted-root/));
    await expect(vouched({ ...options, attestation: at("keys.json") })).rejects.toEqual(failing(2, /of no release/));
    expect(asked).toEqual([]);
  });

  test("is a file", async () => {
    await expect(checkArchive(folder)).rejects.toBeInstanceOf(CommandFailure);
    await expect(checkArchive(at("absent"))).rejects.toEqual(failing(2, /ENOENT/));
  });
});

describe("a version of the registry", () => {
  test("is verified, then fetched, then compared", async () => {
    const release = await vouchForVersion("0.2.0", options, now);
    expect(asked).not.toContain("/bulkhead/-/bulkhead-0.2.0.tgz");
    const fetched = await fetchArchive(release, at("fetched.tgz"));
    expect(fetched).toMatchObject({ version: "0.2.0", integrity });
    expect(fetched.vouched).toContain("signed by its key, built by");
    expect(await readFile(at("fetched.tgz"), "utf8")).toBe(archive);
  });

  test("with another archive than the signed one is refused", async () => {
    shelf.set("/bulkhead/-/bulkhead-0.2.0.tgz", "another archive");
    const release = await vouchForVersion("0.2.0", options, now);
    await expect(fetchArchive(release, at("other.tgz"))).rejects.toEqual(failing(1, /not sha512-\S+ as signed/));
  });

  test.each<[string, number, RegExp, () => void]>([
    ["the registry does not know", 1, /not published there/, () => shelf.delete("/bulkhead")],
    ["has no attestations", 1, /no attestations/, () => shelf.delete("/-/npm/v1/attestations/bulkhead@0.2.0")],
    ["is described as another", 1, /no-release/, () => shelf.set("/bulkhead", '{"name":"bulkhead","versions":{}}')],
  ])("that %s is refused", async (_, exit, message, change) => {
    change();
    await expect(vouchForVersion("0.2.0", options, now)).rejects.toEqual(failing(exit as 1, message));
  });

  test("is not asked for where nothing could verify it", async () => {
    const { source: _, ...without } = options;
    await expect(vouchForVersion("0.2.0", without, now)).rejects.toEqual(
      failing(2, /--trusted-root FILE and --source/),
    );
    expect(asked).toEqual([]);
  });
});
