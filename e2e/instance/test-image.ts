import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { architectureOf, DebianArchive, machineSuite } from "@bulkhead/host";
import {
  type BuiltImage,
  buildImage,
  createRegistryClient,
  mergedUsr,
  packageFiles,
  packLayer,
} from "@bulkhead/images";
import type { TestInstance } from "./instance.ts";

const packages = [
  "busybox",
  "socat",
  "libc6",
  "libgcc-s1",
  "libwrap0",
  "libssl3t64",
  "libreadline8t64",
  "libtinfo6",
  "zlib1g",
  "libzstd1",
];
/** Packages are fetched once a clone. */
const cache = fileURLToPath(new URL("../../.cache/e2e-image", import.meta.url));
const applets = [
  "sh",
  "nc",
  "cat",
  "sleep",
  "echo",
  "httpd",
  "wget",
  "nslookup",
  "id",
  "ls",
  "tar",
  "env",
  "ip",
  "ping",
  "date",
  "stty",
];

async function unpacked(): Promise<string[]> {
  if (!existsSync(cache)) {
    const making = `${cache}.${process.pid}`;
    try {
      await mkdir(making, { recursive: true });
      const archive = new DebianArchive(join(making, "apt"), (await machineSuite()).mirror, "testing");
      await archive.update();
      await archive.unpack(packages, join(making, "packages"));
      await rm(join(making, "apt"), { recursive: true });
      await rename(making, cache).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
      });
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  }
  return packages.map((name) => join(cache, "packages", name));
}

/** Registry tokens with the admin's rights, from the instance's token service. */
export const adminToken = (instance: TestInstance) => async (scope: string) => {
  const got = await instance.kubectl("get", "--raw", `/registry/token?scope=${encodeURIComponent(scope)}`);
  return (JSON.parse(got.stdout) as { token: string }).token;
};

/** An image with a shell and small network tools (Debian's busybox, socat). `mark` makes it another one. */
export async function toolImage(mark = ""): Promise<BuiltImage> {
  const architecture = architectureOf(process.arch);
  if (architecture === undefined) throw new Error(`no test image for ${process.arch}`);
  const files = packageFiles(await unpacked(), architecture.triplet);
  const layer = await packLayer([
    ...mergedUsr,
    ...(await files.programs(["usr/bin/busybox", "usr/bin/socat"])),
    ...applets.map((name) => ({ type: "symlink" as const, path: `usr/bin/${name}`, target: "busybox" })),
    { type: "directory", path: "tmp", mode: 0o1777 },
    {
      type: "file",
      path: "etc/passwd",
      content: Buffer.from("root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n"),
      mode: 0o644,
    },
    { type: "file", path: "etc/group", content: Buffer.from("root:x:0:\nuser:x:1000:\n"), mode: 0o644 },
    ...(mark === "" ? [] : [{ type: "file" as const, path: "etc/mark", content: Buffer.from(mark), mode: 0o644 }]),
  ]);
  return buildImage([layer], {
    architecture: architecture.debian as "amd64" | "arm64",
    entrypoint: ["/usr/bin/sleep"],
    cmd: ["86400"],
    env: ["PATH=/usr/bin"],
    user: "1000:1000",
  });
}

/** Pushes the tool image to the instance's registry; gives its name. */
export async function pushToolImage(instance: TestInstance, repository = "e2e/tool"): Promise<string> {
  const host = `127.0.0.1:${instance.port + 2}`;
  const ca = await readFile(join(instance.root, "pki", "registry", "server-ca.crt"), "utf8");
  await createRegistryClient({ host, ca, tokenFor: adminToken(instance) }).push(repository, "1", await toolImage());
  return `${host}/${repository}:1`;
}
