import fc from "fast-check";
import { expect, it } from "vitest";
import { canonical } from "../canonical.ts";
import { sameTemplate, templateHash } from "./template-hash.ts";

const template = (image: string, labels: Record<string, string> = { app: "a" }) => ({
  metadata: { labels },
  spec: { containers: [{ name: "c", image }] },
});

it("is the same for the same template, another for another and after a collision", () => {
  expect(templateHash(template("x"), undefined)).toBe(templateHash(template("x"), undefined));
  const hashes = [
    templateHash(template("x"), undefined),
    templateHash(template("y"), undefined),
    templateHash(template("x"), 1),
  ];
  expect(new Set(hashes).size).toBe(3);
  for (const hash of hashes) expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
});

it("compares templates without the hash label, null and empty lists", () => {
  expect(sameTemplate(template("x"), template("x", { app: "a", "pod-template-hash": "h" }))).toBe(true);
  expect(sameTemplate(template("x"), { ...template("x"), metadata: { labels: { app: "a" }, finalizers: [] } })).toBe(
    true,
  );
  expect(sameTemplate(template("x"), template("y"))).toBe(false);
  expect(sameTemplate(template("x"), template("x", { app: "b" }))).toBe(false);
});

it("does not depend on the order of keys", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      expect(canonical(Object.fromEntries(Object.entries(value).reverse()))).toBe(canonical(value));
    }),
  );
});
