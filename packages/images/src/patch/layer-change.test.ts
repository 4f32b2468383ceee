import { unpackTar } from "modern-tar";
import { expect, test } from "vitest";
import type { BaseNode, BaseTree } from "./base-tree.ts";
import { type LayerChange, packChanges } from "./layer-change.ts";

const usr: BaseNode = { type: "directory", mode: 0o2750, uid: 0, gid: 8, mtime: 7, target: "", children: new Map() };
const tree: BaseTree = {
  at: (path) => (path === "usr" ? usr : undefined),
  resolve: (path) => path,
  content: () => undefined,
  list: () => [],
};
const owned = { uid: 0, gid: 42, mtime: 9 };
const changes: LayerChange[] = [
  // A runtime applies a link's mode to the file it names.
  { type: "link", path: "usr/bin/a", target: "usr/bin/z", mode: 0o2755, ...owned },
  { type: "file", path: "usr/bin/z", content: Buffer.from("z"), mode: 0o2755, ...owned },
  { type: "whiteout", path: "usr/lib/old.so" },
  { type: "symlink", path: "usr/lib/new.so", target: "new.so.1", mtime: 9 },
];

test("folders are as the base has them, links come last with the mode of their file, what is gone is a whiteout", async () => {
  const tar = await packChanges(changes, tree);
  expect(Buffer.from(await packChanges(changes.toReversed(), tree)).equals(Buffer.from(tar))).toBe(true);
  const entries = await unpackTar(tar);
  expect(entries.map(({ header: h }) => [h.name, h.type, h.mode, h.uid, h.gid, h.linkname ?? ""])).toEqual([
    ["usr/", "directory", 0o2750, 0, 8, ""],
    ["usr/bin/", "directory", 0o755, 0, 0, ""],
    ["usr/bin/z", "file", 0o2755, 0, 42, ""],
    ["usr/lib/", "directory", 0o755, 0, 0, ""],
    ["usr/lib/.wh.old.so", "file", 0o644, 0, 0, ""],
    ["usr/lib/new.so", "symlink", 0o777, 0, 0, "new.so.1"],
    ["usr/bin/a", "link", 0o2755, 0, 42, "usr/bin/z"],
  ]);
});
