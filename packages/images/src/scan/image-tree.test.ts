import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FixtureEntry } from "../layers/tar-fixture.ts";
import { mergeLayers } from "./image-tree.ts";
import { recordOf } from "./scan-fixture.ts";

const script = "#!/bin/sh\n";
const program = (name: string): FixtureEntry => ({ name, content: script, mode: 0o755 });

/** Scripts that are left when the layers lie over one another, each with its layer's number. */
async function left(layers: readonly (readonly FixtureEntry[])[]): Promise<string[]> {
  const records = await Promise.all(layers.map((entries) => recordOf(entries)));
  const { live } = mergeLayers(records, (record) => record.executables.map((e) => ({ path: e.path, value: e.kind })));
  return live.map(({ path, layer }) => `${path} ${layer}`).sort();
}

describe("layers over one another", () => {
  test("a file takes the place of a file, whatever it is", async () => {
    expect(
      await left([
        [program("a"), program("b")],
        [program("a"), { name: "b", content: "no program" }],
      ]),
    ).toEqual(["a 1"]);
  });

  test("a whiteout takes a file or a whole folder of the layers below, not of its own", async () => {
    expect(
      await left([
        [program("d/a"), program("d/e/b"), program("c")],
        [{ name: ".wh.d" }, program("d/new"), { name: ".wh.c" }],
      ]),
    ).toEqual(["d/new 1"]);
  });

  test("an opaque folder hides what lies below it and keeps what its own layer puts there", async () => {
    expect(
      await left([
        [program("d/a"), program("d/e/b"), program("da")],
        [program("d/new"), { name: "d/.wh..wh..opq" }],
      ]),
    ).toEqual(["d/new 1", "da 0"]);
  });

  test("a file in the place of a folder takes all that was in it, a folder in the place of a file the file", async () => {
    expect(
      await left([
        [program("d/a"), program("f")],
        [
          { name: "d", content: "x" },
          { name: "f/", type: "directory" },
        ],
      ]),
    ).toEqual([]);
  });

  test("what comes below a symlinked folder lands in its target, and replaces what lies there", async () => {
    const base: FixtureEntry[] = [
      { name: "bin", type: "symlink", linkname: "usr/bin" },
      { name: "usr/bin/", type: "directory" },
      program("usr/bin/a"),
      program("usr/bin/b"),
    ];
    expect(await left([base, [program("bin/a"), { name: "bin/.wh.b" }]])).toEqual(["usr/bin/a 1"]);
  });

  test("a folder written over a symlink is a folder of its own", async () => {
    const base: FixtureEntry[] = [{ name: "bin", type: "symlink", linkname: "usr/bin" }, program("usr/bin/a")];
    expect(await left([base, [{ name: "bin/", type: "directory" }, program("bin/a")]])).toEqual([
      "bin/a 1",
      "usr/bin/a 0",
    ]);
  });

  test("links in a circle lead nowhere and end", async () => {
    const circle: FixtureEntry[] = [
      { name: "x", type: "symlink", linkname: "y" },
      { name: "y", type: "symlink", linkname: "x" },
      { name: "s", type: "symlink", linkname: "." },
      program("x/a"),
      program("s/b"),
    ];
    expect((await left([circle, circle])).map((p) => p.split(" ")[1])).toEqual(["1", "1"]);
  });

  test("agrees with applying the layers to a folder one entry at a time", async () => {
    const name = fc.constantFrom("a", "b", "a/a", "a/b", "b/a", "a/a/b", "b/b/a");
    const entry = fc.oneof(
      { weight: 4, arbitrary: name.map(program) },
      name.map((n): FixtureEntry => ({ name: `${n}/`, type: "directory" })),
      name.map((n): FixtureEntry => ({ name: n.replace(/([^/]+)$/, ".wh.$1") })),
      name.map((n): FixtureEntry => ({ name: `${n}/.wh..wh..opq` })),
    );
    // Within a layer each path once, and none below a file, as layers are.
    const layer = fc.array(entry, { maxLength: 5 }).map((entries) => {
      const plain = entries.filter((e) => !e.name.includes(".wh."));
      const kept = plain.filter(
        (e, i) =>
          plain.findIndex((o) => o.name.replace(/\/$/, "") === e.name.replace(/\/$/, "")) === i &&
          !plain.some((o) => o.content !== undefined && e.name.startsWith(`${o.name}/`)),
      );
      return [...entries.filter((e) => e.name.includes(".wh.")), ...kept];
    });
    await fc.assert(
      fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 4 }), async (layers) => {
        expect(await left(layers)).toEqual(applied(layers));
      }),
      { numRuns: 150 },
    );
  });
});

/** The plain way: a map of paths, each layer's whiteouts first. */
function applied(layers: readonly (readonly FixtureEntry[])[]): string[] {
  const files = new Map<string, number | "folder">();
  const remove = (path: string, itself: boolean): void => {
    for (const other of files.keys())
      if ((itself && other === path) || other.startsWith(`${path}/`)) files.delete(other);
  };
  layers.forEach((entries, layer) => {
    for (const { name } of entries) {
      const base = name.slice(name.lastIndexOf("/") + 1);
      const folder = name.slice(0, Math.max(0, name.length - base.length - 1));
      if (base === ".wh..wh..opq") remove(folder, false);
      else if (base.startsWith(".wh.")) remove((folder === "" ? "" : `${folder}/`) + base.slice(4), true);
    }
    for (const { name, type } of entries) {
      if (name.includes(".wh.")) continue;
      const path = name.replace(/\/$/, "");
      const parts = path.split("/");
      for (let n = 1; n < parts.length; n++) {
        const parent = parts.slice(0, n).join("/");
        // Where a file lies a runtime refuses to unpack; what is left then is no one's business.
        if (typeof files.get(parent) !== "number") files.set(parent, "folder");
      }
      if (type === "directory") {
        if (typeof files.get(path) === "number") files.delete(path);
        files.set(path, "folder");
      } else {
        remove(path, true);
        files.set(path, layer);
      }
    }
  });
  return [...files].flatMap(([path, layer]) => (layer === "folder" ? [] : [`${path} ${layer}`])).sort();
}
