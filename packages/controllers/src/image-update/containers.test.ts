import type { Deployment } from "@bulkhead/api";
import { expect, test } from "vitest";
import { appliedImages, imageIn, withContainerImage } from "./containers.ts";

const spec = {
  initContainers: [
    { name: "migrate", image: "r.example/migrate:1" },
    { name: "proxy", image: "r.example/proxy:1", restartPolicy: "Always" },
  ],
  containers: [
    { name: "web", image: "r.example/web:1" },
    { name: "log", image: "r.example/log:1" },
  ],
};
const deployment = (owned: Readonly<Record<string, readonly string[]>>, manager = "us"): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "d",
    managedFields: [
      {
        manager,
        operation: "Apply",
        fieldsV1: {
          "f:spec": {
            "f:template": {
              "f:spec": Object.fromEntries(
                Object.entries(owned).map(([list, names]) => [
                  `f:${list}`,
                  Object.fromEntries(names.map((name) => [`k:{"name":"${name}"}`, { "f:image": {}, "f:name": {} }])),
                ]),
              ),
            },
          },
        },
      },
    ],
  },
  spec: { selector: {}, template: { metadata: {}, spec } },
});

test("an init container's image, and a sidecar's, are found and set where they stand", () => {
  expect(["migrate", "proxy", "web", "none"].map((name) => imageIn({ spec }, name))).toEqual([
    "r.example/migrate:1",
    "r.example/proxy:1",
    "r.example/web:1",
    undefined,
  ]);
  const changed = withContainerImage(spec, "proxy", "r.example/proxy:2");
  expect([imageIn({ spec: changed }, "proxy"), imageIn({ spec: changed }, "web")]).toEqual([
    "r.example/proxy:2",
    "r.example/web:1",
  ]);
  expect(changed.initContainers[1]?.restartPolicy).toBe("Always");
});

test("what is applied names one container, and those that were set before", () => {
  expect(appliedImages(deployment({}), ["spec", "template"], "us", "proxy", "new")).toEqual({
    initContainers: [{ name: "proxy", image: "new" }],
  });
  const before = deployment({ containers: ["web"], initContainers: ["migrate", "proxy", "gone"] });
  expect(appliedImages(before, ["spec", "template"], "us", "log", "new")).toEqual({
    containers: [
      { name: "web", image: "r.example/web:1" },
      { name: "log", image: "new" },
    ],
    initContainers: spec.initContainers.map(({ name, image }) => ({ name, image })),
  });
  expect(appliedImages(before, ["spec", "template"], "another", "log", "new")).toEqual({
    containers: [{ name: "log", image: "new" }],
  });
});
