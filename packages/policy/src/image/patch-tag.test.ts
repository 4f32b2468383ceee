import { expect, test } from "vitest";
import { patchedFrom, patchTag } from "./patch-tag.ts";

const base = `sha256:${"a1".repeat(32)}`;
const layer = `sha256:${"b2".repeat(32)}`;

test("a patched image's tag says what it was made of", () => {
  const tag = patchTag("1.27.0", base, layer);
  expect(tag).toBe("1.27.0-patched.a1a1a1a1a1a1.b2b2b2b2");
  expect(patchedFrom(tag)).toEqual({ tag: "1.27.0", base: "a1a1a1a1a1a1", layer: "b2b2b2b2" });
  expect(patchTag("x".repeat(128), base, layer)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
});

test.each([undefined, "1.27.0", "1.27.0-patched", "1.27.0-patched.xyz.1", "-patched.a1a1a1a1a1a1.b2b2b2b2"])(
  "%s is the tag of no patched image",
  (tag) => expect(patchedFrom(tag)).toBeUndefined(),
);
