import { expect, test } from "vitest";
import type { FixtureEntry } from "../layers/tar-fixture.ts";
import { zipOf } from "../packages/zip-fixture.ts";
import { packagesOfFiles } from "./loadable-files.ts";
import { imageOf } from "./scan-fixture.ts";
import { scanImage } from "./scan-image.ts";

const elf = Buffer.concat([Buffer.from("\x7fELF\x02\x01\x01", "latin1"), Buffer.alloc(57)]);
elf[16] = 3;
const jar = zipOf([
  {
    name: "META-INF/maven/org.x/core/pom.properties",
    content: "groupId=org.x\nartifactId=core\nversion=1.0\n",
  },
]);
const layer: readonly FixtureEntry[] = [
  { name: "lib", type: "symlink", linkname: "usr/lib" },
  {
    name: "var/lib/dpkg/status",
    content: ["libssl3", "python3-six", "tool"]
      .map((name) => `Package: ${name}\nStatus: install ok installed\nVersion: 1\n\n`)
      .join(""),
  },
  { name: "var/lib/dpkg/info/libssl3.list", content: "/.\n/lib/libssl.so.3\n" },
  { name: "var/lib/dpkg/info/tool.list", content: "/.\n/usr/bin/tool\n" },
  { name: "var/lib/dpkg/info/python3-six.list", content: "/.\n/usr/lib/python3/dist-packages/six/native.so\n" },
  { name: "usr/lib/libssl.so.3", content: elf },
  { name: "usr/bin/tool", content: elf, mode: 0o755 },
  { name: "usr/bin/script", content: "#!/bin/sh\n", mode: 0o755 },
  { name: "usr/lib/python3/dist-packages/six/native.so", content: elf },
  { name: "app/site-packages/nummy-2.dist-info/METADATA", content: "Name: nummy\nVersion: 2\n" },
  { name: "app/site-packages/nummy-2.dist-info/RECORD", content: "nummy/core.so,sha256=x,1\nnummy/pure.py,,\n" },
  { name: "app/site-packages/nummy/core.so", content: elf },
  { name: "app/node_modules/left/package.json", content: '{"name":"left","version":"1"}' },
  { name: "app/node_modules/left/build/a.node", content: elf },
  { name: "app/core.jar", content: jar },
  { name: "app/stray.so", content: elf },
];

test("each file that can be loaded leads to its package, through whatever folder", async () => {
  const { inventory, loadable = [] } = await scanImage(await imageOf([layer]));
  const of = (...files: string[]): string[] =>
    [...packagesOfFiles(loadable, files)].map((i) => inventory.packages[i]?.name ?? "?").sort();
  expect(of("usr/lib/libssl.so.3")).toEqual(["libssl3"]);
  // What a distribution's package owns is the distribution's.
  expect(of("usr/lib/python3/dist-packages/six/native.so")).toEqual(["python3-six"]);
  expect(of("app/site-packages/nummy/core.so")).toEqual(["nummy"]);
  expect(of("app/node_modules/left/build/a.node")).toEqual(["left"]);
  expect(of("app/core.jar")).toEqual(["org.x:core"]);
  expect(of("usr/bin/tool", "app/core.jar", "app/core.jar")).toEqual(["org.x:core", "tool"]);
  expect(of("app/stray.so", "usr/bin/script", "nowhere")).toEqual([]);
});
