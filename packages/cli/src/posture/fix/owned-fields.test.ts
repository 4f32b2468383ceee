import { expect, test } from "vitest";
import { merged, ownedPart, schemaOfObject } from "./owned-fields.ts";

const schema = schemaOfObject({ apiVersion: "apps/v1", kind: "Deployment" });
const containers = (...list: object[]): object => ({ spec: { template: { spec: { containers: list } } } });

test("fields are laid over others, containers by their names", () => {
  expect(
    merged(
      containers({ name: "a", securityContext: { privileged: false } }),
      containers({ name: "b", image: "x" }, { name: "a", securityContext: { runAsNonRoot: true } }),
      schema,
    ),
  ).toEqual(
    containers({ name: "a", securityContext: { privileged: false, runAsNonRoot: true } }, { name: "b", image: "x" }),
  );
});

test("lists without keys are said whole", () => {
  const drop = (...words: string[]) => containers({ name: "a", securityContext: { capabilities: { drop: words } } });
  expect(merged(drop("NET_RAW"), drop("ALL"), schema)).toEqual(drop("ALL"));
});

test("what a manager owns is found in the object by its fieldsV1", () => {
  const live = {
    metadata: { labels: { mine: "1", others: "2" } },
    ...containers(
      { name: "a", image: "x", securityContext: { privileged: false, runAsUser: 5 } },
      { name: "b", image: "y" },
    ),
  };
  const fields = {
    "f:metadata": { "f:labels": { "f:mine": {} } },
    "f:spec": {
      "f:template": {
        "f:spec": {
          "f:containers": { 'k:{"name":"a"}': { ".": {}, "f:name": {}, "f:securityContext": { "f:privileged": {} } } },
        },
      },
    },
  };
  expect(ownedPart(live, fields)).toEqual({
    metadata: { labels: { mine: "1" } },
    ...containers({ name: "a", securityContext: { privileged: false } }),
  });
});

test("kinds that nobody here knows merge by their maps", () => {
  const unknown = schemaOfObject({ apiVersion: "example.com/v1", kind: "Thing" });
  expect(merged({ a: { b: 1 }, l: [1] }, { a: { c: 2 }, l: [2] }, unknown)).toEqual({ a: { b: 1, c: 2 }, l: [2] });
});
