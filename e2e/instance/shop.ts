import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { silentProgress } from "@bulkhead/host";
import { type BuiltImage, createRegistryClient } from "@bulkhead/images";
import { buildShopImages } from "../../packages/cli/src/demo/shop-images.ts";
import { bulkhead, type TestInstance } from "./instance.ts";
import { adminToken } from "./test-image.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
/** As the distribution has it, its programs in one piece each: there once an instance was started. */
const shop = join(repository, "dist", "shop");
const tiers = ["web", "api", "db"] as const;

type Tier = (typeof tiers)[number];
type Blob = Omit<BuiltImage["manifest"], "bytes">;
type Index = Readonly<Record<Tier, { readonly manifest: Blob; readonly blobs: readonly Blob[] }>>;

/** Where the shop's images are kept: another folder for other sources or another Node. */
async function cacheFolder(): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  const sources = (await readdir(shop, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = sources.map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const file of [...files, join(repository, "packages/cli/src/demo/shop-images.ts")])
    hash.update(await readFile(file));
  return join(repository, ".cache", `e2e-shop-${hash.digest("hex").slice(0, 12)}`);
}

/** Runs one at a time among all processes of this clone; what holds it is let go with its process. */
async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  const key = createHash("sha256").update(`${repository} ${name}`).digest("hex").slice(0, 32);
  const door = createServer();
  const hold = (): Promise<boolean> =>
    new Promise((resolve, reject) => {
      door.removeAllListeners();
      door.once("error", (error: NodeJS.ErrnoException) =>
        error.code === "EADDRINUSE" ? resolve(false) : reject(error),
      );
      door.listen(`\0bulkhead-e2e-${key}`, () => resolve(true));
    });
  while (!(await hold())) await new Promise((resolve) => setTimeout(resolve, 200));
  try {
    return await work();
  } finally {
    await new Promise((resolve) => door.close(resolve));
  }
}

const fileOf = (folder: string, digest: string): string => join(folder, digest.replace(":", "-"));

async function build(folder: string): Promise<void> {
  const making = `${folder}.${process.pid}`;
  const scratch = await mkdtemp(join(tmpdir(), "bulkhead-e2e-shop-"));
  try {
    await mkdir(making, { recursive: true });
    const images = await buildShopImages({ scratch, shop, progress: silentProgress });
    const index = Object.fromEntries(
      tiers.map((tier) => {
        const { manifest, blobs } = images[tier];
        const named = ({ mediaType, digest }: Blob): Blob => ({ mediaType, digest });
        return [tier, { manifest: named(manifest), blobs: blobs.map(named) }];
      }),
    );
    for (const tier of tiers)
      for (const { digest, bytes } of [images[tier].manifest, ...images[tier].blobs])
        await writeFile(fileOf(making, digest), bytes);
    await writeFile(join(making, "index.json"), JSON.stringify(index));
    await rename(making, folder);
  } finally {
    await rm(making, { recursive: true, force: true });
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Deploys the shop as `bulkhead demo` does, without its attack. Its images are built once a clone and pushed to the
 * instance's registry beforehand.
 */
export async function openShop(instance: TestInstance): Promise<void> {
  const folder = await cacheFolder();
  await alone(folder, async () => {
    if (!existsSync(folder)) await build(folder);
  });
  const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8")) as Index;
  const read = async (blob: Blob) => ({ ...blob, bytes: await readFile(fileOf(folder, blob.digest)) });
  const registry = createRegistryClient({
    host: `127.0.0.1:${instance.port + 2}`,
    ca: await readFile(join(instance.root, "pki", "registry", "server-ca.crt"), "utf8"),
    tokenFor: adminToken(instance),
  });
  for (const tier of tiers) {
    const { manifest, blobs } = index[tier];
    const image = { manifest: await read(manifest), blobs: await Promise.all(blobs.map(read)) } as BuiltImage;
    await registry.push(`shop/${tier}`, "1", image);
  }
  const demo = await bulkhead("demo", "--no-attack", "--root", instance.root, "--port", String(instance.port));
  if (demo.code !== 0) throw new Error(`bulkhead demo ended with ${demo.code}: ${demo.stderr}`);
}
