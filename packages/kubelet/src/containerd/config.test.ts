import { describe, expect, test } from "vitest";
import { cgroupSetup } from "./cgroup-driver.ts";
import { containerdConfig, registryHostsToml } from "./config.ts";
import { canMapOwners, hasCapability, kernelVersion } from "./machine.ts";

const facts = (changes: { unified?: boolean; systemd?: boolean; apparmor?: boolean; sysResource?: boolean } = {}) => ({
  cgroups: cgroupSetup({ unified: false, systemd: false, controllers: ["cpu"], ...changes }),
  apparmor: changes.apparmor ?? false,
  sysResource: changes.sysResource ?? false,
});

const of = (changes = {}) =>
  containerdConfig({
    root: "/x/root",
    state: "/x/state",
    socket: "/x/c.sock",
    opt: "/x/opt",
    runc: "/x/runc",
    cni: { configDir: "/x/cni", binDir: "/x/bin" },
    registryHosts: "/x/hosts",
    pauseImage: "r/pause:1",
    machine: facts(changes),
  });

describe("containerd's configuration", () => {
  test.each([
    [{ unified: true, systemd: true }, "SystemdCgroup = true"],
    [{ unified: false, systemd: true }, "SystemdCgroup = false"],
    [{ unified: true, systemd: false }, "SystemdCgroup = false"],
    [{ apparmor: true }, "disable_apparmor = false"],
    [{ apparmor: false }, "disable_apparmor = true"],
    [{ sysResource: true }, "oom_score = -999"],
    [{ sysResource: false }, "restrict_oom_score_adj = true"],
  ])("%j gives %s", (changes, line) => {
    expect(of(changes)).toContain(line);
  });
  test("names no path of the machine's own containerd", () => {
    expect(of()).not.toMatch(/\/(var\/lib|run|opt|etc)\/(containerd|cni|nri)/);
  });
  test("text is quoted", () => {
    expect(registryHostsToml({ host: "127.0.0.1:5000", caFile: '/a "b"/ca.pem' })).toBe(
      'server = "https://127.0.0.1:5000"\n\n[host."https://127.0.0.1:5000"]\ncapabilities = ["pull", "resolve"]\nca = "/a \\"b\\"/ca.pem"\n',
    );
    const client = { certFile: "/pki/node.crt", keyFile: "/pki/node.key" };
    expect(registryHostsToml({ host: "127.0.0.1:5000", client })).toBe(
      'server = "https://127.0.0.1:5000"\n\n[host."https://127.0.0.1:5000"]\ncapabilities = ["pull", "resolve"]\nclient = [["/pki/node.crt", "/pki/node.key"]]\n',
    );
  });
  test("mirrors come before the registry, each with what it is known by", () => {
    const mirrors = [{ server: "http://cache:5000" }, { server: "https://mirror.example", caFile: "/m.crt" }];
    const text = registryHostsToml({ host: "docker.io", server: "https://registry-1.docker.io", mirrors });
    expect(text.split("\n").filter((line) => /^(server|\[|ca)/.test(line))).toEqual([
      'server = "https://registry-1.docker.io"',
      '[host."http://cache:5000"]',
      'capabilities = ["pull", "resolve"]',
      '[host."https://mirror.example"]',
      'capabilities = ["pull", "resolve"]',
      'ca = "/m.crt"',
      '[host."https://registry-1.docker.io"]',
      'capabilities = ["pull", "resolve"]',
    ]);
  });
});

describe("what the machine gives", () => {
  test("capabilities are read from the mask", () => {
    expect(hasCapability("CapEff:\t000001fffeffffff\n", 24n)).toBe(false);
    expect(hasCapability("CapEff:\t000001ffffffffff\n", 24n)).toBe(true);
    expect(hasCapability("", 24n)).toBe(false);
  });
  test("kernels", () => {
    expect(kernelVersion("6.1.0-18-amd64")).toEqual([6, 1]);
    expect(canMapOwners([6, 1], "tmpfs")).toBe(false);
    expect(canMapOwners([6, 3], "tmpfs")).toBe(true);
    expect(canMapOwners([6, 1], "ext4")).toBe(true);
    expect(canMapOwners([6, 18], "nfs")).toBe(false);
  });
});
