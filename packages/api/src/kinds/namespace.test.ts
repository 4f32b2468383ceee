import { describe, expect, test } from "vitest";
import type { Namespace } from "../generated/types.ts";
import { namespaceRow } from "./namespace.ts";

const facts = { now: "2026-01-01T00:00:00Z", randomSuffix: (): string => "bcdfg" };

function makeNamespace(parts: Partial<Namespace> = {}): Namespace {
  const namespace: Namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" }, ...parts };
  namespaceRow.defaults(namespace);
  return namespace;
}

describe("a new Namespace", () => {
  test("bears its name as a label, whatever label it came with", () => {
    const namespace = makeNamespace({
      metadata: { name: "shop", labels: { "kubernetes.io/metadata.name": "other", team: "a" } },
    });
    expect(namespace.metadata.labels).toEqual({ "kubernetes.io/metadata.name": "shop", team: "a" });
  });

  test("is held by its finalizer and active", () => {
    const namespace = makeNamespace({ spec: { finalizers: ["example.com/a"] }, status: { phase: "Terminating" } });
    namespaceRow.prepareCreate(namespace, facts);
    expect(namespace.spec).toEqual({ finalizers: ["example.com/a", "kubernetes"] });
    expect(namespace.status).toEqual({ phase: "Active" });
  });
});

test("an update changes neither finalizers nor status", () => {
  const old = makeNamespace({ spec: { finalizers: ["kubernetes"] }, status: { phase: "Terminating" } });
  const next = makeNamespace({ spec: { finalizers: [] }, status: { phase: "Active" } });
  namespaceRow.prepareUpdate(next, old, facts);
  expect(next.spec).toEqual({ finalizers: ["kubernetes"] });
  expect(next.status).toEqual({ phase: "Terminating" });
});

test("finalize changes finalizers alone, and only to names that can be", () => {
  const finalize = namespaceRow.subresources["finalize"];
  const old = makeNamespace({ spec: { finalizers: ["kubernetes"] } });
  const next = makeNamespace({ spec: { finalizers: ["mine"] }, status: { phase: "Terminating" } });
  finalize?.prepareUpdate(next, old, facts);
  expect(next.status).toEqual({ phase: "Active" });
  expect(finalize?.validateUpdate(next, old).map(({ field, message }) => `${field}: ${message}`)).toEqual([
    'spec.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
  ]);
});

test("the phase says whether it is being deleted, never more", () => {
  const status = namespaceRow.subresources["status"];
  const deleting = { name: "shop", deletionTimestamp: facts.now };
  const wrong = (next: Namespace): number => status?.validateUpdate(next, makeNamespace()).length ?? -1;
  expect(wrong(makeNamespace({ status: { phase: "Active" } }))).toBe(0);
  expect(wrong(makeNamespace({ status: { phase: "Terminating" } }))).toBe(1);
  expect(wrong(makeNamespace({ metadata: deleting, status: { phase: "Active" } }))).toBe(1);
  expect(wrong(makeNamespace({ metadata: deleting, status: { phase: "Terminating" } }))).toBe(0);
});
