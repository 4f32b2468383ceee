import { describe, expect, it } from "vitest";
import { nameIsDNSSubdomain } from "./name-validation.ts";
import { generatedName, isUid, nameAlphabet, nameSuffix } from "./names.ts";
import { validateFieldManager, validateObjectMeta, validateObjectMetaUpdate } from "./object-meta.ts";

const rules = { namespaced: true, nameErrors: nameIsDNSSubdomain, kubeFinalizers: true };
const texts = (errors: ReadonlyArray<{ field: string; message: string }>): string[] =>
  errors.map((e) => `${e.field}: ${e.message}`);

describe("validateObjectMeta", () => {
  it("asks for a name and a namespace", () => {
    expect(texts(validateObjectMeta({}, rules))).toEqual([
      "metadata.name: Required value: name or generateName is required",
      "metadata.namespace: Required value",
    ]);
    expect(texts(validateObjectMeta({ name: "a", namespace: "n" }, { ...rules, namespaced: false }))).toEqual([
      "metadata.namespace: Forbidden: not allowed on this type",
    ]);
  });

  it("judges owners as recorded", () => {
    const owner = { apiVersion: "v1", kind: "Pod", controller: true };
    expect(
      texts(
        validateObjectMeta(
          { name: "x", namespace: "n", ownerReferences: [{ apiVersion: "", kind: "", name: "", uid: "" }] },
          rules,
        ),
      ),
    ).toEqual([
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
      'metadata.ownerReferences.name: Invalid value: "": must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ]);
    const two = [
      { ...owner, name: "p", uid: "a" },
      { ...owner, name: "q", uid: "b" },
    ];
    expect(texts(validateObjectMeta({ name: "x", namespace: "n", ownerReferences: two }, rules))).toEqual([
      'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"Pod","name":"p","uid":"a","controller":true},{"apiVersion":"v1","kind":"Pod","name":"q","uid":"b","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for Pod/p and Pod/q',
    ]);
  });

  it("judges finalizers by the kind", () => {
    const meta = { name: "x", namespace: "n", finalizers: ["nodomain"] };
    expect(texts(validateObjectMeta(meta, rules))).toEqual([
      'metadata.finalizers[0]: Invalid value: "nodomain": name is neither a standard finalizer name nor is it fully qualified',
    ]);
    expect(validateObjectMeta(meta, { ...rules, kubeFinalizers: false })).toEqual([]);
  });

  it("bounds annotations", () => {
    const annotations = { k: "v".repeat(263_000) };
    expect(texts(validateObjectMeta({ name: "x", namespace: "n", annotations }, rules))).toEqual([
      "metadata.annotations: Too long: may not be more than 262144 bytes",
    ]);
  });
});

describe("validateObjectMetaUpdate", () => {
  const old = { name: "x", namespace: "n", uid: "u", resourceVersion: "1", generation: 2 };

  it("keeps what is the server's", () => {
    expect(validateObjectMetaUpdate(old, old)).toEqual([]);
    expect(texts(validateObjectMetaUpdate({ ...old, name: "y", generation: 1, resourceVersion: "" }, old))).toEqual([
      'metadata.resourceVersion: Invalid value: "": must be specified for an update',
      "metadata.generation: Invalid value: 1: must not be decremented",
      'metadata.name: Invalid value: "y": field is immutable',
    ]);
  });

  it("takes no new finalizer on an object that is going", () => {
    const going = { ...old, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/hold"] };
    const next = { ...going, finalizers: ["example.com/other", "example.com/hold"] };
    expect(texts(validateObjectMetaUpdate(next, going))).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/other"}',
    ]);
  });
});

describe("names made by a server", () => {
  it("are drawn from the alphabet and cut to fit", () => {
    expect(nameSuffix(Uint8Array.of(255, 250, 0, 1, 26, 27, 242, 9))).toBe("bc9b9");
    expect(nameSuffix(Uint8Array.of(255, 255, 255))).toHaveLength(5);
    expect(nameAlphabet).toHaveLength(27);
    expect(generatedName("a".repeat(70), "bcdfg")).toBe(`${"a".repeat(58)}bcdfg`);
  });

  it("tell a UID", () => {
    expect(isUid("11111111-1111-1111-1111-111111111111")).toBe(true);
    expect(isUid("x")).toBe(false);
  });

  it("judge field managers", () => {
    expect(validateFieldManager("kubectl-client-side-apply", "fieldManager")).toEqual([]);
    expect(validateFieldManager("m".repeat(129), "fieldManager")).toHaveLength(1);
    expect(validateFieldManager("a\u0000b", "fieldManager")).toHaveLength(1);
  });
});
