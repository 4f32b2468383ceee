import { describe, expect, test } from "vitest";
import { toWireForm } from "./wire-form.ts";

const written = (schema: string, draft: object): unknown => {
  toWireForm(draft, schema);
  return draft;
};

const pod = "io.k8s.api.core.v1.Pod";

describe("the form in which objects are written", () => {
  test("leaves out nulls and empty optional fields", () => {
    const draft = {
      metadata: { name: "p", labels: {}, annotations: null },
      spec: { containers: [{ name: "c", args: [], stdin: false, resources: {} }], nodeName: "", volumes: null },
      status: {},
    };
    expect(written(pod, draft)).toEqual({
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", resources: {} }] },
      status: {},
    });
  });

  test("reads a null in a list as Go does, as the zero of its type", () => {
    const containers = [{ name: "c", command: ["sh", null], env: [null], resources: {} }, null];
    const draft = { metadata: { finalizers: [null] }, spec: { containers }, status: {} };
    expect(written(pod, draft)).toEqual({
      metadata: { finalizers: [""] },
      spec: {
        containers: [
          { name: "c", command: ["sh", ""], env: [{ name: "" }], resources: {} },
          { name: "", resources: {} },
        ],
      },
      status: {},
    });
  });

  test("keeps a pointer's zero, which is an answer", () => {
    const spec = { containers: [], terminationGracePeriodSeconds: 0, enableServiceLinks: false };
    expect(written(pod, { metadata: {}, spec, status: {} })).toMatchObject({
      spec: { terminationGracePeriodSeconds: 0, enableServiceLinks: false },
    });
  });

  test("keeps an emptyDir that says nothing", () => {
    const spec = { containers: [], volumes: [{ name: "v", emptyDir: {} }] };
    expect(written(pod, { metadata: {}, spec, status: {} })).toMatchObject({
      spec: { volumes: [{ name: "v", emptyDir: {} }] },
    });
  });

  test("has required fields and embedded structs, given or not", () => {
    expect(written("io.k8s.api.apps.v1.Deployment", { metadata: {}, spec: {} })).toEqual({
      metadata: {},
      spec: {
        selector: null,
        template: { metadata: {}, spec: { containers: null } },
        strategy: {},
      },
      status: {},
    });
  });

  test("writes quantities and times in one way", () => {
    const resources = { limits: { cpu: "1000m", memory: 1073741824 } };
    const draft = {
      metadata: { deletionTimestamp: "2026-01-01T01:00:00+01:00" },
      spec: { containers: [{ name: "c", resources }] },
    };
    expect(written(pod, draft)).toMatchObject({
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
      spec: { containers: [{ resources: { limits: { cpu: "1", memory: "1073741824" } } }] },
    });
  });

  test("reads a null in a list as an empty struct, and in a map as an empty value", () => {
    const draft = { metadata: { labels: { a: null } }, spec: { containers: [null] } };
    expect(written(pod, draft)).toMatchObject({
      metadata: { labels: { a: "" } },
      spec: { containers: [{ name: "", resources: {} }] },
    });
  });

  test("touches nothing that it does not know", () => {
    const draft = { metadata: { mystery: null }, spec: { containers: [], other: [] } };
    expect(written(pod, draft)).toMatchObject({ metadata: { mystery: null }, spec: { other: [] } });
    const foreign = { metadata: { labels: {} }, spec: null };
    expect(written("example.com.v1.Thing", structuredClone(foreign))).toEqual(foreign);
  });
});
