import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InstalledPart, PartsManifest } from "../parts/install-parts.ts";
import { knownEscapes } from "./escapes.ts";
import { examine } from "./examine.ts";
import type { MachineFacts } from "./facts.ts";
import { byGravity, type Finding, preventsRunning, worstLine } from "./finding.ts";
import { hasEscape, judgeParts } from "./judge-parts.ts";
import { capabilitiesFrom, cgroupsFrom } from "./probe/kernel.ts";
import { droppingChains, listeningPorts } from "./probe/neighbours.ts";
import { compareDebianVersions, upstreamOf } from "./versions.ts";

const makePart = (name: string, version: string, changelogNames: string[] = []): InstalledPart => ({
  name,
  version,
  suite: "testing",
  says: "",
  changelogNames,
});

const makeParts = (parts: readonly InstalledPart[], fellBack = false): PartsManifest => ({
  format: 1,
  parts,
  directory: "/var/lib/bulkhead/parts",
  fellBack,
});

const sound: MachineFacts = {
  root: true,
  architecture: "x64",
  kernel: { release: "6.12.1-amd64", version: [6, 12], installed: "6.12.1-amd64" },
  cgroups: { mode: "v2", controllers: ["cpu", "io", "memory", "pids"] },
  systemd: true,
  userNamespaces: "yes",
  networkNamespaces: "yes",
  overlayfs: "yes",
  noswap: "yes",
  apparmor: true,
  seccomp: true,
  filterMeans: "perl",
  capabilities: capabilitiesFrom("CapBnd:\t000001ffffffffff\n"),
  programs: { nft: true, ip: true, conntrack: true, mount: true, setpriv: true, nsenter: true },
  others: [],
  dropping: [],
  swap: 0,
  memory: { total: 8 * 2 ** 30, available: 4 * 2 ** 30, limit: undefined },
  disk: { path: "/var/lib", free: 40 * 2 ** 30, total: 100 * 2 ** 30 },
  clock: { synchronised: "yes", by: "chronyd" },
  node: "24.21.0",
  sqlite: "3.53.4",
  takenPorts: [],
  parts: makeParts([makePart("runc", "1.3.6+ds1-1"), makePart("containerd", "2.1.9+ds1-5")]),
  securityOffers: undefined,
};

const levelsOf = (facts: Partial<MachineFacts>): Record<string, string> =>
  Object.fromEntries(examine({ ...sound, ...facts }).map((f) => [f.id, f.level]));

describe("Debian's versions", () => {
  test.each([
    ["1.1.5+ds1-1+deb12u1", "1.1.5+ds1-1", 1],
    ["1.0.0~rc93+ds1-5+deb11u5", "1.0.0", -1],
    ["1.4.0~rc3", "1.4.0~rc1", 1],
    ["1:1.0-1", "2.0-1", 1],
    ["2.1.10", "2.1.9", 1],
    ["1.6.20~ds1-1", "1.6.20-1", -1],
    ["1.0-1", "1.0-1", 0],
    ["1.0a", "1.0", 1],
    ["1.0a", "1.0+", -1],
    ["007", "7", 0],
  ])("%s against %s", (a, b, sign) => {
    expect(Math.sign(compareDebianVersions(a, b))).toBe(sign);
    expect(Math.sign(compareDebianVersions(b, a))).toBe(sign === 0 ? 0 : -sign);
  });

  test("property: an order", () => {
    const version = fc.stringMatching(/^[0-9][0-9a-z.+~]{0,6}(-[0-9a-z.+~]{1,4})?$/);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareDebianVersions(a, b))).toBe(-Math.sign(compareDebianVersions(b, a)) + 0);
        const sorted = [a, b, c].sort(compareDebianVersions);
        expect(compareDebianVersions(sorted[0] ?? "", sorted[2] ?? "")).toBeLessThanOrEqual(0);
      }),
    );
  });

  test("upstream's part", () => {
    expect(upstreamOf("2.1.9+ds1-5")).toBe("2.1.9");
    expect(upstreamOf("1.0.0~rc93+ds1-5+deb11u5")).toBe("1.0.0~rc93");
    expect(upstreamOf("1.6.20~ds1-1+deb12u1")).toBe("1.6.20");
  });
});

describe("escapes", () => {
  const escape = (cve: string) => {
    const found = knownEscapes.find((e) => e.cve === cve);
    if (found === undefined) throw new Error(`${cve} is not in the list`);
    return found;
  };

  test.each([
    ["1.1.5+ds1-1", [], "CVE-2025-31133", true],
    ["1.1.5+ds1-1+deb12u2", ["CVE-2025-31133"], "CVE-2025-31133", false],
    ["1.2.8", [], "CVE-2025-31133", false],
    ["1.3.2", [], "CVE-2025-31133", true],
    ["1.3.3", [], "CVE-2025-31133", false],
    ["1.4.0~rc2", [], "CVE-2025-31133", true],
    ["1.4.0~rc3", [], "CVE-2025-31133", false],
    ["1.4.0", [], "CVE-2026-41579", true],
    ["1.3.6+ds1-1", [], "CVE-2026-41579", false],
  ])("runc %s, whose changelog names %j: %s %s", (version, names, cve, has) => {
    expect(hasEscape(makePart("runc", version, names), escape(cve))).toBe(has);
  });

  test("each is well formed: pairs that rise, one identifier once", () => {
    expect(new Set(knownEscapes.map((e) => e.cve)).size).toBe(knownEscapes.length);
    for (const { cve, affected } of knownEscapes) {
      expect(cve).toMatch(/^CVE-\d{4}-\d{4,}$/);
      for (const [introduced, fixed] of affected)
        if (introduced !== "0") expect(compareDebianVersions(introduced, fixed)).toBeLessThan(0);
    }
  });

  test("an open one is the first line, and says where the fix is", () => {
    const parts = makeParts([makePart("runc", "1.1.5+ds1-1")], true);
    const offers = [{ name: "runc", version: "1.1.5+ds1-1+deb12u9", suite: "bookworm-security" }];
    const [first] = examine({ ...sound, parts, swap: 1, noswap: "no", programs: {}, securityOffers: offers });
    expect(first).toMatchObject({ id: "runc-CVE-2026-41579", level: "escape" });
    expect(first?.whatToDo).toContain("bookworm-security has a later revision, 1.1.5+ds1-1+deb12u9,");
  });

  test("a part that is only older than the security suite's is a warning; a fallback always is", () => {
    const parts = makeParts([makePart("docker-registry", "2.8.2-1")], true);
    const offers = [{ name: "docker-registry", version: "2.8.2-1+deb12u1", suite: "bookworm-security" }];
    expect(judgeParts(parts, offers).map((f) => [f.id, f.level])).toEqual([
      ["docker-registry-update", "warning"],
      ["parts-fallback", "warning"],
    ]);
    expect(judgeParts(parts, undefined).map((f) => f.id)).toEqual(["parts-fallback"]);
  });
});

describe("the machine", () => {
  test("a sound one gives nothing to do", () => {
    const findings = examine(sound);
    expect(findings.filter((f) => f.level !== "fine")).toEqual([]);
    expect(findings.every((f) => f.whatToDo === undefined)).toBe(true);
    expect(worstLine(findings)).toBeUndefined();
    expect(preventsRunning(findings)).toBe(false);
  });

  test.each<[string, Partial<MachineFacts>, string, string]>([
    ["an old kernel", { kernel: { release: "5.10.0", version: [5, 10], installed: undefined } }, "kernel", "prevents"],
    [
      "a kernel without mapped tmpfs",
      { kernel: { release: "6.1.0", version: [6, 1], installed: undefined } },
      "tmpfs-idmap",
      "note",
    ],
    ["a newer kernel in /boot", { kernel: { ...sound.kernel, installed: "6.12.9-amd64" } }, "kernel-reboot", "warning"],
    ["no control groups", { cgroups: { mode: "none", controllers: [] } }, "cgroups", "prevents"],
    ["no pids controller", { cgroups: { mode: "v2", controllers: ["cpu", "memory"] } }, "cgroups", "prevents"],
    ["control groups v1", { cgroups: { mode: "v1", controllers: ["cpu", "memory", "pids"] } }, "cgroups", "note"],
    ["no user namespaces", { userNamespaces: "no" }, "user-namespaces", "prevents"],
    ["no overlayfs", { overlayfs: "no" }, "overlayfs", "prevents"],
    ["swap, and tmpfs that knows of it", { swap: 2 ** 30 }, "swap", "fine"],
    ["swap, and tmpfs that does not", { swap: 2 ** 30, noswap: "no" }, "swap", "warning"],
    ["no seccomp", { seccomp: false }, "seccomp", "prevents"],
    ["no way to filter our own processes", { filterMeans: undefined }, "process-filter", "note"],
    ["no AppArmor", { apparmor: false }, "apparmor", "note"],
    ["another architecture", { architecture: "riscv64" }, "architecture", "prevents"],
    ["no nft", { programs: { ...sound.programs, nft: false } }, "programs", "prevents"],
    ["no CAP_SYS_ADMIN", { capabilities: new Set(["net_admin"]) }, "capability-sys_admin", "prevents"],
    ["a taken port", { takenPorts: [6443] }, "ports", "prevents"],
    ["docker", { others: [{ name: "dockerd", pid: 7 }] }, "neighbour-dockerd", "note"],
    [
      "a firewall that drops",
      { dropping: [{ family: "ip", table: "filter", chain: "FORWARD", hook: "forward" }] },
      "firewall-forward",
      "warning",
    ],
    ["little memory", { memory: { total: 2 ** 30, available: 2 ** 28, limit: undefined } }, "memory", "warning"],
    ["a low limit", { memory: { ...sound.memory, limit: 2 ** 26 } }, "memory", "prevents"],
    ["a full disk", { disk: { path: "/", free: 1, total: 2 ** 40 } }, "disk", "prevents"],
    ["a clock adrift", { clock: { synchronised: "no", by: "systemd" } }, "clock", "warning"],
    ["an old Node", { node: "20.1.0" }, "node", "prevents"],
    ["an old SQLite", { sqlite: "3.51.2" }, "sqlite", "warning"],
    ["no parts yet", { parts: undefined }, "parts", "note"],
  ])("%s", (_, facts, id, level) => {
    expect(levelsOf(facts)[id]).toBe(level);
  });

  test("one line: counts, then the gravest", () => {
    const finding = (level: Finding["level"], what: string): Finding => ({ id: what, level, what, consequence: "" });
    const findings = [finding("note", "n"), finding("warning", "w"), finding("escape", "e"), finding("warning", "v")];
    expect(byGravity(findings).map((f) => f.what)).toEqual(["e", "w", "v", "n"]);
    expect(worstLine(findings)).toBe("1 known escape, 2 warnings: e");
  });
});

describe("what is read", () => {
  const v1 =
    "30 29 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n31 29 0:27 / /x rw - cgroup cgroup rw,cpu,pids";
  const v2 = "32 29 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
  test("control groups", () => {
    expect(cgroupsFrom(v2, "cpu memory pids\n")).toEqual({ mode: "v2", controllers: ["cpu", "memory", "pids"] });
    expect(cgroupsFrom(v1, "").mode).toBe("v1");
    expect(cgroupsFrom(`${v1}\n${v2}`, "")).toEqual({ mode: "hybrid", controllers: ["cpu", "memory", "pids"] });
    expect(cgroupsFrom("1 1 0:1 / / rw - ext4 /dev/vda rw", "").mode).toBe("none");
  });

  test("capabilities", () => {
    expect([...capabilitiesFrom("CapBnd:\t0000000000000003\n")]).toEqual(["chown", "dac_override"]);
    expect(capabilitiesFrom("").size).toBe(0);
  });

  test("chains that drop, without ours", () => {
    const chain = (table: string, hook: string, policy: string) => ({
      chain: { family: "inet", table, name: "c", handle: 1, type: "filter", hook, prio: 0, policy },
    });
    const list = [{ metainfo: {} }, chain("filter", "forward", "drop"), chain("bulkhead-1", "forward", "drop")];
    const json = JSON.stringify({ nftables: [...list, chain("filter", "input", "accept"), { chain: { table: "t" } }] });
    expect(droppingChains(json)).toEqual([{ family: "inet", table: "filter", chain: "c", hook: "forward" }]);
  });

  test("ports that are listened on, both families", () => {
    const line = (address: string, state: string): string =>
      `   0: ${address} 00000000:0000 ${state} 00000000:00000000`;
    const ports = listeningPorts([
      `  sl  local_address rem_address st\n${line("0100007F:192B", "0A")}\n${line("0100007F:1F90", "01")}`,
      line("00000000000000000000000001000000:24E3", "0A"),
    ]);
    expect([...ports]).toEqual([0x192b, 0x24e3]);
  });
});
