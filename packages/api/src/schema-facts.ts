/** The schemas of Kubernetes 1.36 as SchemaNodes. A schema's facts are read when it is first asked for. */
import { schemaFacts } from "./generated/schema-facts.ts";
import type { Json } from "./generated/types.ts";
import type { GroupVersionKind } from "./object.ts";
import { type ListType, type ScalarType, SchemaNode, untyped } from "./schema-node.ts";

/** A line of the generated facts; generate/schema-facts.ts writes them. */
export interface SchemaLine {
  readonly t?: string;
  readonly f?: string;
  /** Number of the line that holds the schema referred to. */
  readonly r?: number;
  readonly i?: SchemaLine;
  readonly v?: SchemaLine;
  readonly e?: readonly Json[];
  readonly d?: Json;
  readonly n?: Readonly<Record<string, SchemaLine>>;
  readonly q?: readonly string[];
  readonly o?: readonly Json[];
  readonly u?: readonly Json[];
  readonly l?: ListType;
  readonly k?: readonly string[];
  readonly m?: string;
  readonly p?: string;
  readonly y?: string;
  readonly g?: ReadonlyArray<{ readonly group: string; readonly version: string; readonly kind: string }>;
}

interface Index {
  /** Where each line starts; the line itself stays part of the one string. */
  readonly starts: readonly number[];
  readonly byId: ReadonlyMap<string, number>;
}

let index: Index | undefined;

function indexed(): Index {
  if (index !== undefined) return index;
  const starts: number[] = [];
  const byId = new Map<string, number>();
  for (let at = 0; at < schemaFacts.length; ) {
    const tab = schemaFacts.indexOf("\t", at);
    byId.set(schemaFacts.slice(at, tab), starts.length);
    starts.push(at);
    const end = schemaFacts.indexOf("\n", tab);
    at = end < 0 ? schemaFacts.length : end + 1;
  }
  index = { starts, byId };
  return index;
}

/** Identifiers of all schemas known. */
export const schemaIds = (): string[] => [...indexed().byId.keys()];

/** The facts of one line: its identifier and what stands after it. */
export function schemaLine(number: number): { readonly id: string; readonly facts: SchemaLine } {
  const at = indexed().starts[number] ?? 0;
  const tab = schemaFacts.indexOf("\t", at);
  const end = schemaFacts.indexOf("\n", tab);
  const text = schemaFacts.slice(tab + 1, end < 0 ? undefined : end);
  return { id: schemaFacts.slice(at, tab), facts: JSON.parse(text) as SchemaLine };
}

/** The line that holds a schema, or undefined. */
export const schemaNumber = (id: string): number | undefined => indexed().byId.get(id);

const nodes = new Map<number, SchemaNode>();

function nodeAt(number: number): SchemaNode {
  const known = nodes.get(number);
  if (known !== undefined) return known;
  const { id, facts } = schemaLine(number);
  const node = nodeOf(facts, id);
  nodes.set(number, node);
  return node;
}

const scalars: Readonly<Record<string, ScalarType>> = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
};

/** Schemas that take any value, though their OpenAPI form says otherwise or nothing. */
const opaque: ReadonlySet<string> = new Set([
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
  "io.k8s.apimachinery.pkg.runtime.RawExtension",
]);

/** What a place in a schema adds to the schema that it refers to. */
const placed = (facts: SchemaLine): object => ({
  ...(facts.l === undefined ? {} : { listType: facts.l }),
  ...(facts.k === undefined ? {} : { listKeys: facts.k }),
  ...(facts.m === undefined ? {} : { atomicMap: facts.m === "atomic" }),
  ...(facts.d === undefined ? {} : { default: facts.d }),
  ...(facts.e === undefined ? {} : { enum: facts.e }),
  ...(facts.p === undefined ? {} : { patchStrategy: facts.p }),
  ...(facts.y === undefined ? {} : { patchMergeKey: facts.y }),
});

function nodeOf(facts: SchemaLine, id: string): SchemaNode {
  if (facts.r !== undefined) return referring(facts, facts.r);
  const common = { id, type: facts.t ?? "", format: facts.f ?? "", ...placed(facts) };
  if (opaque.has(id)) return new SchemaNode({ ...common, shape: "map" });
  if (facts.o !== undefined) return new SchemaNode({ ...common, shape: "scalar", scalar: "any" });
  if (facts.t === "array") {
    const { i: items } = facts;
    return new SchemaNode({ ...common, shape: "list", items: () => (items ? nodeOf(items, "") : untyped) });
  }
  if (facts.t === "object") return objectNode(facts, common);
  const scalar = facts.t === undefined ? undefined : scalars[facts.t];
  return scalar === undefined
    ? new SchemaNode({ ...common, shape: "untyped", open: true })
    : new SchemaNode({ ...common, shape: "scalar", scalar });
}

function objectNode(facts: SchemaLine, common: { readonly id: string }): SchemaNode {
  const { v: values, n: fields } = facts;
  if (fields === undefined && values !== undefined) {
    return new SchemaNode({ ...common, shape: "map", values: () => nodeOf(values, "") });
  }
  if (fields === undefined && common.id === "") return new SchemaNode({ ...common, shape: "map" });
  return new SchemaNode({
    ...common,
    shape: "struct",
    required: facts.q ?? [],
    fields: () => new Map(Object.entries(fields ?? {}).map(([name, field]) => [name, nodeOf(field, "")])),
  });
}

/** A place that refers to a schema: the schema's own node, unless the place says more. */
function referring(facts: SchemaLine, number: number): SchemaNode {
  const target = nodeAt(number);
  const more = placed(facts);
  const said = Object.keys(more);
  // `default: {}` stands at every embedded struct and says nothing that a decoder acts on.
  if (said.length === 0 || (said.length === 1 && isEmptyObject(facts.d))) return target;
  return new SchemaNode({
    id: target.id,
    shape: target.shape,
    scalar: target.scalar,
    type: target.type,
    format: target.format,
    required: target.required,
    listType: target.listType,
    listKeys: target.listKeys,
    atomicMap: target.atomicMap,
    open: target.open,
    fields: () => target.fields,
    values: () => target.values,
    items: () => target.items,
    ...more,
  });
}

const isEmptyObject = (value: Json | undefined): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

/** The schema with an identifier (`io.k8s.api.core.v1.Pod`), or undefined. */
export function schemaById(id: string): SchemaNode | undefined {
  const number = schemaNumber(id);
  return number === undefined ? undefined : nodeAt(number);
}

/** As schemaById, for an identifier that must be there (a row's). */
export function schemaOf(id: string): SchemaNode {
  const node = schemaById(id);
  if (node === undefined) throw new Error(`no schema facts for ${id}`);
  return node;
}

let kinds: Map<string, string> | undefined;

/** The identifier of a kind's schema, among all kinds of Kubernetes 1.36, or undefined. */
export function schemaIdOfKind({ group, version, kind }: GroupVersionKind): string | undefined {
  if (kinds === undefined) {
    kinds = new Map();
    for (let i = 0; i < indexed().starts.length; i++) {
      const { id, facts } = schemaLine(i);
      // Types such as DeleteOptions are registered in every group: the first is enough to know that they exist.
      for (const gvk of facts.g ?? []) kinds.set(`${gvk.group}/${gvk.version}/${gvk.kind}`, id);
    }
  }
  return kinds.get(`${group}/${version}/${kind}`);
}
