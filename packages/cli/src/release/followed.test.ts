import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type InstancePaths, instancePaths, readReleaseOffer, writeReleaseSource } from "@bulkhead/host";
import { afterEach, beforeEach, expect, test } from "vitest";
// As the fixture of images' own tests makes them: version 0.2.0, by keys and authorities that nobody else has.
import recorded from "../current/fixtures/npm-release.json" with { type: "json" };
import { askFollowed, followedOptions, rememberedRelease } from "./followed.ts";

const hour = 3_600_000;
const now = Date.UTC(2030, 0, 1);
let folder: string;
let paths: InstancePaths;
let server: Server;
let asked = 0;
let down = false;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bulkhead-followed-"));
  paths = instancePaths(folder);
  [asked, down] = [0, false];
  const shelf = new Map<string, string>([
    ["/bulkhead", JSON.stringify(recorded.packument)],
    ["/-/npm/v1/attestations/bulkhead@0.2.0", JSON.stringify(recorded.attestations)],
  ]);
  server = createServer((request, response) => {
    asked += 1;
    const body = down ? undefined : shelf.get(request.url ?? "");
    response.writeHead(body === undefined ? 503 : 200).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  await rm(folder, { recursive: true });
});

const follow = () =>
  writeReleaseSource(
    paths,
    {
      format: 1,
      registry: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      source: "https://github.com/bulkhead-example/bulkhead",
      keys: true,
      by: "root",
      since: "2029-12-31T00:00:00Z",
    },
    { trustedRoot: Buffer.from(recorded.trustedRoot), keys: Buffer.from(JSON.stringify(recorded.keys)) },
  );

test("nothing is asked before root says where releases come from", async () => {
  expect(await askFollowed(paths, "0.1.0", now)).toBeUndefined();
  expect([asked, await rememberedRelease(paths, "0.1.0")]).toEqual([0, undefined]);
});

test("the newest is verified and remembered, asked again after its time, and is as old as when it was first seen", async () => {
  await follow();
  const first = await askFollowed(paths, "0.1.0", now);
  expect(first).toMatchObject({ newest: { version: "0.2.0", newer: true }, gaps: [] });
  const questions = asked;
  expect(await askFollowed(paths, "0.1.0", now + 6 * hour - 1)).toEqual(first);
  expect(asked).toBe(questions);
  await askFollowed(paths, "0.1.0", now + 6 * hour);
  expect(asked).toBe(2 * questions);
  expect((await readReleaseOffer(paths))?.seen).toEqual({ "0.2.0": new Date(now).toISOString() });
  expect((await rememberedRelease(paths, "0.2.0"))?.newest?.newer).toBe(false);
});

test("a registry that does not answer is a gap, which is asked about sooner and forgets no age", async () => {
  await follow();
  await askFollowed(paths, "0.1.0", now);
  down = true;
  const gap = await askFollowed(paths, "0.1.0", now + 6 * hour);
  expect(gap).toMatchObject({ gaps: [expect.stringContaining("503")] });
  expect(gap).not.toHaveProperty("newest");
  down = false;
  const questions = asked;
  await askFollowed(paths, "0.1.0", now + 7 * hour - 1);
  expect(asked).toBe(questions);
  await askFollowed(paths, "0.1.0", now + 7 * hour);
  expect((await readReleaseOffer(paths))?.seen).toEqual({ "0.2.0": new Date(now).toISOString() });
});

test("what it is verified by and is damaged is told, and nothing is newest", async () => {
  await follow();
  await writeFile((await followedOptions(paths))?.trustedRoot ?? "", "{}");
  const answer = await askFollowed(paths, "0.1.0", now);
  expect(answer).toMatchObject({ gaps: [expect.stringContaining("--trusted-root")] });
  expect(answer).not.toHaveProperty("newest");
});
