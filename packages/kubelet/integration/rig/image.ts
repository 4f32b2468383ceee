import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface TestImage {
  readonly name: string;
  /** Path on this machine → path in the image; libraries come along. */
  readonly files: Readonly<Record<string, string>>;
  readonly text?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

const librariesOf = (binary: string): string[] => {
  try {
    const lines = execFileSync("ldd", [binary], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return [...lines.matchAll(/(\/[^\s]+)\s+\(0x/g)].map((match) => match[1] ?? "");
  } catch {
    return [];
  }
};

/** An OCI image layout as a tar file, from files of this machine; answers the manifest's digest. */
export function packImage(image: TestImage, tarFile: string): string {
  const folder = mkdtempSync(`${tarFile}.`);
  const rootfs = join(folder, "rootfs");
  const put = (from: string, to: string) => {
    mkdirSync(dirname(join(rootfs, to)), { recursive: true });
    copyFileSync(realpathSync(from), join(rootfs, to));
  };
  for (const [from, to] of Object.entries(image.files)) {
    put(from, to);
    for (const library of librariesOf(from)) put(library, library);
  }
  for (const [to, content] of Object.entries(image.text ?? {})) {
    mkdirSync(dirname(join(rootfs, to)), { recursive: true });
    writeFileSync(join(rootfs, to), content);
  }
  for (const empty of ["tmp", "proc", "sys", "dev", "etc"]) mkdirSync(join(rootfs, empty), { recursive: true });
  const layer = execFileSync("tar", ["-C", rootfs, "--owner=0", "--group=0", "--numeric-owner", "-cf", "-", "."], {
    maxBuffer: 1 << 28,
  });
  const layout = join(folder, "layout");
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const blob = (bytes: Buffer, mediaType: string) => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(layout, "blobs/sha256", hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const layerBlob = blob(layer, "application/vnd.oci.image.layer.v1.tar");
  const config = blob(
    json({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: image.config ?? {},
      rootfs: { type: "layers", diff_ids: [layerBlob.digest] },
    }),
    "application/vnd.oci.image.config.v1+json",
  );
  const manifest = blob(
    json({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: [layerBlob],
    }),
    "application/vnd.oci.image.manifest.v1+json",
  );
  writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(
    join(layout, "index.json"),
    json({
      schemaVersion: 2,
      manifests: [{ ...manifest, annotations: { "io.containerd.image.name": image.name } }],
    }),
  );
  execFileSync("tar", ["-C", layout, "-cf", tarFile, "."]);
  rmSync(folder, { recursive: true });
  readFileSync(tarFile);
  return manifest.digest;
}

const tools = [
  "sh",
  "sleep",
  "cat",
  "ls",
  "id",
  "env",
  "stat",
  "touch",
  "head",
  "rm",
  "true",
  "false",
  "chmod",
  "dd",
  "ln",
  "tail",
  "sed",
];

/** A shell and a few tools of this machine. */
export const shellImage: TestImage = {
  name: "registry.test/shell:1",
  files: Object.fromEntries(tools.map((tool) => [`/bin/${tool}`, `bin/${tool}`])),
  text: {
    "etc/passwd": "root:x:0:0::/:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n",
    "etc/group": "root:x:0:\nweb:x:1000:\n",
  },
  config: { Env: ["PATH=/bin", "FROM_IMAGE=yes"], Cmd: ["/bin/sh"] },
};

export const pauseImage = (catatonit: string): TestImage => ({
  name: "registry.test/pause:1",
  files: { [catatonit]: "catatonit" },
  config: { Entrypoint: ["/catatonit", "-P"] },
});
