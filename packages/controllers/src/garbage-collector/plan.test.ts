import { resources } from "@bulkhead/client";
import { describe, expect, it } from "vitest";
import { type GraphNode, graphNode, OwnerGraph } from "./owner-graph.ts";
import { type OwnerState, planCollection } from "./plan.ts";

const node = (uid: string, owners: readonly string[], more: Partial<GraphNode> = {}): GraphNode => ({
  uid,
  resource: resources.configMaps,
  namespace: "n",
  name: uid,
  owners: owners.map((owner) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    name: owner,
    uid: owner,
    blockOwnerDeletion: true,
  })),
  deleting: false,
  foreground: false,
  orphaning: false,
  ...more,
});

const plan = (
  one: GraphNode,
  states: Readonly<Record<string, OwnerState>> = {},
  dependents: readonly GraphNode[] = [],
) => planCollection(one, dependents, (owner) => states[owner.uid] ?? "unknown");

describe("garbage collection plan", () => {
  it.each<[string, GraphNode, Record<string, OwnerState>, unknown]>([
    ["owned by nobody", node("a", []), {}, { kind: "none" }],
    ["its owner is there", node("a", ["o"]), { o: "present" }, { kind: "none" }],
    ["its owner is gone", node("a", ["o"]), { o: "absent" }, { kind: "delete", propagation: "keep" }],
    [
      "one owner of two is gone",
      node("a", ["o", "p"]),
      { o: "absent", p: "present" },
      { kind: "drop-owners", uids: ["o"] },
    ],
    ["its owner waits for it", node("a", ["o"]), { o: "waiting" }, { kind: "delete", propagation: "keep" }],
    ["the owner's kind is not served", node("a", ["o", "p"]), { o: "unknown", p: "absent" }, { kind: "later" }],
    ["it goes already", node("a", ["o"], { deleting: true }), { o: "absent" }, { kind: "none" }],
  ])("%s", (_name, one, states, expected) => {
    expect(plan(one, states)).toEqual(expected);
  });

  it("deletes in the foreground what has dependents below a waiting owner", () => {
    expect(plan(node("a", ["o"]), { o: "waiting" }, [node("b", ["a"])])).toEqual({
      kind: "delete",
      propagation: "Foreground",
    });
  });

  it("finishes a foreground deletion when no dependent blocks it any more", () => {
    const owner = node("o", [], { deleting: true, foreground: true });
    expect(plan(owner, {}, [node("a", ["o"])])).toEqual({ kind: "visit", uids: ["a"] });
    expect(plan(owner, {}, [node("a", ["o"], { deleting: true })])).toEqual({ kind: "visit", uids: [] });
    const loose = node("a", ["o"]);
    const unblocked = { ...loose, owners: loose.owners.map((one) => ({ ...one, blockOwnerDeletion: false })) };
    expect(plan(owner, {}, [unblocked])).toEqual({ kind: "finish-foreground" });
  });

  it("leaves dependents alone when it orphans", () => {
    const dependents = [node("a", ["o"])];
    expect(plan(node("o", [], { deleting: true, orphaning: true }), {}, dependents)).toEqual({
      kind: "orphan",
      dependents,
    });
  });
});

describe("owner graph", () => {
  it("knows dependents before their owner, and forgets old owners", () => {
    const graph = new OwnerGraph();
    graph.put(node("a", ["o"]));
    expect(graph.dependentsOf("o").map((one) => one.uid)).toEqual(["a"]);
    graph.put(node("a", ["p"]));
    expect(graph.dependentsOf("o")).toEqual([]);
    expect(graph.dependentsOf("p").map((one) => one.uid)).toEqual(["a"]);
    graph.remove("a");
    expect(graph.dependentsOf("p")).toEqual([]);
  });

  it("reads how an object is being deleted", () => {
    const metadata = {
      name: "x",
      uid: "u",
      deletionTimestamp: "2026-01-01T00:00:00Z",
      finalizers: ["foregroundDeletion"],
    };
    expect(graphNode(resources.configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata })).toMatchObject({
      deleting: true,
      foreground: true,
      orphaning: false,
    });
    // A finalizer alone is a wish for later.
    const { deletionTimestamp: _at, ...alive } = metadata;
    expect(graphNode(resources.configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata: alive })).toMatchObject({
      deleting: false,
      foreground: false,
    });
  });
});
