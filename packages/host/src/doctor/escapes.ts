/** A known flaw of a runtime that undoes what pods are held by. */
export interface KnownEscape {
  readonly cve: string;
  /** escape: out of a container, into the machine; weakness: something that a pod should be held by does not hold. */
  readonly kind: "escape" | "weakness";
  /** The Debian package that carries the flaw. */
  readonly part: "runc" | "containerd";
  /** What someone inside, or an image of his, can do. */
  readonly lets: string;
  /** Upstream versions that have it: from the first of each pair on (`0`: ever), up to the second, which does not. */
  readonly affected: readonly (readonly [introduced: string, fixed: string])[];
}

/**
 * From the advisories of runc and containerd, with versions as Debian writes them (`1.4.0~rc3`). What only stops or
 * fills the machine is left out: this list is about getting out, and about what holds pods.
 */
export const knownEscapes: readonly KnownEscape[] = [
  {
    cve: "CVE-2026-41579",
    kind: "escape",
    part: "runc",
    lets: "an image whose /dev is a symbolic link has files of the machine made or changed",
    affected: [
      ["0", "1.3.6"],
      ["1.4.0", "1.4.3"],
      ["1.5.0~rc1", "1.5.0~rc3"],
    ],
  },
  ...[
    [
      "CVE-2025-31133",
      "masked files of /proc are swapped while they are mounted, and the machine's own become writable",
    ],
    ["CVE-2025-52565", "the mount of /dev/console is redirected, and files of /proc become writable"],
    ["CVE-2025-52881", "writes of runc to /proc are redirected past the security module, to where they break out"],
  ].map(
    ([cve = "", lets = ""]): KnownEscape => ({
      cve,
      kind: "escape",
      part: "runc",
      lets,
      affected: [
        ["0", "1.2.8"],
        ["1.3.0~rc1", "1.3.3"],
        ["1.4.0~rc1", "1.4.0~rc3"],
      ],
    }),
  ),
  {
    cve: "CVE-2024-45310",
    kind: "escape",
    part: "runc",
    lets: "two containers that share a volume make empty files and folders on the machine",
    affected: [
      ["0", "1.1.14"],
      ["1.2.0~rc1", "1.2.0~rc3"],
    ],
  },
  {
    cve: "CVE-2024-21626",
    kind: "escape",
    part: "runc",
    lets: "a container begins in a folder of the machine, by a file descriptor that runc left open",
    affected: [["0", "1.1.12"]],
  },
  {
    cve: "CVE-2022-29162",
    kind: "weakness",
    part: "runc",
    lets: "containers start with inheritable capabilities that their programs can take up",
    affected: [["0", "1.1.2"]],
  },
  {
    cve: "CVE-2021-30465",
    kind: "escape",
    part: "runc",
    lets: "a mount's target is exchanged for a symbolic link, and a folder of the machine is mounted",
    affected: [["0", "1.0.0~rc95"]],
  },
  {
    cve: "CVE-2019-5736",
    kind: "escape",
    part: "runc",
    lets: "a container overwrites the machine's runc and so runs as its root",
    affected: [["0", "1.0.0~rc7"]],
  },
  {
    cve: "CVE-2026-53488",
    kind: "escape",
    part: "containerd",
    lets: "a label in an image has a program of the machine run as root",
    affected: [
      ["0", "1.7.33"],
      ["2.0.0", "2.0.10"],
      ["2.1.0", "2.1.9"],
      ["2.2.0", "2.2.5"],
      ["2.3.0", "2.3.2"],
    ],
  },
  {
    cve: "CVE-2026-46680",
    kind: "weakness",
    part: "containerd",
    lets: "an image runs as root though its pod says runAsNonRoot",
    affected: [
      ["1.7.27", "1.7.32"],
      ["2.0.4", "2.0.9"],
      // The advisory passes over 2.1; the notes of 2.1.8 name it.
      ["2.1.0~beta.0", "2.1.8"],
      ["2.2.0~beta.0", "2.2.4"],
      ["2.3.0~beta.0", "2.3.1"],
    ],
  },
  {
    cve: "CVE-2025-47290",
    kind: "escape",
    part: "containerd",
    lets: "an image changes files of the machine while it is unpacked",
    affected: [["2.1.0", "2.1.1"]],
  },
  {
    cve: "CVE-2024-25621",
    kind: "weakness",
    part: "containerd",
    lets: "any user of the machine enters containerd's folders and what containers keep there",
    affected: [
      ["0", "1.7.29"],
      ["2.0.0", "2.0.7"],
      ["2.1.0~beta.0", "2.1.5"],
      ["2.2.0~beta.0", "2.2.0"],
    ],
  },
  {
    cve: "CVE-2024-40635",
    kind: "weakness",
    part: "containerd",
    lets: "an image with a user number past 2^31 runs as root though its pod forbids it",
    affected: [
      ["0", "1.6.38"],
      ["1.7.0~beta.0", "1.7.27"],
      ["2.0.0", "2.0.4"],
    ],
  },
  {
    cve: "CVE-2023-25173",
    kind: "weakness",
    part: "containerd",
    lets: "a container's process keeps groups that it should not have, and their files",
    affected: [
      ["0", "1.5.18"],
      ["1.6.0", "1.6.18"],
    ],
  },
  {
    cve: "CVE-2022-23648",
    kind: "escape",
    part: "containerd",
    lets: "an image's volume copies any file of the machine into its container",
    affected: [
      ["0", "1.4.13"],
      ["1.5.0", "1.5.10"],
      ["1.6.0", "1.6.1"],
    ],
  },
  {
    cve: "CVE-2021-41103",
    kind: "weakness",
    part: "containerd",
    lets: "any user of the machine runs programs that lie in containers' folders with their rights",
    affected: [
      ["0", "1.4.11"],
      ["1.5.0", "1.5.7"],
    ],
  },
  {
    cve: "CVE-2021-32760",
    kind: "escape",
    part: "containerd",
    lets: "an image changes the permissions of files of the machine while it is unpacked",
    affected: [
      ["0", "1.4.8"],
      ["1.5.0", "1.5.4"],
    ],
  },
  {
    cve: "CVE-2020-15257",
    kind: "escape",
    part: "containerd",
    lets: "a container in the machine's network starts others as root by the shim's socket",
    affected: [
      ["0", "1.3.9"],
      ["1.4.0", "1.4.3"],
    ],
  },
];
