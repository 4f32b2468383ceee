import type { InstanceConfig } from "@bulkhead/host";
import { expect, it } from "vitest";
import { isFresh, issue, makeAuthority } from "./authority.ts";
import { leafRows } from "./certificates.ts";

const config = { clusterDomain: "cluster.local", nodeName: "node-1" } as InstanceConfig;
const registryAt = (...registry: string[]) => {
  const row = leafRows(config, { api: ["10.2.0.1"], registry }, []).find((r) => r.folder === "registry");
  if (row === undefined) throw new Error("no row for the registry");
  return row;
};

it("the registry's certificate holds for loopback and the pods' gateway, and not for the API's addresses", () => {
  expect(registryAt("10.1.0.1").wish.ipAddresses).toEqual(["127.0.0.1", "::1", "10.1.0.1"]);
});

it("one that was made before pods had a gateway is made anew, with the gateway in it", async () => {
  const now = Date.now();
  const authority = await makeAuthority("test", now);
  const before = await issue(authority, registryAt().wish, now);
  const wish = registryAt("10.1.0.1").wish;
  expect(isFresh(before.certificate, wish, authority.certificate, now)).toBe(false);
  const renewed = await issue(authority, wish, now);
  expect(isFresh(renewed.certificate, wish, authority.certificate, now)).toBe(true);
});
