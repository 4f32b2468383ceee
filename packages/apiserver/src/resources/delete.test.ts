import type { DeleteOptions, KubeObject } from "@bulkhead/api";
import { expect, test } from "vitest";
import { beginDeletion, deleteOptions } from "./delete.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const object = (metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", ...metadata },
});
const begin = (of: KubeObject, options: object = {}, grace?: number) =>
  beginDeletion(of, options as DeleteOptions, (_object, asked) => asked ?? grace, now);

test("without grace and finalizers an object goes at once", () => {
  expect(begin(object()).gone).toBe(true);
});

test("with grace it stays until the grace is over, and a shorter one brings that nearer", () => {
  const pod = object({ generation: 1 });
  expect(begin(pod, {}, 30)).toEqual({ gone: false, changed: true });
  expect(pod.metadata).toMatchObject({
    deletionTimestamp: "2026-01-01T00:00:30Z",
    deletionGracePeriodSeconds: 30,
    generation: 2,
  });
  expect(begin(pod, {}, 30)).toEqual({ gone: false, changed: false });
  expect(begin(pod, { gracePeriodSeconds: 5 }, 30).gone).toBe(false);
  expect(pod.metadata).toMatchObject({ deletionTimestamp: "2026-01-01T00:00:05Z", generation: 2 });
  expect(begin(pod, { gracePeriodSeconds: 60 }, 30)).toEqual({ gone: false, changed: false });
  expect(begin(pod, { gracePeriodSeconds: 0 }, 30).gone).toBe(true);
});

test("the policy sets the garbage collector's finalizers and takes the other one's", () => {
  const policies = { Foreground: ["a/b", "foregroundDeletion"], Orphan: ["a/b", "orphan"], Background: ["a/b"] };
  for (const [propagationPolicy, finalizers] of Object.entries(policies)) {
    const held = object({ finalizers: ["a/b", "orphan"] });
    expect(begin(held, { propagationPolicy }).gone).toBe(false);
    expect(held.metadata.finalizers).toEqual(finalizers);
  }
});

test("a namespace is held by its own finalizers and shows that it is going", () => {
  const namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "n" },
    spec: { finalizers: ["kubernetes"] },
  };
  expect(begin(namespace).gone).toBe(false);
  expect(namespace).toMatchObject({ status: { phase: "Terminating" } });
});

test("options of the query lie over those of the body, and senseless ones are refused", () => {
  const options = deleteOptions(
    { gracePeriodSeconds: 5 } as DeleteOptions,
    new URLSearchParams("gracePeriodSeconds=7&propagationPolicy=Orphan"),
  );
  expect(options).toMatchObject({ gracePeriodSeconds: 7, propagationPolicy: "Orphan" });
  for (const query of ["propagationPolicy=X", "dryRun=Some", "propagationPolicy=Orphan&orphanDependents=true"])
    expect(() => deleteOptions({} as DeleteOptions, new URLSearchParams(query)), query).toThrow(
      expect.objectContaining({ code: 422 }),
    );
});
