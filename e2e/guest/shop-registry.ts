import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Progress } from "@bulkhead/host";
import { createRegistryClient } from "@bulkhead/images";
import { buildShopImages } from "../../packages/cli/src/demo/shop-images.ts";

/** Built anew when the shop, what its images are made of, or the Node in them changes. */
function keyOf(repository: string): string {
  const hash = createHash("sha256").update(process.version);
  const shop = join(repository, "examples", "shop");
  const files = readdirSync(shop, { withFileTypes: true, recursive: true })
    .filter((e) => e.isFile() && !e.parentPath.includes("node_modules"))
    .map((e) => join(e.parentPath, e.name));
  for (const file of [...files.sort(), join(repository, "packages/cli/src/demo/shop-images.ts")])
    hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

/** A registry's data folder that holds the shop's images: the guest has no network to get their packages from. */
export async function shopRegistry(cache: string, repository: string, progress: Progress): Promise<string> {
  const folder = join(cache, `registry-${keyOf(repository)}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(join(making, "scratch"), { recursive: true });
  const port = await freePort();
  const settings = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(making, "data") } },
    http: { addr: `127.0.0.1:${port}` },
  };
  await writeFile(join(making, "config.yml"), JSON.stringify(settings));
  const images = await buildShopImages({
    scratch: join(making, "scratch"),
    shop: join(repository, "dist", "shop"),
    progress,
  });
  const program = join(repository, ".cache", "parts", "bin", "docker-registry");
  const registry = spawn(program, ["serve", join(making, "config.yml")], {
    stdio: "ignore",
    env: { OTEL_TRACES_EXPORTER: "none", PATH: "/usr/bin:/bin" },
  });
  try {
    const client = createRegistryClient({ host: `127.0.0.1:${port}`, plainHttp: true });
    await answering(port);
    for (const tier of ["web", "api", "db"] as const) await client.push(`shop/${tier}`, "1", images[tier]);
  } finally {
    registry.kill();
  }
  await rename(join(making, "data"), folder);
  await rm(making, { recursive: true, force: true });
  return folder;
}

async function answering(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the registry that takes the shop's images does not answer");
}
