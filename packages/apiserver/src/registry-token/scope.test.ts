import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRepositoryName, repositoryRef } from "./repository.ts";
import { parseScopes } from "./scope.ts";

describe("scopes", () => {
  test("are read from several parameters and from one with spaces, actions gathered by repository", () => {
    expect(parseScopes(["repository:shop/web:pull,push repository:base:pull", "repository:shop/web:delete"])).toEqual([
      { type: "repository", name: "shop/web", actions: ["pull", "push", "delete"] },
      { type: "repository", name: "base", actions: ["pull"] },
    ]);
  });
  test("with * ask for everything, and the catalog is one of its own", () => {
    expect(parseScopes(["repository:a/b:*", "registry:catalog:*"])).toEqual([
      { type: "repository", name: "a/b", actions: ["pull", "push", "delete"] },
      { type: "catalog" },
    ]);
  });
  test.each([
    "repository",
    "repository:a",
    "repository::pull",
    "repository:../../etc:pull",
    "repository:A/b:pull",
    "repository:a//b:pull",
    "repository:host:5000/a:pull",
    `repository:${"a".repeat(256)}:pull`,
    "plugin:a/b:pull",
    "registry:catalog:pull",
    "__proto__:a:pull",
  ])("that can be granted to nobody are left out: %s", (text) => {
    expect(parseScopes([text])).toEqual([]);
  });
  test("know no action but pull, push and delete", () => {
    expect(parseScopes(["repository:a:admin,PULL,constructor"])).toEqual([
      { type: "repository", name: "a", actions: [] },
    ]);
  });
  test("past the bounds are refused", () => {
    const many = Array.from({ length: 33 }, (_, n) => `repository:a${n}:pull`);
    expect(() => parseScopes(many)).toThrow(/more than 32/);
    expect(() => parseScopes([many.join(" ")])).toThrow(/more than 32/);
    expect(() => parseScopes([`repository:a:${"pull,".repeat(4000)}`])).toThrow(/longer than/);
  });
  test("whatever is asked, only repositories by their form and known actions come out", () => {
    const part = fc.oneof(fc.string(), fc.constantFrom("repository", "registry", "a/b", "catalog", "pull", "*", ":"));
    fc.assert(
      fc.property(fc.array(fc.array(part).map((parts) => parts.join(":"))), (texts) => {
        for (const scope of parseScopes(texts.slice(0, 4).map((t) => t.slice(0, 200)))) {
          if (scope.type === "catalog") continue;
          expect(isRepositoryName(scope.name)).toBe(true);
          expect(["pull", "push", "delete"]).toEqual(expect.arrayContaining([...scope.actions]));
        }
      }),
    );
  });
});

describe("a repository's place", () => {
  test.each([
    ["shop/web", "shop", "web"],
    ["shop/web/base", "shop", "web/base"],
    ["tool", "", "tool"],
    ["a.b/c", "", "a.b/c"],
    ["a_b/c", "", "a_b/c"],
    [`${"a".repeat(64)}/c`, "", `${"a".repeat(64)}/c`],
  ])("%s is in namespace %j by the name %s", (repository, namespace, name) => {
    expect(repositoryRef(repository)).toEqual({ namespace, name });
  });
});
