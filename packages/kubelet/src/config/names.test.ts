import type { Pod } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { dnsConfig, hostNames, hostsFile, parseResolvConf, resolvFile } from "./names.ts";

const makePod = (spec: Partial<NonNullable<Pod["spec"]>> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop" },
  spec: { containers: [], ...spec },
});

const node = parseResolvConf("# c\nsearch corp.example\nnameserver 9.9.9.9\noptions edns0\n");
const facts = { clusterDns: ["10.96.0.10"], clusterDomain: "cluster.local", node };
const cluster = {
  servers: ["10.96.0.10"],
  searches: ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp.example"],
  options: ["ndots:5"],
};

describe("a pod's resolver", () => {
  test.each([
    ["ClusterFirst", {}, cluster],
    ["ClusterFirst in the host's network", { hostNetwork: true }, node],
    ["ClusterFirstWithHostNet", { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }, cluster],
    ["Default", { dnsPolicy: "Default" }, node],
    ["None", { dnsPolicy: "None" }, { servers: [], searches: [], options: [] }],
  ])("%s", (_, spec, expected) => {
    expect(dnsConfig(makePod(spec), facts)).toEqual(expected);
  });
  test("its own settings come on top", () => {
    const own = dnsConfig(
      makePod({
        dnsConfig: {
          nameservers: ["1.1.1.1"],
          searches: ["x.y"],
          options: [{ name: "ndots", value: "2" }, { name: "rotate" }],
        },
      }),
      facts,
    );
    expect(resolvFile(own)).toBe(
      "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example x.y\nnameserver 10.96.0.10\nnameserver 1.1.1.1\noptions ndots:2 rotate\n",
    );
  });
});

describe("names", () => {
  test.each([
    [{}, { hostname: "web", fqdn: undefined }],
    [
      { hostname: "a", subdomain: "db" },
      { hostname: "a", fqdn: "a.db.shop.svc.cluster.local" },
    ],
    [
      { subdomain: "db", setHostnameAsFQDN: true },
      { hostname: "web.db.shop.svc.cluster.local", fqdn: "web.db.shop.svc.cluster.local" },
    ],
    [{ hostNetwork: true }, { hostname: "n1", fqdn: undefined }],
  ])("%j", (spec, expected) => {
    expect(hostNames(makePod(spec), "cluster.local", "n1")).toEqual(expected);
  });
  test("are cut to what the kernel takes", () => {
    const pod = makePod({ hostname: `${"a".repeat(62)}-bc` });
    expect(hostNames(pod, "cluster.local", "n1").hostname).toBe("a".repeat(62));
  });
  test("/etc/hosts", () => {
    const pod = makePod({ hostAliases: [{ ip: "1.2.3.4", hostnames: ["a", "b"] }] });
    const file = hostsFile(pod, ["10.1.0.5"], { hostname: "a", fqdn: "a.db.shop.svc.cluster.local" });
    expect(file).toContain("10.1.0.5\ta.db.shop.svc.cluster.local\ta\n");
    expect(file).toContain("# Entries added by HostAliases.\n1.2.3.4\ta\tb\n");
  });
});
