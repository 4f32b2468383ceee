import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { InstancePaths } from "@bulkhead/host";
import { buildImage, imageArchive, packLayer } from "@bulkhead/images";
import { containerdSocket, pauseImage } from "../prepare/names.ts";

/** Puts the pause image (one static program that reaps children) into our containerd; the CRI's own namespace of it. */
export async function ensurePauseImage(paths: InstancePaths): Promise<void> {
  const content = await readFile(join(paths.parts, "bin", "catatonit"));
  const layer = await packLayer([{ type: "file", path: "catatonit", content, mode: 0o755 }]);
  const image = buildImage([layer], {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    entrypoint: ["/catatonit", "-P"],
    user: "65535:65535",
  });
  const archive = await imageArchive(image, pauseImage);
  await ctr(paths, ["images", "import", "--local", "-"], archive);
}

function ctr(paths: InstancePaths, args: readonly string[], input: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      join(paths.parts, "bin", "ctr"),
      ["--address", containerdSocket(paths), "--namespace", "k8s.io", ...args],
      {
        stdio: ["pipe", "ignore", "pipe"],
      },
    );
    let said = "";
    child.stderr.on("data", (part: Buffer) => (said = (said + part.toString("utf8")).slice(-500)));
    child.stdin.on("error", () => undefined);
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`the pause image could not be imported: ${said.trim()}`)),
    );
    child.stdin.end(input);
  });
}
