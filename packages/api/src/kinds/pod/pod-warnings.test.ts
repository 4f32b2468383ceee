import { expect, test } from "vitest";
import type { PodSpec } from "../../generated/types.ts";
import { makeContainer, makePod } from "./make-pod.ts";
import { podWarnings } from "./pod-warnings.ts";

const warnings = (spec: Partial<PodSpec>): string[] => podWarnings(makePod({ spec }));

test("an ordinary pod warns of nothing", () => {
  expect(warnings({})).toEqual([]);
});

test("labels of nodes that were replaced", () => {
  expect(warnings({ nodeSelector: { "beta.kubernetes.io/os": "linux" } })).toEqual([
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ]);
  expect(warnings({ nodeSelector: { constructor: "x" } })).toEqual([]);
});

test("an environment variable that hides another", () => {
  const env = [
    { name: "A", value: "1" },
    { name: "A", value: "2" },
  ];
  expect(warnings({ containers: [makeContainer({ env })] }).join()).toContain('hides previous definition of "A"');
});

test("ports that are the same", () => {
  const ports = [{ containerPort: 80 }, { containerPort: 80 }];
  expect(warnings({ containers: [makeContainer({ ports })] }).join()).toContain("duplicate port definition");
});

test("a fraction of a byte", () => {
  const resources = { limits: { memory: "100m" } };
  expect(warnings({ containers: [makeContainer({ resources })] }).join()).toContain(
    'fractional byte value "100m" is invalid, must be an integer',
  );
});

test("pull secrets without a name, and named twice", () => {
  expect(warnings({ imagePullSecrets: [{ name: "" }] }).join()).toContain("invalid empty name");
  expect(warnings({ hostAliases: [{ ip: "10.0.0.1" }, { ip: "10.0.0.1" }] }).join()).toContain("duplicate ip");
});

test("volumes whose files lie over one another", () => {
  const projected = {
    sources: [
      { configMap: { name: "a", items: [{ key: "k", path: "x" }] } },
      { secret: { name: "b", items: [{ key: "k", path: "x" }] } },
    ],
  };
  expect(warnings({ volumes: [{ name: "v", projected }] })).toHaveLength(1);
});

test("of a great many files over one another only some are told", () => {
  const items = Array.from({ length: 5000 }, () => ({ key: "k", path: "x" }));
  const found = warnings({ volumes: [{ name: "v", configMap: { name: "a", items } }] });
  expect(found.length).toBeGreaterThan(0);
  expect(found.length).toBeLessThan(items.length);
});

test("a spread that matches no pod", () => {
  const constraint = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" };
  expect(warnings({ topologySpreadConstraints: [constraint] }).join()).toContain("results in matching no pod");
});
