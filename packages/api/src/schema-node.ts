import type { Json } from "./generated/types.ts";

/** What a value may be, as structured-merge-diff's atoms have it. `untyped` takes any value. */
export type SchemaShape = "struct" | "map" | "list" | "scalar" | "untyped";

/** What a scalar may be; `any` is a number or a string or a boolean (quantities, IntOrString). */
export type ScalarType = "string" | "number" | "boolean" | "any";

/** Who may own what in a list: the whole, each value, or each element by its keys. */
export type ListType = "atomic" | "set" | "map";

export interface SchemaNodeInit {
  /** Schema identifier (`io.k8s.api.core.v1.Pod`), or "" for what has no name of its own. */
  readonly id: string;
  readonly shape: SchemaShape;
  readonly scalar?: ScalarType;
  /** OpenAPI's type and format, "" where there is none. */
  readonly type?: string;
  readonly format?: string;
  /** Made when first asked for: schemas refer to themselves. */
  readonly fields?: () => ReadonlyMap<string, SchemaNode>;
  readonly values?: () => SchemaNode;
  readonly items?: () => SchemaNode;
  readonly required?: readonly string[];
  readonly listType?: ListType;
  readonly listKeys?: readonly string[];
  readonly atomicMap?: boolean;
  /** Fields that are not declared are kept. */
  readonly open?: boolean;
  /** Types are for validation to judge, not for decoding: custom resources. */
  readonly lenient?: boolean;
  readonly default?: Json | undefined;
  readonly enum?: readonly Json[];
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
}

const noFields: ReadonlyMap<string, SchemaNode> = new Map();
const none: readonly string[] = [];

/**
 * One place in an object's schema: what strict decoding, patches, server-side apply and OpenAPI need to know of it.
 * Built-in kinds and custom resources share it. Children are made when first asked for, and kept.
 */
export class SchemaNode {
  readonly id: string;
  readonly shape: SchemaShape;
  readonly scalar: ScalarType;
  readonly type: string;
  readonly format: string;
  readonly required: readonly string[];
  readonly listType: ListType;
  readonly listKeys: readonly string[];
  readonly atomicMap: boolean;
  readonly open: boolean;
  readonly lenient: boolean;
  readonly default: Json | undefined;
  readonly enum: readonly Json[] | undefined;
  /** Lists and structs that a strategic merge patch merges rather than replaces. */
  readonly patchMerge: boolean;
  readonly patchReplace: boolean;
  readonly patchRetainKeys: boolean;
  readonly patchMergeKey: string;
  readonly #init: SchemaNodeInit;
  #fields: ReadonlyMap<string, SchemaNode> | undefined;
  #values: SchemaNode | undefined;
  #items: SchemaNode | undefined;

  constructor(init: SchemaNodeInit) {
    this.#init = init;
    this.id = init.id;
    this.shape = init.shape;
    this.scalar = init.scalar ?? "any";
    this.type = init.type ?? "";
    this.format = init.format ?? "";
    this.required = init.required ?? none;
    this.listType = init.listType ?? "atomic";
    this.listKeys = init.listKeys ?? none;
    this.atomicMap = init.atomicMap ?? false;
    this.open = init.open ?? false;
    this.lenient = init.lenient ?? false;
    this.default = init.default;
    this.enum = init.enum;
    const strategies = (init.patchStrategy ?? "").split(",");
    this.patchMerge = strategies.includes("merge");
    this.patchReplace = strategies.includes("replace");
    this.patchRetainKeys = strategies.includes("retainKeys");
    this.patchMergeKey = init.patchMergeKey ?? "";
  }

  /** The declared fields of a struct. */
  get fields(): ReadonlyMap<string, SchemaNode> {
    this.#fields ??= this.#init.fields?.() ?? noFields;
    return this.#fields;
  }

  /** What the values of a map, or the undeclared fields of an open struct, are. */
  get values(): SchemaNode {
    this.#values ??= this.#init.values?.() ?? untyped;
    return this.#values;
  }

  /** What the elements of a list are. */
  get items(): SchemaNode {
    this.#items ??= this.#init.items?.() ?? untyped;
    return this.#items;
  }

  /** The schema under a key of a struct or map; undefined for a field that is not declared. */
  child(name: string): SchemaNode | undefined {
    if (this.shape === "struct") return this.fields.get(name) ?? (this.open ? this.values : undefined);
    return this.values;
  }

  /** The name of the Go struct, as decoding errors and `%T` have it: `v1.PodSpec`. */
  get goName(): string {
    const parts = this.id.split(".");
    return parts.slice(-2).join(".");
  }
}

/** Any value at all: maps are granular, lists atomic, as structured-merge-diff deduces them. */
export const untyped: SchemaNode = new SchemaNode({ id: "", shape: "untyped", open: true });
