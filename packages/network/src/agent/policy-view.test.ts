import type { Namespace, NetworkPolicy } from "@bulkhead/api";
import { expect, test } from "vitest";
import { createPolicyView } from "./policy-view.ts";

const policy = (name: string, resourceVersion: string): NetworkPolicy => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { namespace: "shop", name, resourceVersion },
});
const namespace = (deletionTimestamp?: string): Namespace => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
});
const state = (
  informed: NetworkPolicy[],
  init: { ending?: boolean; empty?: boolean; gone?: boolean; now?: number } = {},
) => ({
  informed,
  namespaces: init.gone ? [] : [namespace(init.ending ? "2026-01-01T00:00:00Z" : undefined)],
  inhabited: new Set(init.empty ? [] : ["shop"]),
  now: init.now ?? 0,
});
const names = (policies: readonly NetworkPolicy[]): string[] =>
  policies.map((p) => `${p.metadata.name}@${p.metadata.resourceVersion}`);

test("what a birth learned holds until the informer knows as much", () => {
  const view = createPolicyView();
  view.learn([policy("deny", "7")], 0);
  expect(names(view.current(state([])))).toEqual(["deny@7"]);
  expect(names(view.current(state([policy("deny", "5")])))).toEqual(["deny@7"]);
  expect(names(view.current(state([policy("deny", "9")])))).toEqual(["deny@9"]);
  expect(names(view.current(state([])))).toEqual([]);
});

test("what the informer never confirms is believed for half a minute", () => {
  const view = createPolicyView();
  view.learn([policy("deny", "7")], 0);
  expect(names(view.current(state([], { now: 29_000 })))).toEqual(["deny@7"]);
  expect(names(view.current(state([], { now: 31_000 })))).toEqual([]);
});

test("a deleted policy is gone where its namespace lives", () => {
  const view = createPolicyView();
  view.learn([policy("deny", "7")], 0);
  view.deleted(policy("deny", "7"));
  expect(view.current(state([]))).toEqual([]);
  expect(view.current(state([], { ending: true }))).toEqual([]);
});

test("where the namespace ends it holds until the last pod is gone", () => {
  const view = createPolicyView();
  view.deleted(policy("deny", "7"));
  expect(names(view.current(state([], { ending: true })))).toEqual(["deny@7"]);
  expect(names(view.current(state([], { gone: true })))).toEqual(["deny@7"]);
  expect(view.current(state([], { gone: true, empty: true }))).toEqual([]);
  expect(view.current(state([], { gone: true }))).toEqual([]);
});
