import { describe, expect, test } from "vitest";
import type { Node } from "../generated/types.ts";
import { nodeRow } from "./node.ts";

const facts = { now: "2026-01-01T00:00:00Z", randomSuffix: (): string => "bcdfg" };

function makeNode(parts: Partial<Node> = {}): Node {
  const node: Node = { apiVersion: "v1", kind: "Node", metadata: { name: "one" }, ...parts };
  nodeRow.defaults(node);
  return node;
}

const causes = (next: Node, old?: Node): string[] =>
  (old === undefined ? nodeRow.validateCreate(next) : nodeRow.validateUpdate(next, old)).map(
    (error) => `${error.field}: ${error.message}`,
  );

test("podCIDR and podCIDRs say the same, whichever was given", () => {
  expect(makeNode({ spec: { podCIDR: "10.1.0.0/16" } }).spec?.podCIDRs).toEqual(["10.1.0.0/16"]);
  expect(makeNode({ spec: { podCIDRs: ["10.1.0.0/16"] } }).spec?.podCIDR).toBe("10.1.0.0/16");
});

test("what can be given out is what there is, unless said", () => {
  expect(makeNode({ status: { capacity: { cpu: "4" } } }).status?.allocatable).toEqual({ cpu: "4" });
  const less = makeNode({ status: { capacity: { cpu: "4" }, allocatable: { cpu: "3" } } });
  expect(less.status?.allocatable).toEqual({ cpu: "3" });
});

describe("rules", () => {
  test("taints are unique by key and effect", () => {
    const taint = { key: "a", value: "1", effect: "NoSchedule" };
    expect(causes(makeNode({ spec: { taints: [taint, { ...taint, effect: "NoExecute" }] } }))).toEqual([]);
    expect(causes(makeNode({ spec: { taints: [taint, { ...taint, value: "2" }] } })).join()).toContain(
      "taints must be unique by key and effect pair",
    );
    expect(causes(makeNode({ spec: { taints: [{ ...taint, effect: "Never" }] } })).join()).toContain(
      'Unsupported value: "Never"',
    );
  });

  test("one block of pod addresses a family", () => {
    expect(causes(makeNode({ spec: { podCIDRs: ["10.1.0.0/16", "2001:db8::/64"] } }))).toEqual([]);
    expect(causes(makeNode({ spec: { podCIDRs: ["10.1.0.0/16", "10.2.0.0/16"] } })).join()).toContain(
      "may specify no more than one CIDR for each IP family",
    );
  });

  test("what identifies a node is set once", () => {
    const old = makeNode({ spec: { podCIDR: "10.1.0.0/16", providerID: "a" } });
    expect(causes(makeNode({ spec: { podCIDR: "10.2.0.0/16", providerID: "b" } }), old)).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ]);
    expect(causes(old, makeNode())).toEqual([]);
  });
});

describe("its row in a table", () => {
  const cells = (node: Node): readonly unknown[] => nodeRow.table.cells(node, Date.parse(facts.now));
  const ready = (status: string): Node["status"] => ({
    conditions: [{ type: "Ready", status }] as NonNullable<Node["status"]>["conditions"],
  });

  test("says how the node is", () => {
    expect(cells(makeNode())[1]).toBe("Unknown");
    expect(cells(makeNode({ status: ready("True") }))[1]).toBe("Ready");
    expect(cells(makeNode({ status: ready("Unknown") }))[1]).toBe("NotReady");
    expect(cells(makeNode({ status: ready("True"), spec: { unschedulable: true } }))[1]).toBe(
      "Ready,SchedulingDisabled",
    );
  });

  test("names its roles in order", () => {
    const labels = { "node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "" };
    expect(cells(makeNode({ metadata: { name: "one", labels } }))[2]).toBe("control-plane,worker");
    expect(cells(makeNode())[2]).toBe("<none>");
  });
});

test("an update keeps the status, and a status update the specification", () => {
  const old = makeNode({ spec: { unschedulable: true }, status: { phase: "Running" } });
  const next = makeNode({ status: { phase: "Pending" } });
  nodeRow.prepareUpdate(next, old, facts);
  expect(next.status).toMatchObject({ phase: "Running" });
  const status = makeNode({ status: { phase: "Pending" } });
  nodeRow.subresources["status"]?.prepareUpdate(status, old, facts);
  expect(status.spec).toEqual({ unschedulable: true });
  expect(status.status).toMatchObject({ phase: "Pending" });
});
