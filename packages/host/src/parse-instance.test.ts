import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type InstanceConfig, settleInstance } from "./instance.ts";
import { parseInstance } from "./parse-instance.ts";

const good: InstanceConfig = {
  format: 1,
  id: "0a1b2c3d",
  nodeName: "one",
  defaults: "bulkhead",
  listen: "127.0.0.1",
  port: 6443,
  registryPort: 6445,
  agentPort: 6444,
  users: { apiserver: 0x7800_0000, controllers: 0x7800_0001, dns: 0x7800_0002, registry: 0x7800_0003 },
  clusterDomain: "cluster.local",
  trust: ["registry.example/team/*"],
  onlyApiserver: false,
};

test("what an instance settles on is read back as it is", async () => {
  const root = await mkdtemp(join(tmpdir(), "bulkhead-parse-"));
  try {
    const settled = await settleInstance({ root, trust: ["registry.example"] });
    expect(parseInstance(await readFile(join(root, "instance.json"), "utf8"))).toEqual(settled);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test.each<readonly [string, object, RegExp]>([
  ["root as the API server's user", { users: { ...good.users, apiserver: 0 } }, /users/],
  ["a user of the machine", { users: { ...good.users, dns: 1000 } }, /users/],
  ["one user for two", { users: { ...good.users, dns: good.users.registry } }, /users/],
  ["an image worker's user", { users: { ...good.users, dns: 0x7c00_0001 } }, /users/],
  ["an id that leads elsewhere", { id: "../../xx" }, /id/],
  ["a node name of two lines", { nodeName: "a\nb" }, /nodeName/],
  ["no address", { listen: "everywhere" }, /listen/],
  ["a port beyond", { agentPort: 70_000 }, /port/],
  ["a domain with a slash", { clusterDomain: "a/b" }, /clusterDomain/],
  ["trust that is none", { trust: ["a b"] }, /registry/],
  ["a later format", { format: 2 }, /format/],
  ["other defaults", { defaults: "open" }, /defaults/],
])("%s is refused", (_, over, says) => {
  expect(parseInstance(JSON.stringify({ ...good, ...over }))).toMatch(says);
});

test("fields that it does not know do not come through", () => {
  expect(parseInstance(JSON.stringify({ ...good, more: "x" }))).toEqual(good);
  expect(parseInstance("{")).toBe("it is no JSON");
  expect(parseInstance("null")).toBe("its format is not known");
});
