/**
 * Packs dist/ and the pinned Node as the npm package `bulkhead`: the same tree gives the same bytes. Runs under the pinned
 * Node, whose compressor is part of that. `[--version X] [--arch x64,arm64] [--out FOLDER]`.
 */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  carriedNode,
  describeRelease,
  formatManifest,
  isReleaseVersion,
  manifestFile,
  packRelease,
  type ReleaseManifest,
  sha512Of,
} from "@bulkhead/host";
import type { storeFormat } from "@bulkhead/store";

const repository = fileURLToPath(new URL("..", import.meta.url));

interface Wish {
  readonly version: string;
  readonly architectures: readonly string[];
  /** Where the archive goes. */
  readonly out: string;
  /** Of gzip. */
  readonly level?: number;
  /** A chance to change what is packed, before it is described. */
  readonly change?: (folder: string) => void;
}

/** The command of an unpacked release: it needs no Node but the one beside it. */
const command = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
[ -e "$here/bulkhead.mjs" ] || here=$(dirname "$(readlink -f "$0")")
node="$here/node"
if [ ! -x "$node" ]; then
  case "$(uname -m)" in
    x86_64) node="$here/nodes/linux-x64" ;;
    aarch64) node="$here/nodes/linux-arm64" ;;
  esac
fi
if [ ! -x "$node" ]; then
  echo "bulkhead: this release carries no Node for $(uname -m)" >&2
  exit 2
fi
BULKHEAD_DISTRIBUTION="$here" exec "$node" "$here/bulkhead.mjs" "$@"
`;

/** Makes the archive; returns its path and its digest as npm writes it. */
export async function makeRelease(wish: Wish): Promise<{ readonly file: string; readonly integrity: string }> {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-release-"));
  try {
    const node = fill(folder, wish);
    wish.change?.(folder);
    const shipped = JSON.parse(readFileSync(join(folder, "shipped.json"), "utf8")) as { schema: typeof storeFormat };
    const manifest = await withMark(folder, { version: wish.version, schema: shipped.schema, node });
    writeFileSync(join(folder, manifestFile), formatManifest(manifest));
    const archive = await packRelease(folder, manifest, wish.level);
    mkdirSync(wish.out, { recursive: true });
    const file = join(wish.out, `bulkhead-${wish.version}.tgz`);
    writeFileSync(file, archive);
    return { file, integrity: `sha512-${createHash("sha512").update(archive).digest("base64")}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Programs of another version or other bytes are other programs, which the supervisor replaces: by this mark. */
async function withMark(folder: string, about: Parameters<typeof describeRelease>[1]): Promise<ReleaseManifest> {
  const described = await describeRelease(folder, about);
  const digest = createHash("sha256");
  for (const { path, sha512 } of described.files) digest.update(`${path} ${sha512}\n`);
  const mark = Buffer.from(`${about.version}-${digest.digest("hex")}`);
  writeFileSync(join(folder, "built"), mark);
  const file = { path: "built", size: mark.length, sha512: sha512Of(mark), executable: false };
  return { ...described, files: [...described.files, file] };
}

function fill(
  folder: string,
  { version, architectures }: Wish,
): { readonly version: string; readonly architectures: readonly string[] } {
  const dist = join(repository, "dist");
  for (const name of readdirSync(dist)) if (name.endsWith(".mjs")) copyFileSync(join(dist, name), join(folder, name));
  cpSync(join(dist, "shop"), join(folder, "shop"), { recursive: true });
  const shipped = JSON.parse(readFileSync(join(dist, "shipped.json"), "utf8")) as object;
  writeFileSync(join(folder, "shipped.json"), `${JSON.stringify({ ...shipped, version })}\n`);
  for (const name of ["LICENSE", "README.md", "SECURITY.md"]) copyFileSync(join(repository, name), join(folder, name));
  writeFileSync(join(folder, "bulkhead"), command, { mode: 0o755 });
  const versions = architectures.map((architecture) => {
    const from = join(repository, "node_modules", `node-linux-${architecture}`);
    if (!existsSync(join(from, "bin", "node")))
      throw new Error(
        `node_modules has no Node for ${architecture}: npm install --no-save --cpu=${architecture} --os=linux`,
      );
    mkdirSync(join(folder, "nodes"), { recursive: true });
    copyFileSync(join(from, "bin", "node"), join(folder, carriedNode(architecture)));
    copyFileSync(join(from, "LICENSE"), join(folder, "nodes", "LICENSE"));
    return (JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as { version: string }).version;
  });
  const [node] = versions;
  if (node === undefined || versions.some((each) => each !== node)) throw new Error("one Node for every architecture");
  const root = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as Record<string, unknown>;
  const described = {
    name: "bulkhead",
    version,
    description: root["description"],
    license: root["license"],
    type: "module",
    bin: { bulkhead: "bulkhead" },
    os: ["linux"],
    cpu: architectures,
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(described, undefined, 2)}\n`);
  return { version: node, architectures };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { version: { type: "string" }, arch: { type: "string" }, out: { type: "string" } },
  });
  const root = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { version: string };
  const version = values.version ?? root.version;
  if (!isReleaseVersion(version)) {
    process.stderr.write(`bulkhead: --version ${version}: as npm has them, 1.2.3 or 1.2.3-rc.1\n`);
    process.exit(2);
  }
  if (version !== root.version)
    process.stderr.write(
      `for trials: package.json says ${root.version}, and so do the programs when asked for --version\n`,
    );
  const { file, integrity } = await makeRelease({
    version,
    architectures: (values.arch ?? process.arch).split(","),
    out: values.out ?? join(repository, "release"),
  });
  process.stdout.write(
    `${file}\n${integrity}\n\nNothing was published. Tell the digest to whoever shall use the archive on another way than the archive:\n  bulkhead current apply --bulkhead ${file} --digest ${integrity}\n`,
  );
}
