import type { Pod } from "@bulkhead/api";
import { expect, test } from "vitest";
import { createPodLinks } from "./pod-links.ts";

const link = (uid: string, ip: string, hostInterface: string) => ({
  uid,
  namespace: "shop",
  name: uid,
  labels: {},
  ips: [ip],
  hostInterface,
});
const pod = (uid: string, ip: string | undefined, node = "node-1"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name: uid, uid },
  spec: { nodeName: node, containers: [] },
  ...(ip === undefined ? {} : { status: { podIPs: [{ ip }] } }),
});
const adopted = {
  chains: new Map(),
  sets: new Map([["sources-4", { declaration: "", elements: new Map([["veth1 . 10.201.0.2", ""]]) }]]),
};

test("a pod's address is its link's, whatever its status claims", () => {
  const links = createPodLinks();
  links.set(link("a", "10.201.0.2", "veth1"));
  const addresses = links.addresses(
    [pod("a", "10.201.0.99"), pod("b", "10.201.0.2"), pod("c", "10.9.0.1", "node-2")],
    "node-1",
  );
  expect([...addresses]).toEqual([
    ["shop/a", ["10.201.0.2"]],
    ["shop/b", []],
  ]);
});

test("links of a former agent hold for pods whose status confirms them, until the kubelet says whose they are", () => {
  const links = createPodLinks();
  links.adopt(adopted);
  expect(links.addresses([pod("a", "10.201.0.2")], "node-1").get("shop/a")).toEqual(["10.201.0.2"]);
  expect(links.list(() => true)).toEqual([{ hostInterface: "veth1", ips: ["10.201.0.2"] }]);
  expect(links.list(() => false)).toEqual([]);
  links.set(link("b", "10.201.0.2", "veth2"));
  expect(links.list(() => true).map((l) => l.hostInterface)).toEqual(["veth2"]);
});

test("an address has one link: its former pod has lost it", () => {
  const links = createPodLinks();
  links.set(link("a", "10.201.0.2", "veth1"));
  links.set(link("b", "10.201.0.2", "veth2"));
  expect([links.get("a"), links.podOn("veth2")]).toEqual([undefined, "shop/b"]);
  expect([links.delete("b"), links.delete("b")]).toEqual([true, false]);
});
