import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Architecture, architectureOf, DebianArchive, machineSuite, type Progress } from "@bulkhead/host";
import {
  type BuiltImage,
  buildImage,
  type LayerEntry,
  mergedUsr,
  packageDeclarations,
  packageFiles,
  packLayer,
} from "@bulkhead/images";
import { CommandFailure } from "../exit-codes.ts";

/** Debian packages that hold what the shop's programs need; the closure of libraries is computed, not written down. */
const packages = (postgresql: string): string[] => [
  "base-files",
  "libc6",
  "libgcc-s1",
  "libstdc++6",
  "libatomic1",
  "zlib1g",
  "tzdata",
  "dash",
  `postgresql-${postgresql}`,
  "libicu78",
  "libxml2-16",
  "libssl3t64",
  "libgssapi-krb5-2",
  "libkrb5-3",
  "libk5crypto3",
  "libkrb5support0",
  "libcom-err2",
  "libkeyutils1",
  "libldap2",
  "libsasl2-2",
  "libpam0g",
  "libaudit1",
  "libcap-ng0",
  "libsystemd0",
  "libcap2",
  "liblz4-1",
  "libzstd1",
  "libuuid1",
  "libnuma1",
  "libselinux1",
  "libpcre2-8-0",
  "liburing2",
  "libpq5",
  "liblzma5",
  "libgcrypt20",
  "libgpg-error0",
  "libxxhash0",
];

const postgresqlVersion = "18";
const user = 65532;
/** The images travel over loopback alone: time is dearer than bytes. */
const loopbackCompression = 1;

const passwd = (): LayerEntry[] => [
  {
    type: "file",
    path: "etc/passwd",
    content: Buffer.from(`root:x:0:0:root:/:/nonexistent\nshop:x:${user}:${user}:shop:/nonexistent:/nonexistent\n`),
    mode: 0o644,
  },
  { type: "file", path: "etc/group", content: Buffer.from(`root:x:0:\nshop:x:${user}:\n`), mode: 0o644 },
  {
    type: "file",
    path: "etc/nsswitch.conf",
    content: Buffer.from("passwd: files\ngroup: files\nhosts: files dns\n"),
    mode: 0o644,
  },
  { type: "directory", path: "tmp", mode: 0o1777 },
];

export interface ShopImages {
  readonly web: BuiltImage;
  readonly api: BuiltImage;
  readonly db: BuiltImage;
}

export interface ShopImagesOptions {
  /** Scratch space of this build. */
  readonly scratch: string;
  /** examples/shop of the distribution. */
  readonly shop: string;
  readonly progress: Progress;
}

/** Builds the shop's three images from files of Debian packages and the pinned Node. */
export async function buildShopImages(options: ShopImagesOptions): Promise<ShopImages> {
  const { progress, shop } = options;
  const architecture = architectureOf(process.arch);
  if (architecture === undefined)
    throw new CommandFailure(`the shop runs on x64 and arm64; this machine is ${process.arch}`);
  progress.step("shop: downloading the Debian packages its images are made of");
  const unpacked = await unpackPackages(options.scratch);
  progress.step("shop: building the images");
  const files = packageFiles(unpacked, architecture.triplet);
  // Scanners read from it what is in there, as in images that dpkg made.
  const pack = async (entries: readonly LayerEntry[]): ReturnType<typeof packLayer> =>
    packLayer([...entries, ...(await packageDeclarations(unpacked, entries))], loopbackCompression);
  const release = [
    ...(await files.tree("usr/lib/os-release", () => false)),
    { type: "symlink", path: "etc/os-release", target: "../usr/lib/os-release" } as const,
  ];
  const node = await pack([...release, ...(await nodeFiles(files, architecture))]);
  const settings: Settings = { architecture: architecture.debian as Settings["architecture"], user: `${user}:${user}` };
  const app = async (name: "web" | "api"): Promise<BuiltImage> => {
    const layer = await packLayer([
      { type: "file", path: "app/server.mjs", content: await readFile(join(shop, name, "server.mjs")), mode: 0o644 },
    ]);
    return buildImage([node, layer], {
      ...settings,
      entrypoint: ["/usr/bin/node", "--max-semi-space-size=1", "/app/server.mjs"],
      env: ["PATH=/usr/bin", "NODE_ENV=production"],
      labels: { "org.opencontainers.image.title": `shop ${name}` },
      ports: ["8080/tcp"],
    });
  };
  const [web, api] = [await app("web"), await app("api")];
  return {
    web,
    api,
    db: buildImage([await pack([...release, ...(await databaseFiles(files, shop))])], databaseSettings(settings)),
  };
}

async function unpackPackages(scratch: string): Promise<string[]> {
  const { mirror } = await machineSuite();
  const archive = new DebianArchive(join(scratch, "apt"), mirror, "testing");
  await archive.update();
  const offers = await archive.offers(packages(postgresqlVersion));
  const names = offers.map((o) => o.name);
  await archive.unpack(names, join(scratch, "packages"));
  return names.map((n) => join(scratch, "packages", n));
}

type Files = ReturnType<typeof packageFiles>;

interface Settings {
  readonly architecture: "amd64" | "arm64";
  readonly user: string;
}

async function nodeFiles(files: Files, architecture: Architecture): Promise<LayerEntry[]> {
  const content = await readFile(process.execPath);
  const libraries = await files.programs(
    [
      "libstdc++.so.6",
      "libgcc_s.so.1",
      "libc.so.6",
      "libm.so.6",
      "libdl.so.2",
      "libpthread.so.0",
      "libatomic.so.1",
    ].map((l) => `usr/lib/${architecture.triplet}/${l}`),
  );
  const loader: LayerEntry = {
    type: "symlink",
    path: `usr/lib64/${architecture.loader}`,
    target: `../lib/${architecture.triplet}/${architecture.loader}`,
  };
  const loaderFile = await files.programs([`usr/lib/${architecture.triplet}/${architecture.loader}`]);
  return unique([
    ...mergedUsr,
    ...passwd(),
    loader,
    ...loaderFile,
    ...libraries,
    { type: "file", path: "usr/bin/node", content, mode: 0o755 },
  ]);
}

async function databaseFiles(files: Files, shop: string): Promise<LayerEntry[]> {
  const home = `usr/lib/postgresql/${postgresqlVersion}`;
  const programs = await files.programs([
    `${home}/bin/postgres`,
    `${home}/bin/initdb`,
    `${home}/lib/plpgsql.so`,
    `${home}/lib/dict_snowball.so`,
    "usr/bin/dash",
  ]);
  const share = await files.tree(
    `usr/share/postgresql/${postgresqlVersion}`,
    (path) => path.endsWith("/man") || path.endsWith(".sample.gz"),
  );
  const zones = await files.tree("usr/share/zoneinfo", (path) => /\/(right|posix)$/.test(path));
  const content = async (name: string): Promise<Uint8Array> => readFile(join(shop, "db", name));
  return unique([
    ...mergedUsr,
    ...passwd(),
    ...programs,
    ...share,
    ...zones,
    { type: "symlink", path: "usr/bin/sh", target: "dash" },
    { type: "symlink", path: "usr/lib/postgresql/bin", target: `${postgresqlVersion}/bin` },
    { type: "file", path: "usr/local/bin/start", content: await content("start.sh"), mode: 0o755 },
    { type: "file", path: "etc/postgresql/pg_hba.conf", content: await content("pg_hba.conf"), mode: 0o644 },
    { type: "directory", path: "var/lib/postgresql/data", mode: 0o700, owner: user },
    { type: "directory", path: "run/secrets", mode: 0o755 },
  ]);
}

const databaseSettings = (settings: Settings): Parameters<typeof buildImage>[1] => ({
  ...settings,
  entrypoint: ["/usr/local/bin/start"],
  labels: { "org.opencontainers.image.title": "shop db" },
  ports: ["5432/tcp"],
});

/** The first entry of each path; files that two packages bring are the same. */
function unique(entries: readonly LayerEntry[]): LayerEntry[] {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) if (!byPath.has(entry.path)) byPath.set(entry.path, entry);
  return [...byPath.values()];
}
