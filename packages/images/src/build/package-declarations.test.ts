import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { imageOf } from "../scan/scan-fixture.ts";
import { scanImage } from "../scan/scan-image.ts";
import type { LayerEntry } from "./layer.ts";
import { packageDeclarations } from "./package-declarations.ts";

const folder = await mkdtemp(join(tmpdir(), "bulkhead-declarations-test-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const elf = Buffer.concat([Buffer.from("\x7fELF\x02\x01\x01", "latin1"), Buffer.alloc(57)]);
elf[16] = 3;

async function unpacked(name: string, files: readonly string[], control?: string): Promise<string> {
  const home = join(folder, name);
  for (const file of files) {
    await mkdir(join(home, file, ".."), { recursive: true });
    await writeFile(join(home, file), elf);
  }
  if (control !== undefined) {
    await mkdir(join(home, "DEBIAN"), { recursive: true });
    await writeFile(join(home, "DEBIAN", "control"), control);
  }
  return home;
}

test("an image of single files says which packages they are of, and a scan explains them all", async () => {
  const libc = await unpacked(
    "libc6",
    ["lib/x86_64-linux-gnu/libc.so.6", "usr/share/doc/libc6/copyright"],
    "Package: libc6\nSource: glibc\nVersion: 2.41-12\nArchitecture: amd64\n",
  );
  const unused = await unpacked("unused", ["usr/bin/other"], "Package: unused\nVersion: 1\n");
  const bare = await unpacked("bare", ["usr/bin/bare"]);
  const file = (path: string): Extract<LayerEntry, { type: "file" }> => ({
    type: "file",
    path,
    content: elf,
    mode: 0o755,
  });
  const entries = [file("usr/lib/x86_64-linux-gnu/libc.so.6"), file("usr/bin/bare")];
  const declared = await packageDeclarations([libc, unused, bare], entries);
  expect(declared.map((e) => e.path)).toEqual(["var/lib/dpkg/status.d/libc6", "var/lib/dpkg/status.d/libc6.md5sums"]);
  const layer = [...entries, ...declared].flatMap((e) =>
    e.type === "file" ? [{ name: e.path, content: e.content, mode: e.mode }] : [],
  );
  const { inventory } = await scanImage(await imageOf([layer]));
  expect(inventory.packages).toMatchObject([{ name: "libc6", version: "2.41-12", source: { name: "glibc" } }]);
  expect(inventory.coverage).toEqual({ executables: 2, explained: 1, unexplained: ["usr/bin/bare"] });
});
