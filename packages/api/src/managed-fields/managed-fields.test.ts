import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customResourceSchema } from "../custom-resource/json-schema.ts";
import type { ManagedFieldsEntry, StatusCause } from "../generated/types.ts";
import { toWireForm } from "../kinds/wire-form.ts";
import type { GroupVersionKind, KubeObject } from "../object.ts";
import { jsonClone, jsonEqual } from "../patch/json-equal.ts";
import { parsePatch } from "../patch/patch.ts";
import { schemaIdOfKind, schemaOf } from "../schema-facts.ts";
import { StatusError } from "../status.ts";
import { type ApplyContext, applyConfiguration } from "./apply.ts";
import { compareObjects } from "./compare.ts";
import { eachPath, type FieldSet, intersection, union } from "./field-set.ts";
import { decodeManagers, maxUpdateManagers } from "./managers.ts";
import { mergeValues } from "./merge.ts";
import { fieldSetOf, removeFields } from "./owned-fields.ts";
import { emptyObject, trackUpdate } from "./track.ts";

const now = "2026-01-01T00:00:00Z";

interface Recorded {
  readonly case: string;
  readonly step: number;
  readonly verb: "apply" | "update";
  readonly kind: GroupVersionKind;
  readonly manager: string;
  readonly subresource: string;
  readonly force: boolean;
  readonly live: KubeObject | null;
  readonly scaled?: { readonly manager: string; readonly replicas: number };
  readonly body: unknown;
  readonly managedFields?: ManagedFieldsEntry[] | null;
  readonly error?: { readonly code: number; readonly message: string; readonly causes?: StatusCause[] };
}

const recorded = JSON.parse(readFileSync(new URL("./fixtures/writes.json", import.meta.url), "utf8")) as Recorded[];

const status: readonly string[] = ["status"];
const spec: readonly string[] = ["spec"];

function contextOf(kind: GroupVersionKind, manager: string, more: Partial<ApplyContext> = {}): ApplyContext {
  return {
    manager,
    apiVersion: kind.group === "" ? kind.version : `${kind.group}/${kind.version}`,
    subresource: "",
    now,
    schema: schemaOf(schemaIdOfKind(kind) ?? ""),
    resetFields: status,
    kind: kind.kind,
    force: false,
    ...more,
  };
}

/** The object as the scale subresource leaves it. */
function scaledBy(one: Recorded): KubeObject | undefined {
  if (one.live === null) return undefined;
  if (one.scaled === undefined) return one.live;
  const next = jsonClone(one.live) as KubeObject & { spec: { replicas: number } };
  next.spec.replicas = one.scaled.replicas;
  trackUpdate(one.live, next, contextOf(one.kind, one.scaled.manager, { subresource: "scale", untimed: true }));
  return next;
}

describe("recorded writes", () => {
  it.each(recorded)("$case, step $step: $verb by $manager", (one) => {
    const { force, subresource } = one;
    const resetFields = subresource === "status" ? spec : status;
    const context = contextOf(one.kind, one.manager, { force, subresource, resetFields });
    const live = scaledBy(one);
    const run = (): ManagedFieldsEntry[] | undefined => {
      if (one.verb === "update") {
        const next = { ...(one.body as KubeObject) };
        next.metadata = { ...next.metadata, uid: "u" };
        trackUpdate(live, next, context);
        return next.metadata.managedFields;
      }
      const text = typeof one.body === "string" ? one.body : JSON.stringify(one.body);
      const parsed = parsePatch(Buffer.from(text), "apply");
      if (parsed.type === "json") throw new Error("an apply patch is an object");
      return applyConfiguration(live, parsed.patch, context).object.metadata.managedFields;
    };
    if (one.error === undefined) {
      expect(run() ?? null).toEqual(one.managedFields ?? null);
      return;
    }
    try {
      run();
      expect.unreachable("the write should have been refused");
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(StatusError);
      const { code, message, details } = thrown as StatusError;
      expect({ code, message, causes: details?.causes }).toEqual({ ...one.error, causes: one.error.causes });
    }
  });
});

const configMap = { group: "", version: "v1", kind: "ConfigMap" };
const makeConfigMap = (data: object, more: object = {}): KubeObject =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", ...more }, data }) as KubeObject;

const entriesOf = (object: KubeObject): Array<[string, unknown]> =>
  (object.metadata.managedFields ?? []).map((entry) => [entry.manager ?? "", entry.fieldsV1]);

describe("trackUpdate", () => {
  const write = (live: KubeObject | undefined, next: KubeObject, manager: string, time = now): KubeObject => {
    trackUpdate(live, next, contextOf(configMap, manager, { now: time }));
    return next;
  };

  it("keeps entries when nothing changed, and their time", () => {
    const live = write(undefined, makeConfigMap({ a: "1" }), "one");
    const next = write(live, makeConfigMap({ a: "1" }), "two", "2026-02-02T00:00:00Z");
    expect(next.metadata.managedFields).toBe(live.metadata.managedFields);
  });

  it("keeps name and uid when an applier gives up the last label", () => {
    const context = contextOf(configMap, "gitops");
    const first = applyConfiguration(undefined, makeConfigMap({ a: "1" }, { labels: { x: "y" } }), context).object;
    const live: KubeObject = { ...first, metadata: { ...first.metadata, uid: "u" } };
    const { metadata } = applyConfiguration(live, makeConfigMap({ a: "1" }), context).object;
    expect({ ...metadata, managedFields: undefined }).toEqual({ name: "x", uid: "u", managedFields: undefined });
  });

  it("forgets all entries when told to, and tracks no more until an apply", () => {
    const live = write(undefined, makeConfigMap({ a: "1" }, { uid: "u" }), "one");
    const stripped = write(live, makeConfigMap({ a: "1" }, { uid: "u", managedFields: [{}] }), "two");
    expect(stripped.metadata.managedFields).toBeUndefined();
    const after = write(stripped, makeConfigMap({ a: "2" }, { uid: "u" }), "three");
    expect(after.metadata.managedFields).toBeUndefined();
    const applied = applyConfiguration(after, makeConfigMap({ b: "1" }), contextOf(configMap, "gitops")).object;
    expect(entriesOf(applied)).toEqual([
      ["gitops", { "f:data": { "f:b": {} } }],
      ["before-first-apply", { "f:data": { ".": {}, "f:a": {} } }],
    ]);
  });

  it("takes valid entries that a client sends, and passes over malformed ones", () => {
    const live = write(undefined, makeConfigMap({ a: "1" }, { uid: "u" }), "one");
    const mine: ManagedFieldsEntry[] = [
      {
        manager: "m",
        operation: "Update",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { "f:a": {} } },
      },
    ];
    expect(entriesOf(write(live, makeConfigMap({ a: "1" }, { uid: "u", managedFields: mine }), "two"))).toEqual([
      ["m", { "f:data": { "f:a": {} } }],
    ]);
    const broken = [{ ...mine[0], operation: "Nonsense" }];
    expect(
      write(live, makeConfigMap({ a: "1" }, { uid: "u", managedFields: broken }), "two").metadata.managedFields,
    ).toEqual(live.metadata.managedFields);
  });

  it("owns keys that every JavaScript object seems to have", () => {
    const live = write(undefined, makeConfigMap({ a: "1" }, { uid: "u" }), "one");
    const next = write(live, makeConfigMap({ a: "1", constructor: "x" }, { uid: "u" }), "two");
    expect(entriesOf(next)).toContainEqual(["two", { "f:data": { "f:constructor": {} } }]);
    const applied = applyConfiguration(live, makeConfigMap({ toString: "x" }), contextOf(configMap, "gitops")).object;
    expect((applied as unknown as { data: object }).data).toEqual({ a: "1", toString: "x" });
    const gone = applyConfiguration(applied, makeConfigMap({ valueOf: "y" }), contextOf(configMap, "gitops")).object;
    expect((gone as unknown as { data: object }).data).toEqual({ a: "1", valueOf: "y" });
  });

  it("keeps no more than ten update entries apart", () => {
    let live = write(undefined, makeConfigMap({ a: "0" }, { uid: "u" }), "m0");
    for (let i = 1; i < 15; i++) {
      const data = Object.fromEntries(Array.from({ length: i + 1 }, (_, j) => [`k${j}`, "v"]));
      live = write(live, makeConfigMap({ a: "0", ...data }, { uid: "u" }), `m${i}`, `2026-01-01T00:00:${10 + i}Z`);
    }
    const entries = live.metadata.managedFields ?? [];
    expect(entries).toHaveLength(maxUpdateManagers);
    expect(entries.map((e) => e.manager)).toContain("ancient-changes");
    let all: FieldSet;
    for (const { fields } of decodeManagers(entries)?.values() ?? []) all = union(all, fields);
    expect(Object.keys(all?.["f:data"] ?? {})).toHaveLength(1 + 16);
  });

  it("owns embedded structs through their fields, as a typed object is created", () => {
    const deployment = { group: "apps", version: "v1", kind: "Deployment" };
    const next = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d", labels: { a: "b" } },
      spec: {
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
        template: { spec: { containers: [{ name: "c", ports: [{ containerPort: 80, protocol: "TCP" }] }] } },
      },
      status: { replicas: 1 },
    } as KubeObject;
    trackUpdate(undefined, next, contextOf(deployment, "kubectl"));
    expect(entriesOf(next)).toEqual([
      [
        "kubectl",
        {
          "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
          "f:spec": {
            "f:strategy": { "f:type": {}, "f:rollingUpdate": { ".": {}, "f:maxSurge": {} } },
            "f:template": {
              "f:spec": {
                "f:containers": {
                  'k:{"name":"c"}': {
                    ".": {},
                    "f:name": {},
                    "f:ports": {
                      ".": {},
                      'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {}, "f:protocol": {} },
                    },
                  },
                },
              },
            },
          },
        },
      ],
    ]);
  });
});

/** Deployments small enough to differ in every way that matters: scalars, maps, lists by key, atomic parts. */
const env = fc.uniqueArray(fc.record({ name: fc.constantFrom("A", "B", "C"), value: fc.constantFrom("1", "2") }), {
  selector: (e) => e.name,
});
const containers = fc.uniqueArray(
  fc.record(
    { name: fc.constantFrom("a", "b", "c"), image: fc.constantFrom("x", "y"), env },
    { requiredKeys: ["name"] },
  ),
  { selector: (c) => c.name, maxLength: 3 },
);
const specs = fc.record(
  {
    replicas: fc.nat(3),
    selector: fc.constantFrom({ matchLabels: { app: "a" } }, { matchLabels: { app: "b" } }),
    template: fc.record({ spec: fc.record({ containers }) }),
  },
  { requiredKeys: [] },
);
const configs = fc
  .tuple(specs, fc.dictionary(fc.constantFrom("l", "m"), fc.constantFrom("1", "2")))
  .map(
    ([s, labels]) =>
      ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d", labels }, spec: s }) as KubeObject,
  );
const appsDeployment = { group: "apps", version: "v1", kind: "Deployment" };

describe("any sequence of writes", () => {
  const writes = fc.array(fc.tuple(fc.constantFrom("one", "two", "three"), configs, fc.boolean()), {
    minLength: 1,
    maxLength: 5,
  });

  it("leaves every field that stands owned, and none that does not", () => {
    fc.assert(
      fc.property(writes, (sequence) => {
        let live: KubeObject | undefined;
        const { schema } = contextOf(appsDeployment, "");
        for (const [manager, config, applied] of sequence) {
          const context = contextOf(appsDeployment, manager, { force: true });
          if (applied) live = applyConfiguration(live, config, context).object;
          else {
            const next = jsonClone(config);
            toWireForm(next, schema.id);
            trackUpdate(live, next, context);
            live = next;
          }
          live.metadata.uid = "u";
        }
        if (live === undefined) return;
        let owned: FieldSet;
        for (const { fields } of decodeManagers(live.metadata.managedFields)?.values() ?? []) {
          owned = union(owned, fields);
        }
        const standing = compareObjects({}, live, schema).added;
        const written = compareObjects(emptyObject(schema), live, schema);
        const leaves = (set: FieldSet): string[] => {
          const out: string[] = [];
          eachPath(set, (path) => out.push(path.join("/")));
          return out;
        };
        // structured-merge-diff lets a list or map that was emptied, or that an apply made, stand without an owner, and
        // one that was applied empty have an owner without standing. What Go writes unasked (resources) is nobody's.
        const exempt = (path: string): boolean => /f:(?:containers|env|labels|template|spec|resources)$/.test(path);
        const absent = leaves(owned).filter((path) => !leaves(standing).includes(path));
        expect(absent.filter((path) => !exempt(path))).toEqual([]);
        const unowned = leaves(union(written.added, written.modified)).filter((path) => !leaves(owned).includes(path));
        expect(unowned.filter((path) => !exempt(path))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("applyConfiguration", () => {
  const apply = (live: KubeObject | undefined, config: KubeObject, manager: string, force = true) =>
    applyConfiguration(live, config, contextOf(appsDeployment, manager, { force }));

  it("takes what is empty for no change", () => {
    const live = apply(undefined, deploymentOf({ replicas: 1 }), "one").object;
    const empty = deploymentOf({ replicas: 1, template: { spec: { containers: [], volumes: [], nodeSelector: {} } } });
    const once = apply(live, empty, "one").object;
    const again = apply(once, empty, "one");
    expect(again.changed).toBe(false);
    expect(again.object).toEqual(once);
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(configs, configs, (first, second) => {
        const live = apply(apply(undefined, first, "one").object, second, "two").object;
        const again = apply(live, second, "two");
        expect(again.changed).toBe(false);
        expect(again.object).toEqual(live);
      }),
      { numRuns: 60 },
    );
  });

  it("sets what was applied, and leaves both operands alone", () => {
    fc.assert(
      fc.property(configs, configs, (first, second) => {
        const live = apply(undefined, first, "one").object;
        const before = JSON.stringify([live, second]);
        const { object } = apply(live, second, "two");
        expect(JSON.stringify([live, second])).toBe(before);
        const { schema } = contextOf(appsDeployment, "two");
        const applied = fieldSetOf(second, schema);
        const { modified, removed } = compareObjects(second, object, schema);
        // Whatever the configuration sets stands in the object as it was set; what is empty is not written.
        expect(modified).toBeUndefined();
        eachPath(removed, (path) => expect(path.at(-1)).toMatch(/^f:(?:labels|containers|env)$/));
        expect(decodeManagers(object.metadata.managedFields)?.get("Apply\ntwo\n\n")?.fields).toEqual(applied);
      }),
      { numRuns: 60 },
    );
  });

  it("takes away what the same manager no longer applies, and nothing else", () => {
    fc.assert(
      fc.property(configs, configs, (mine, theirs) => {
        const both = apply(apply(undefined, theirs, "other").object, mine, "me").object;
        const nothing = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" } } as KubeObject;
        const left = apply(both, nothing, "me").object;
        const { schema } = contextOf(appsDeployment, "me");
        const owned = decodeManagers(left.metadata.managedFields);
        expect(owned?.has("Apply\nme\n\n")).toBe(false);
        const other = owned?.get("Apply\nother\n\n")?.fields;
        // What the other manager still owns is there, with the value that I had forced.
        const { removed } = compareObjects({ ...nothing, ...(left as object) }, left, schema);
        expect(removed).toBeUndefined();
        const set = fieldSetOf(left, schema);
        expect(union(set, other)).toEqual(set);
      }),
      { numRuns: 60 },
    );
  });

  it("fails on every field of another manager that it would change, unless forced", () => {
    const live = apply(undefined, { ...deploymentOf({ replicas: 1, paused: true }) }, "one").object;
    expect(() => apply(live, deploymentOf({ replicas: 2, paused: false }), "two", false)).toThrow(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.paused\n- .spec.replicas',
    );
    const forced = apply(live, deploymentOf({ replicas: 2 }), "two").object;
    expect(entriesOf(forced)).toEqual([
      ["one", { "f:spec": { "f:paused": {} } }],
      ["two", { "f:spec": { "f:replicas": {} } }],
    ]);
  });

  it("takes over from kubectl's client-side apply without a conflict", () => {
    const applied = deploymentOf({ replicas: 1 });
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(applied) };
    const live = jsonClone({ ...applied, metadata: { ...applied.metadata, uid: "u", annotations } });
    trackUpdate(undefined, live, contextOf(appsDeployment, "kubectl-client-side-apply"));
    const next = deploymentOf({ replicas: 3 });
    expect(() => apply(live, next, "gitops", false)).toThrow("conflict");
    const { changed, object } = apply(live, next, "kubectl", false);
    expect(changed).toBe(true);
    // Going back to client-side apply must not undo what was applied on the server.
    const annotation = object.metadata.annotations?.["kubectl.kubernetes.io/last-applied-configuration"];
    expect(JSON.parse(annotation ?? "")).toEqual(next);
  });

  it("refuses what does not fit the schema", () => {
    const refused = (s: object): string => {
      try {
        apply(undefined, deploymentOf(s), "one");
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refused({ replicas: "1" })).toContain(".spec.replicas: expected numeric (int or float), got string");
    expect(refused({ paused: "yes" })).toContain(".spec.paused: expected boolean, got &{yes}");
    expect(refused({ template: [] })).toContain(".spec.template: expected map, got &{[]}");
    expect(refused({ template: { spec: { containers: {} } } })).toContain("expected list, got &{map[]}");
    expect(refused({ template: { spec: { containers: [null] } } })).toContain(
      ".spec.template.spec.containers: element 0: associative list with keys may not have a null element",
    );
  });
});

describe("objects without a schema", () => {
  const open = customResourceSchema(undefined, { group: "example.com", version: "v1", kind: "Thing" });
  // No body with a key `__proto__` comes so far: the parser refuses it.
  const things = fc
    .dictionary(
      fc.constantFrom("spec", "other"),
      fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('"__proto__"')),
    )
    .map(
      (value) =>
        jsonClone({ apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "t" }, ...value }) as KubeObject,
    );

  it("differ exactly where their values do", () => {
    fc.assert(
      fc.property(things, things, (a, b) => {
        const { added, modified, removed } = compareObjects(a, b, open);
        const none = added === undefined && modified === undefined && removed === undefined;
        expect(none).toBe(jsonEqual(a, b));
        const back = compareObjects(b, a, open);
        expect(back.added).toEqual(removed);
        expect(back.removed).toEqual(added);
        expect(back.modified).toEqual(modified);
      }),
    );
  });

  it("are merged once and for all", () => {
    fc.assert(
      fc.property(things, things, (a, b) => {
        const merged = mergeValues(a, b, open);
        expect(mergeValues(merged, b, open)).toEqual(merged);
        expect(mergeValues(a, a, open)).toEqual(a);
        const applied = fieldSetOf(b, open);
        const { modified } = compareObjects(b, merged as object, open);
        expect(intersection(applied, modified)).toBeUndefined();
        expect(removeFields(b, applied, open) ?? {}).toMatchObject({ metadata: { name: "t" } });
      }),
    );
  });
});

describe("a schema that changed", () => {
  const kind = { group: "example.com", version: "v1", kind: "Thing" };
  const schemaWith = (atomic: boolean) =>
    customResourceSchema(
      {
        type: "object",
        properties: {
          spec: {
            type: "object",
            properties: {
              map: {
                type: "object",
                additionalProperties: { type: "string" },
                "x-kubernetes-map-type": atomic ? "atomic" : "granular",
              },
              list: {
                type: "array",
                items: { type: "string" },
                "x-kubernetes-list-type": atomic ? "atomic" : "set",
              },
            },
          },
        },
      },
      kind,
    );
  const thing = (s: object): KubeObject =>
    ({ apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "t", uid: "u" }, spec: s }) as KubeObject;
  const whole = { "f:spec": { "f:list": {}, "f:map": {} } };
  const parts = { "f:spec": { "f:list": { 'v:"x"': {} }, "f:map": { "f:a": {} } } };

  it.each([
    ["atomic", whole, parts],
    ["granular", parts, whole],
  ])("keeps its managers when it was %s", (before, then, now_) => {
    const spec_ = { map: { a: "1" }, list: ["x"] };
    const context = (atomic: boolean) => ({
      ...contextOf(configMap, "one"),
      schema: schemaWith(atomic),
      apiVersion: "example.com/v1",
      kind: "Thing",
    });
    const live = applyConfiguration(undefined, thing(spec_), context(before === "atomic")).object;
    expect(live.metadata.managedFields?.[0]?.fieldsV1).toEqual(then);
    const next = thing({ ...spec_, other: 1 });
    const changed = { ...context(before !== "atomic"), manager: "two" };
    trackUpdate(live, next, changed);
    expect(next.metadata.managedFields?.[0]?.fieldsV1).toEqual(now_);
  });
});

const deploymentOf = (s: object): KubeObject =>
  ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec: s }) as KubeObject;
