/** The Debian packages that hold our parts, what we take of each, and what we do with it. */
export interface PartPackage {
  readonly name: string;
  /** Path inside the package → path inside the parts folder. `TRIPLET` stands for the multiarch triplet. */
  readonly files: Readonly<Record<string, string>>;
  /** Where missing means that the product cannot start; others are for tests and comfort. */
  readonly required: boolean;
  /** Command (relative to the parts folder) that proves that the part runs, and prints its version. */
  readonly proof?: readonly string[];
}

const cniPlugins = ["ptp", "host-local", "loopback"];

/** In the order in which they are unpacked. */
export const partPackages: readonly PartPackage[] = [
  {
    name: "containerd",
    files: {
      "usr/bin/containerd": "bin/containerd",
      "usr/bin/containerd-shim-runc-v2": "bin/containerd-shim-runc-v2",
      "usr/bin/ctr": "bin/ctr",
    },
    required: true,
    proof: ["bin/containerd", "--version"],
  },
  { name: "runc", files: { "usr/sbin/runc": "bin/runc" }, required: true, proof: ["bin/runc", "--version"] },
  {
    name: "containernetworking-plugins",
    files: Object.fromEntries(cniPlugins.map((p) => [`usr/lib/cni/${p}`, `cni/${p}`])),
    required: true,
    proof: ["cni/ptp", "--version"],
  },
  {
    name: "docker-registry",
    files: { "usr/bin/docker-registry": "bin/docker-registry" },
    required: true,
    proof: ["bin/docker-registry", "--version"],
  },
  {
    name: "catatonit",
    files: { "usr/bin/catatonit": "bin/catatonit" },
    required: true,
    proof: ["bin/catatonit", "--version"],
  },
  {
    name: "kubectl",
    files: { "usr/bin/kubectl": "bin/kubectl" },
    required: false,
    proof: ["bin/kubectl", "version", "--client"],
  },
];

/** The C library and its companions, for a part that wants a newer one than the machine has. */
export const libraryPackages: readonly PartPackage[] = [
  {
    name: "libc6",
    files: Object.fromEntries(
      ["libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "LOADER"].map((f) => [
        `usr/lib/TRIPLET/${f}`,
        `lib/${f}`,
      ]),
    ),
    required: true,
  },
  { name: "libseccomp2", files: { "usr/lib/TRIPLET/libseccomp.so.2": "lib/libseccomp.so.2" }, required: true },
];

export interface Architecture {
  /** Debian's name. */
  readonly debian: string;
  readonly triplet: string;
  /** File name of the dynamic loader. */
  readonly loader: string;
}

/** From Node's process.arch. Undefined: Bulkhead does not run there. */
export function architectureOf(nodeArch: string): Architecture | undefined {
  if (nodeArch === "x64") return { debian: "amd64", triplet: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" };
  if (nodeArch === "arm64") return { debian: "arm64", triplet: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" };
  return undefined;
}
