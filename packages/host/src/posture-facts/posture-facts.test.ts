import { describe, expect, test } from "vitest";
import { type BlockReader, deviceNumber, isEncrypted, swapFrom } from "./disks.ts";
import { addressFrom, isLoopback, listenersFrom } from "./listeners.ts";
import { distributionFrom, passwordLoginFrom, securityUpdatesIn, unattendedFrom } from "./packages.ts";
import { groupsFrom, openSockets } from "./sockets.ts";
import { lockdownFrom, sysctlsFrom } from "./sysctls.ts";

test("sysctls that cannot be read are left out", () => {
  const files: Record<string, string> = {
    "/proc/sys/kernel/kptr_restrict": "1\n",
    "/proc/sys/kernel/yama/ptrace_scope": "0\n",
  };
  expect(sysctlsFrom((path) => files[path] ?? "")).toEqual({
    "kernel.kptr_restrict": "1",
    "kernel.yama.ptrace_scope": "0",
  });
});

test.each([
  ["[none] integrity confidentiality\n", "none"],
  ["none [integrity] confidentiality\n", "integrity"],
  ["", undefined],
])("lockdown %j: %s", (text, expected) => {
  expect(lockdownFrom(text)).toBe(expected);
});

describe("listeners", () => {
  test.each([
    ["0100007F", "127.0.0.1", true],
    ["00000000", "0.0.0.0", false],
    ["0A01A8C0", "192.168.1.10", false],
    ["00000000000000000000000000000000", "::", false],
    ["00000000000000000000000001000000", "::1", true],
    ["0000000000000000FFFF00000100007F", "127.0.0.1", true],
    ["000080FE00000000FF005450FEFF1234", "fe80::5054:ff:3412:fffe", false],
  ])("%s is %s", (hex, address, loopback) => {
    expect(addressFrom(hex)).toBe(address);
    expect(isLoopback(address)).toBe(loopback);
  });

  test("only sockets that listen", () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:280A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4 30 10 -1
`;
    expect(listenersFrom([table])).toEqual([{ protocol: "tcp", address: "0.0.0.0", port: 10250, inode: "4711" }]);
  });
});

describe("disks", () => {
  const devices: Record<string, { uuid?: string; slaves?: Record<string, string> }> = {
    "8:1": {},
    "254:0": { uuid: "CRYPT-LUKS2-0123", slaves: { sda1: "8:1" } },
    "254:1": { uuid: "LVM-4567", slaves: { "dm-0": "254:0" } },
    "254:2": { uuid: "LVM-89ab", slaves: { "dm-0": "254:0", sda1: "8:1" } },
    "254:3": { uuid: "LVM-cdef", slaves: { gone: "9:9" } },
  };
  const reader: BlockReader = {
    text: (path) => {
      const [, device = "", rest = ""] = /^\/sys\/dev\/block\/([\d:]+)\/(.+)$/.exec(path) ?? [];
      const slave = /^slaves\/(.+)\/dev$/.exec(rest)?.[1];
      if (slave !== undefined) return devices[device]?.slaves?.[slave] ?? "";
      return rest === "dev" ? (devices[device] === undefined ? "" : `${device}\n`) : (devices[device]?.uuid ?? "");
    },
    names: (path) => Object.keys(devices[path.split("/")[4] ?? ""]?.slaves ?? {}),
    deviceOf: () => "254:1",
    numberOf: (device) => (device === "/dev/sda1" ? "8:1" : device === "/dev/dm-0" ? "254:0" : undefined),
  };

  test.each([
    ["8:1", false],
    ["254:0", true],
    ["254:1", true],
    ["254:2", false],
    ["254:3", undefined],
    ["0:42", undefined],
  ])("%s: %s", (device, expected) => {
    expect(isEncrypted(device, reader)).toBe(expected);
  });

  const head = "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n";
  test.each([
    [head, "no swap"],
    [`${head}/dev/zram0 partition 1 0 100\n`, "no swap"],
    [`${head}/dev/dm-0 partition 1 0 -2\n`, true],
    [`${head}/swapfile file 1 0 -2\n`, true],
    [`${head}/dev/dm-0 partition 1 0 -2\n/dev/sda1 partition 1 0 -3\n`, false],
    [`${head}/dev/vanished partition 1 0 -2\n`, undefined],
    ["", undefined],
  ])("swap %j: %s", (table, expected) => {
    expect(swapFrom(table, reader)).toBe(expected);
  });

  test("device numbers of stat", () => {
    expect([0x801, 0xfe00, 0x10301].map(deviceNumber)).toEqual(["8:1", "254:0", "259:1"]);
  });
});

test("updates of a security suite, and no others", () => {
  const simulated = `Reading package lists...
Inst libssl3 [3.0.14-1] (3.0.15-1 Debian-Security:12/stable-security [amd64])
Inst tzdata [2024a] (2025b Debian:12.9/stable [all])
Inst openssl [3.0.2] (3.0.3 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64])
Conf libssl3 (3.0.15-1 Debian-Security:12/stable-security [amd64])
`;
  expect(securityUpdatesIn(simulated)).toBe(2);
});

test.each([
  [['APT::Periodic::Unattended-Upgrade "1";'], true],
  [['APT::Periodic::Unattended-Upgrade "1";', 'APT::Periodic::Unattended-Upgrade "0";'], false],
  [['// APT::Periodic::Unattended-Upgrade "1";'], false],
  [[], false],
])("unattended %j: %s", (files, expected) => {
  expect(unattendedFrom(files)).toBe(expected);
});

test("what the distribution is", () => {
  expect(distributionFrom('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n')).toEqual({
    id: "debian",
    version: "12",
    name: "Debian GNU/Linux 12 (bookworm)",
  });
  expect(distributionFrom("")).toBeUndefined();
});

test.each([
  [["#PasswordAuthentication no\n"], true],
  [["PasswordAuthentication no\n", "PasswordAuthentication yes\n"], false],
  [["Port 22\n", "PasswordAuthentication no # by the team\n"], false],
  [["Match User backup\n  PasswordAuthentication no\n"], true],
])("sshd %j: %s", (texts, expected) => {
  expect(passwordLoginFrom(texts)).toBe(expected);
});

test("sockets that someone besides root may write to", () => {
  const groups = groupsFrom("root:x:0:\ndocker:x:999:ann,ben\nempty:x:998:\n");
  const socket = { path: "/run/a.sock", mode: 0o140660, uid: 0, gid: 0, reachable: true };
  expect(openSockets([socket], groups)).toEqual([]);
  expect(openSockets([{ ...socket, gid: 998 }], groups)).toEqual([]);
  expect(openSockets([{ ...socket, gid: 999 }], groups)).toEqual(["/run/a.sock (group docker: ann, ben)"]);
  expect(openSockets([{ ...socket, mode: 0o140666 }], groups)).toEqual(["/run/a.sock (everyone)"]);
  expect(openSockets([{ ...socket, mode: 0o140666, reachable: false }], groups)).toEqual([]);
  expect(openSockets([{ ...socket, uid: 1000 }], groups)).toEqual(["/run/a.sock (user 1000)"]);
});
