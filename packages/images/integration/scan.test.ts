import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  buildImage,
  createRegistries,
  imageArchive,
  type LayerEntry,
  openContainerdStore,
  openLayerCache,
  openRegistryImage,
  openTarArchive,
  packLayer,
  scanImage,
} from "../src/index.ts";

const parts = process.env["BULKHEAD_PARTS"] ?? "";
const lacking = (...programs: readonly string[]): string | undefined =>
  parts === ""
    ? "BULKHEAD_PARTS is not set"
    : programs.filter((p) => !existsSync(join(parts, "bin", p))).map((p) => `${p} is not there`)[0];

const file = (path: string, content: string): LayerEntry => ({
  type: "file",
  path,
  content: Buffer.from(content),
  mode: 0o644,
});
const image = buildImage(
  [
    await packLayer([
      file("usr/lib/os-release", "ID=debian\nVERSION_ID=12\n"),
      file("var/lib/dpkg/status.d/tool", "Package: tool\nVersion: 1.0-1\nArchitecture: amd64\n"),
    ]),
    await packLayer([file("app/node_modules/left/package.json", '{"name":"left","version":"1.2.3"}')]),
  ],
  { architecture: "amd64", entrypoint: ["/x"], user: "65532" },
);
const expected = ["dpkg tool 1.0-1", "npm left 1.2.3"];
const platform = { os: "linux", architecture: "amd64" };
const folder = mkdtempSync(join(tmpdir(), "bulkhead-scan-integration-"));
const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
  rmSync(folder, { recursive: true, force: true });
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });

function start(program: string, ...args: readonly string[]): void {
  const child = spawn(join(parts, "bin", program), args, {
    stdio: "ignore",
    env: { ...process.env, PATH: `${join(parts, "bin")}:${process.env["PATH"] ?? ""}` },
  });
  const ended = new Promise<void>((resolve) => void child.on("exit", () => resolve()));
  stops.push(async () => {
    child.kill("SIGTERM");
    await ended;
  });
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not come up in 30 seconds");
}

const found = (scan: Awaited<ReturnType<typeof scanImage>>): string[] =>
  scan.inventory.packages.map((p) => `${p.ecosystem} ${p.name} ${p.version}`).sort();

const noRegistry = lacking("docker-registry");
describe.skipIf(noRegistry !== undefined)(
  `a real registry${noRegistry === undefined ? "" : ` (skipped: ${noRegistry})`}`,
  () => {
    let host = "";
    const repository = "shop/web";
    beforeAll(async () => {
      host = `127.0.0.1:${await freePort()}`;
      const config = join(folder, "registry.yml");
      writeFileSync(
        config,
        `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: "${join(folder, "blobs")}" } }\nhttp: { addr: "${host}" }\n`,
      );
      start("docker-registry", "serve", config);
      await until(() =>
        fetch(`http://${host}/v2/`).then(
          (r) => r.ok,
          () => false,
        ),
      );
    });

    test("an image pushed there is scanned by tag and by digest, through a mirror too", async () => {
      const registries = createRegistries({ plainHttp: [host], mirrors: { "registry.invalid": [host] } });
      const digest = await registries.ask(host, repository, (client) => client.push(repository, "1", image));
      const cache = await openLayerCache(join(folder, "cache"));
      const byTag = await scanImage(openRegistryImage(registries, { registry: host, repository, reference: "1" }), {
        cache,
        platform,
      });
      expect(byTag.digest).toBe(digest);
      expect(found(byTag)).toEqual(expected);
      const byDigest = await scanImage(
        openRegistryImage(registries, { registry: "registry.invalid", repository, reference: digest }),
        { cache, platform },
      );
      expect(found(byDigest)).toEqual(expected);
      expect(await registries.ask(host, repository, (client) => client.tags(repository))).toEqual(["1"]);
    });
  },
);

const noContainerd = lacking("containerd", "ctr") ?? (process.getuid?.() === 0 ? undefined : "not root");
describe.skipIf(noContainerd !== undefined)(
  `a real containerd${noContainerd === undefined ? "" : ` (skipped: ${noContainerd})`}`,
  () => {
    test("an image imported there is scanned from its own store, as the archive is", async () => {
      const archive = join(folder, "image.tar");
      writeFileSync(archive, await imageArchive(image, "example.com/shop/web:1"));
      const [root, state] = ["containerd", "state"].map((name) => join(folder, name));
      if (root === undefined || state === undefined) throw new Error("no folders");
      mkdirSync(root);
      const address = join(folder, "containerd.sock");
      const config = join(folder, "containerd.toml");
      writeFileSync(
        config,
        `version = 3\nroot = "${root}"\nstate = "${state}"\ndisabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]\n[grpc]\naddress = "${address}"\n[plugins."io.containerd.internal.v1.opt"]\npath = "${join(folder, "opt")}"\n`,
      );
      start("containerd", "-c", config);
      const ctr = (...args: readonly string[]): string =>
        execFileSync(join(parts, "bin", "ctr"), ["-a", address, ...args], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        });
      await until(() => {
        try {
          ctr("version");
          return true;
        } catch {
          return false;
        }
      });
      ctr("images", "import", "--no-unpack", archive);
      const stored = openContainerdStore(
        join(root, "io.containerd.content.v1.content", "blobs"),
        image.manifest.digest,
      );
      expect(found(await scanImage(stored, { platform }))).toEqual(expected);
      const source = await openTarArchive(archive);
      expect(found(await scanImage(source, { platform }))).toEqual(expected);
      await source.close();
    });
  },
);
