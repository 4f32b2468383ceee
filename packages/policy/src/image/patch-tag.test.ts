import { expect, test } from "vitest";
import { patchedFrom, patchedOrigin, patchedRepository, patchTag } from "./patch-tag.ts";
import { parseImageReference } from "./reference.ts";

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

test.each(["registry.example/base/web", "registry.example:5000/web", "docker.io/library/nginx", "localhost/x"])(
  "what was made of %s lies under its name, and is read back",
  (name) => {
    const base = parseImageReference(`${name}:1.2`);
    const repository = patchedRepository("shop", base) ?? "";
    const made = parseImageReference(
      `127.0.0.1:6445/${repository}:${patchTag("1.2", `sha256:${"a".repeat(64)}`, layer)}`,
    );
    expect(patchedOrigin(made)).toEqual(base);
  },
);

test("what lies beside its base is its own repository's; what has no such tag was made of nothing", () => {
  const tag = patchTag("1", base, layer);
  for (const repository of ["shop/web", "shop/patched/web", "shop/patched/plain/web"])
    expect(patchedOrigin(parseImageReference(`r.example/${repository}:${tag}`))).toMatchObject({
      registry: "r.example",
      repository,
      tag: "1",
    });
  expect(patchedOrigin(parseImageReference("r.example/shop/patched/q.example/web:1"))).toBeUndefined();
});

test("a registry whose name can be no path has none", () => {
  expect(patchedRepository("shop", parseImageReference("[fd00::1]:5000/web:1"))).toBeUndefined();
});
