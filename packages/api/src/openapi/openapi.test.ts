import { describe, expect, it } from "vitest";
import { customResourceKind } from "../custom-resource/custom-resource-row.ts";
import type { CustomResourceDefinition, JsonObject } from "../generated/types.ts";
import { rowForKind } from "../kinds/index.ts";
import { openApiDocument, openApiIndex, openApiPath } from "./openapi.ts";

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>> };
}

const rowOf = (group: string, kind: string) => {
  const row = rowForKind(group, "v1", kind);
  if (row === undefined) throw new Error(`no row for ${kind}`);
  return row;
};

const documentOf = async (...kinds: Parameters<typeof openApiDocument>[0]): Promise<Document> =>
  (await openApiDocument(kinds, "v1.36.0")) as unknown as Document;

const definition: CustomResourceDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.example.com" },
  spec: {
    group: "example.com",
    scope: "Cluster",
    names: { plural: "things", kind: "Thing" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", properties: { spec: { type: "object", description: "Wanted." } } },
        },
        subresources: { status: {} },
      },
    ],
  },
};

describe("openApiDocument", () => {
  it("holds every schema that it refers to", async () => {
    const document = await documentOf({ row: rowOf("apps", "Deployment") });
    const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      (m) => m[1] ?? "",
    );
    for (const id of referred) expect(Object.hasOwn(document.components.schemas, id), id).toBe(true);
    expect(document.components.schemas["io.k8s.api.apps.v1.Deployment"]).toMatchObject({
      "x-kubernetes-group-version-kind": [{ group: "apps", kind: "Deployment", version: "v1" }],
      properties: {
        spec: { allOf: [{ $ref: "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec" }], default: {} },
      },
    });
  });

  it("describes every type and field", async () => {
    const document = await documentOf({ row: rowOf("", "Pod") });
    const container = document.components.schemas["io.k8s.api.core.v1.Container"] as unknown as {
      description: string;
      properties: Record<string, JsonObject>;
    };
    expect(container.description).toContain("single application container");
    for (const [name, property] of Object.entries(container.properties)) {
      expect(typeof property["description"], name).toBe("string");
    }
    expect(container.properties["ports"]).toMatchObject({
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
      "x-kubernetes-patch-merge-key": "containerPort",
      "x-kubernetes-patch-strategy": "merge",
    });
  });

  it("has the paths and operations that clients look for", async () => {
    const { paths } = await documentOf({ row: rowOf("apps", "Deployment") });
    const root = "/apis/apps/v1/namespaces/{namespace}/deployments";
    expect(Object.keys(paths).sort()).toEqual([
      "/apis/apps/v1/deployments",
      root,
      `${root}/{name}`,
      `${root}/{name}/scale`,
      `${root}/{name}/status`,
    ]);
    const patch = paths[`${root}/{name}`]?.["patch"] as unknown as {
      parameters: Array<{ name: string }>;
      requestBody: { content: Record<string, object> };
    };
    expect(patch).toMatchObject({
      "x-kubernetes-action": "patch",
      "x-kubernetes-group-version-kind": { group: "apps", kind: "Deployment", version: "v1" },
    });
    expect(patch.parameters.map((p) => p.name)).toEqual(["dryRun", "fieldManager", "fieldValidation", "force"]);
    expect(Object.keys(patch.requestBody.content)).toContain("application/strategic-merge-patch+json");
    expect(paths[root]?.["get"]).toMatchObject({ "x-kubernetes-action": "list" });
  });

  it("takes custom resources as their definition has them", async () => {
    const version = definition.spec.versions[0];
    if (version === undefined) throw new Error("a definition has a version");
    const { row } = customResourceKind(definition, version);
    const document = await documentOf({ row, customSchema: version.schema?.openAPIV3Schema });
    expect(document.components.schemas["com.example.v1.Thing"]).toMatchObject({
      properties: { apiVersion: { type: "string" }, spec: { description: "Wanted." } },
      "x-kubernetes-group-version-kind": [{ group: "example.com", kind: "Thing", version: "v1" }],
    });
    const one = document.paths["/apis/example.com/v1/things/{name}"]?.["patch"] as unknown as {
      requestBody: { content: Record<string, object> };
    };
    expect(Object.keys(one.requestBody.content)).not.toContain("application/strategic-merge-patch+json");
    expect(document.paths["/apis/example.com/v1/things/{name}/status"]).toBeDefined();
  });

  it("is listed by path and hash", () => {
    expect(openApiPath("", "v1")).toBe("api/v1");
    expect(openApiIndex(new Map([[openApiPath("apps", "v1"), "ABC"]]))).toEqual({
      paths: { "apis/apps/v1": { serverRelativeURL: "/openapi/v3/apis/apps/v1?hash=ABC" } },
    });
  });
});
