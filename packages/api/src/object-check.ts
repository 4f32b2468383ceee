/**
 * A decoded object against its schema, as Go's decoder would have seen it: fields that the schema does not have are
 * found and taken away, and a value of the wrong type ends the decoding with the decoder's own words.
 */
import { tryParseQuantity } from "./quantity.ts";
import type { SchemaNode } from "./schema-node.ts";
import { isRfc3339, rfc3339Error } from "./time-format.ts";

export interface ObjectCheck {
  /** What json.Unmarshal would have said of the first value of a wrong type; undefined when all fit. */
  readonly typeError: string | undefined;
  /** Paths of fields that the schema does not declare, in order (`spec.containers[0].imagee`), a hundred at most. */
  readonly unknown: readonly string[];
  /** Keys in the whole document as it was handed in. */
  readonly keys: number;
}

type Draft = Record<string, unknown>;

/** Unknown or duplicate fields that are told; encoding/json's fork stops counting there as well. */
export const maxStrictErrors = 100;

/** A wrong type, an object key that cannot be kept: decoding stops. */
class Mismatch extends Error {}

const quantityId = "io.k8s.apimachinery.pkg.api.resource.Quantity";

/** JSON's name of a value's type, as UnmarshalTypeError has it. */
function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** The Go type that a node decodes into: `int32`, `[]v1.Container`, `map[string]string`. */
function goType(node: SchemaNode): string {
  switch (node.shape) {
    case "struct":
      return node.goName;
    case "map":
      return `map[string]${goType(node.values)}`;
    case "list":
      return `[]${goType(node.items)}`;
    case "untyped":
      return "interface {}";
    case "scalar":
      break;
  }
  if (node.type === "integer") return node.format === "" ? "int64" : node.format;
  if (node.type === "boolean") return "bool";
  if (node.type === "number") return node.format === "float" ? "float32" : "float64";
  if (node.id === quantityId) return "resource.Quantity";
  return node.format === "byte" ? "[]uint8" : "string";
}

/** Whether a value has the outer form of its schema; a custom resource's types are checked by its validation. */
function fits(value: unknown, node: SchemaNode): boolean {
  if (node.shape === "list") return Array.isArray(value);
  if (node.shape === "scalar") return false;
  return typeof value === "object" && !Array.isArray(value);
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Go's decoder skips line breaks in base64. */
function base64Error(value: string): string | undefined {
  const text = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, "") : value;
  if (base64.test(text)) return undefined;
  const bad = /[^A-Za-z0-9+/]/.exec(text);
  const at = bad === null ? text.length - (text.length % 4) : bad.index;
  return `illegal base64 data at input byte ${at}`;
}

const int32 = 2 ** 31;

class Check {
  readonly unknown: string[] = [];
  keys = 0;
  readonly #prune: boolean;
  /** The way to the value at hand: field names and list positions. Texts are made only when something is wrong. */
  readonly #path: Array<string | number> = [];
  /** Which of them are keys of maps. */
  readonly #mapKeys: boolean[] = [];
  /** The innermost struct on that way. */
  #owner: SchemaNode | undefined;

  constructor(prune: boolean) {
    this.#prune = prune;
  }

  value(value: unknown, node: SchemaNode): void {
    if (value === null) return;
    if (node.lenient && !fits(value, node)) {
      this.opaque(value);
      return;
    }
    switch (node.shape) {
      case "scalar":
        this.#scalar(value, node);
        return;
      case "untyped":
        this.opaque(value);
        return;
      case "list":
        if (!Array.isArray(value)) this.#mismatch(jsonType(value), node);
        this.#list(value, node.items);
        return;
      case "map":
      case "struct":
        break;
    }
    if (typeof value !== "object" || Array.isArray(value)) this.#mismatch(jsonType(value), node);
    if (node.shape === "map") this.#map(value as Draft, node.values);
    else this.#struct(value as Draft, node);
  }

  /** `spec.containers[0].name` */
  #pathText(): string {
    let out = "";
    for (const part of this.#path) {
      if (typeof part === "number") out += `[${part}]`;
      else out += out === "" ? part : `.${part}`;
    }
    return out;
  }

  /** Go's words name the struct, and the fields on the way without list positions and keys of maps. */
  #mismatch(what: string, node: SchemaNode): never {
    const struct = this.#owner?.goName ?? "";
    const fields = this.#path.filter((part, i) => typeof part === "string" && !this.#mapKeys[i]).join(".");
    const into = struct === "" ? "Go value" : `Go struct field ${struct.slice(struct.indexOf(".") + 1)}.${fields}`;
    throw new Mismatch(`json: cannot unmarshal ${what} into ${into} of type ${goType(node)}`);
  }

  #list(list: readonly unknown[], items: SchemaNode): void {
    const depth = this.#path.length;
    for (let i = 0; i < list.length; i++) {
      this.#path[depth] = i;
      this.value(list[i], items);
    }
    this.#path.length = depth;
  }

  #map(value: Draft, values: SchemaNode): void {
    const depth = this.#path.length;
    for (const key in value) {
      this.#key(key);
      this.#path[depth] = key;
      this.#mapKeys[depth] = true;
      this.value(value[key], values);
    }
    this.#path.length = depth;
  }

  #struct(value: Draft, node: SchemaNode): void {
    const outer = this.#owner;
    const depth = this.#path.length;
    const { fields } = node;
    for (const key in value) {
      this.#key(key);
      this.#path[depth] = key;
      this.#mapKeys[depth] = false;
      this.#owner = node;
      const child = fields.get(key) ?? (node.open ? node.values : undefined);
      if (child !== undefined) {
        this.value(value[key], child);
        continue;
      }
      if (this.unknown.length < maxStrictErrors) this.unknown.push(this.#pathText());
      this.opaque(value[key]);
      if (this.#prune) delete value[key];
    }
    this.#path.length = depth;
    this.#owner = outer;
  }

  #key(key: string): void {
    this.keys++;
    if (key === "__proto__") throw new Mismatch('json: the key "__proto__" is not allowed in any object');
  }

  /** Only counts keys and refuses the one that JavaScript objects cannot safely carry. */
  opaque(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) this.opaque(item);
      return;
    }
    for (const key in value) {
      this.#key(key);
      this.opaque((value as Draft)[key]);
    }
  }

  #scalar(value: unknown, node: SchemaNode): void {
    switch (node.type) {
      case "string":
        if (typeof value !== "string") this.#mismatch(jsonType(value), node);
        this.#string(value, node);
        return;
      case "boolean":
        if (typeof value !== "boolean") this.#mismatch(jsonType(value), node);
        return;
      case "integer":
        if (typeof value !== "number") this.#mismatch(jsonType(value), node);
        if (!Number.isInteger(value) || (node.format === "int32" && (value >= int32 || value < -int32))) {
          this.#mismatch(`number ${value}`, node);
        }
        return;
      case "number":
        if (typeof value !== "number") this.#mismatch(jsonType(value), node);
        return;
      default:
        this.#numberOrString(value, node);
    }
  }

  #string(value: string, node: SchemaNode): void {
    if (node.format === "byte") {
      const wrong = base64Error(value);
      if (wrong !== undefined) throw new Mismatch(wrong);
    } else if (node.format === "date-time" && !isRfc3339(value)) throw new Mismatch(rfc3339Error(value));
  }

  #numberOrString(value: unknown, node: SchemaNode): void {
    if (node.id === quantityId) {
      if (tryParseQuantity(value) === undefined) {
        throw new Mismatch(
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        );
      }
    } else if (node.format === "int-or-string" && typeof value !== "string") {
      if (typeof value !== "number") {
        throw new Mismatch(`json: cannot unmarshal ${jsonType(value)} into Go value of type int32`);
      }
      if (!Number.isInteger(value) || value >= int32 || value < -int32) {
        throw new Mismatch(`json: cannot unmarshal number ${value} into Go value of type int32`);
      }
    } else if (typeof value === "object") this.opaque(value);
  }
}

/**
 * Checks an object against its schema and takes out what the schema does not have (unless told not to). The object is
 * changed in place; nulls are left alone.
 */
export function checkObject(
  object: object,
  schema: SchemaNode,
  options: { readonly prune?: boolean } = {},
): ObjectCheck {
  const check = new Check(options.prune ?? true);
  try {
    check.value(object, schema);
    return { typeError: undefined, unknown: check.unknown, keys: check.keys };
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return { typeError: error.message, unknown: check.unknown, keys: check.keys };
  }
}

/** Counts the keys of any decoded JSON value and refuses `__proto__` among them, with the message. */
export function checkKeys(value: unknown): { readonly keys: number; readonly error: string | undefined } {
  const check = new Check(false);
  try {
    check.opaque(value);
    return { keys: check.keys, error: undefined };
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return { keys: check.keys, error: error.message };
  }
}
