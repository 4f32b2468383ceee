import { RegistryError, type SignatureRegistry } from "@bulkhead/images";
import { expect, test } from "vitest";
import { signatureLookup } from "./image-signatures.ts";

const image = { registry: "registry.example", repository: "shop/web", digest: `sha256:${"a".repeat(64)}` };
const needs = { keys: ["no key"], trustRoots: ["no root"], wants: () => true, id: "one" };

/** A lookup whose registry answers as told, with a clock that the test moves. */
function lookup(answer: () => Promise<never>) {
  const clock = { now: 0 };
  let connected = 0;
  const registry: SignatureRegistry = { resolve: answer, blob: answer };
  const found = signatureLookup({ now: () => clock.now });
  const connect = () => {
    connected++;
    return Promise.resolve(registry);
  };
  const signatures = {
    factsOf: (at: typeof image, asked: typeof needs, key = "") => found.factsOf(at, asked, { key, connect }),
  };
  return { clock, signatures, connections: () => connected };
}

const absent = () => Promise.reject(new RegistryError("absent", "not there"));

test("pods that come together wait for one search; what was not there is asked for again soon", async () => {
  const { clock, signatures, connections } = lookup(absent);
  const answers = await Promise.all([1, 2, 3].map(() => signatures.factsOf(image, needs)));
  expect(answers.map((a) => [a.digest, a.facts, a.failures])).toEqual([1, 2, 3].map(() => [image.digest, [], []]));
  expect(connections()).toBe(1);
  await signatures.factsOf(image, needs);
  expect(connections()).toBe(1);
  clock.now = 5_001;
  await signatures.factsOf(image, needs);
  expect(connections()).toBe(2);
});

test("other needs, digests and repositories are other questions", async () => {
  const { signatures, connections } = lookup(absent);
  await signatures.factsOf(image, needs);
  await signatures.factsOf(image, { ...needs, id: "two" });
  await signatures.factsOf({ ...image, digest: `sha256:${"b".repeat(64)}` }, needs);
  await signatures.factsOf({ ...image, repository: "shop/api" }, needs);
  await signatures.factsOf({ ...image, registry: "other.example" }, needs);
  expect(connections()).toBe(5);
});

test("what was found with one's rights is no answer to another", async () => {
  const { signatures, connections } = lookup(absent);
  for (const key of ["shop", "shop", "bank"]) await signatures.factsOf(image, needs, key);
  expect(connections()).toBe(2);
});

test("a registry that does not answer is a named failure, not an error", async () => {
  const { signatures } = lookup(() => Promise.reject(new RegistryError("unreachable", "down")));
  expect(new Set((await signatures.factsOf(image, needs)).failures.map((f) => f.reason))).toEqual(
    new Set(["unreachable"]),
  );
});

test("a search that ends in a defect is asked anew, and told", async () => {
  const { signatures, connections } = lookup(() => Promise.reject(new TypeError("a defect")));
  for (const _ of [1, 2]) await expect(signatures.factsOf(image, needs)).rejects.toThrow(TypeError);
  expect(connections()).toBe(2);
});
