import { describe, expect, test } from "vitest";
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../../generated/types.ts";
import { customResourceDefinitionRow as row } from "./crd-row.ts";

const facts = { now: "2026-01-01T00:00:00Z", randomSuffix: (): string => "bcdfg" };
const schema = { openAPIV3Schema: { type: "object" } };
const v1: CustomResourceDefinitionVersion = { name: "v1", served: true, storage: true, schema };

type Spec = CustomResourceDefinition["spec"];

/** As it stands after creation, but for what a test is about. */
function makeDefinition(spec: Partial<Spec> = {}, name = "widgets.example.com"): CustomResourceDefinition {
  const definition: CustomResourceDefinition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name, generation: 1 },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [v1],
      ...spec,
    },
  };
  row.defaults(definition);
  row.prepareCreate(definition, facts);
  return definition;
}

const texts = (errors: readonly { readonly field: string; readonly message: string }[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);
const causes = (spec: Partial<Spec>, name?: string): string[] => texts(row.validateCreate(makeDefinition(spec, name)));

test("names follow from the kind", () => {
  expect(makeDefinition().spec.names).toMatchObject({ singular: "widget", listKind: "WidgetList" });
  expect(makeDefinition().spec.conversion).toEqual({ strategy: "None" });
  expect(causes({})).toEqual([]);
});

describe("a definition is refused", () => {
  test("whose name is not that of its resource", () => {
    expect(causes({}, "gadgets.example.com")).toEqual([
      'metadata.name: Invalid value: "gadgets.example.com": must be spec.names.plural+"."+spec.group',
    ]);
  });

  test("whose versions are not told apart, or not one is stored", () => {
    expect(causes({ versions: [v1, v1] }).join()).toContain("must contain unique version names");
    expect(causes({ versions: [v1, { ...v1, name: "v2" }] }).join()).toContain(
      "must have exactly one version marked as storage version",
    );
    expect(causes({ versions: [{ ...v1, name: "V1" }] }).join()).toContain("spec.versions[0].name");
  });

  test("without a schema, or with one that is not structural", () => {
    const { schema: _none, ...bare } = v1;
    expect(causes({ versions: [bare] })).toEqual(["spec.versions[0].schema.openAPIV3Schema: Required value"]);
    const open = { openAPIV3Schema: { type: "object", properties: { spec: {} } } };
    expect(causes({ versions: [{ ...v1, schema: open }] }).join()).toContain("properties[spec].type");
  });

  test("with a conversion webhook, and told what to do instead", () => {
    const found = causes({ conversion: { strategy: "Webhook" } });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("spec.conversion.strategy: Forbidden");
    expect(found[0]).toContain("use None");
  });

  test("in Kubernetes' own groups, without approval", () => {
    const spec = { group: "apps.k8s.io" };
    expect(causes(spec, "widgets.apps.k8s.io").join()).toContain("protected groups must have approval annotation");
  });

  test("in a group that is no domain", () => {
    expect(causes({ group: "example" }, "widgets.example")).toEqual([
      'spec.group: Invalid value: "example": should be a domain with at least one dot',
    ]);
  });
});

describe("updates", () => {
  const established = (): CustomResourceDefinition => {
    const definition = makeDefinition();
    const conditions = [{ type: "Established", status: "True" }] as NonNullable<
      CustomResourceDefinition["status"]
    >["conditions"];
    definition.status = { ...definition.status, conditions } as NonNullable<CustomResourceDefinition["status"]>;
    return definition;
  };
  const changed = (spec: Partial<Spec>, old: CustomResourceDefinition): CustomResourceDefinition => {
    const next = structuredClone(old);
    Object.assign(next.spec, spec);
    row.defaults(next);
    row.prepareUpdate(next, old, facts);
    return next;
  };

  test("do not move it to another scope, group or plural", () => {
    const old = established();
    const next = changed({ scope: "Cluster", group: "example.org", names: { plural: "things", kind: "Thing" } }, old);
    const found = texts(row.validateUpdate(next, old)).filter((text) => text.includes("field is immutable"));
    expect(found.map((text) => text.split(":")[0])).toEqual([
      "spec.scope",
      "spec.names.kind",
      "spec.group",
      "spec.names.plural",
    ]);
  });

  test("remember every version that was ever stored", () => {
    const old = makeDefinition();
    expect(old.status?.storedVersions).toEqual(["v1"]);
    const both = [
      { ...v1, storage: false },
      { ...v1, name: "v2" },
    ];
    const next = changed({ versions: both }, old);
    expect(next.status?.storedVersions).toEqual(["v1", "v2"]);
    expect(next.metadata.generation).toBe(2);
    expect(row.validateUpdate(next, old)).toEqual([]);
  });

  test("may not take away a version in which objects are stored", () => {
    const old = makeDefinition();
    const next = changed({ versions: [{ ...v1, name: "v2" }] }, old);
    expect(texts(row.validateUpdate(next, old)).join()).toContain("missing from spec.versions; v1 was previously");
  });
});
