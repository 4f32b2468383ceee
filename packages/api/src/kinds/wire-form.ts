/**
 * The form in which Kubernetes writes an object back: nulls and empty optional fields left out, required ones and
 * embedded structs there, quantities and times canonical. What Go's decoder and encoder do in passing, done once,
 * before defaults, so that everything after may rely on it. Unknown fields are not touched.
 */
import { canonicalQuantity, tryParseQuantity } from "../quantity.ts";
import { wireFacts } from "./generated/wire-facts.ts";
import { canonicalMicroTime, canonicalTime } from "./time.ts";

type Draft = Record<string, unknown>;
type Value =
  | { readonly is: "scalar"; readonly zero: "" | 0 | false }
  | { readonly is: "struct"; readonly form: Form }
  | { readonly is: "list" | "map"; readonly of: Value }
  | { readonly is: "bytes" | "time" | "micro" | "quantity" | "intstr" | "opaque" };

interface Field {
  readonly key: string;
  readonly value: Value;
  /** Left out when absent or empty. */
  readonly optional: boolean;
  readonly pointer: boolean;
  readonly omitZero: boolean;
}

interface Form {
  readonly fields: ReadonlyMap<string, Field>;
  /** Fields that stand even when the client left them out. */
  readonly always: readonly Field[];
}

const forms = new Map<string, Form>();

function valueOf(code: string): Value {
  if (code.startsWith("[]")) return { is: "list", of: valueOf(code.slice(2)) };
  if (code.startsWith("{}")) return { is: "map", of: valueOf(code.slice(2)) };
  switch (code) {
    case "string":
      return { is: "scalar", zero: "" };
    case "int":
      return { is: "scalar", zero: 0 };
    case "bool":
      return { is: "scalar", zero: false };
    case "bytes":
    case "time":
    case "micro":
    case "quantity":
    case "intstr":
      return { is: code };
    case "x":
      return { is: "opaque" };
    default:
      return code.startsWith("*") ? valueOf(code.slice(1)) : { is: "struct", form: formOf(code) };
  }
}

function fieldOf(key: string, code: string): Field {
  const optional = code.startsWith("?") || code.startsWith("~");
  const omitZero = code.includes("~");
  const type = code.replace(/^[?~]+/, "");
  const pointer = type.startsWith("*");
  return { key, value: valueOf(pointer ? type.slice(1) : type), optional, pointer, omitZero };
}

/** Structs, times and numbers-or-names stand even under omitempty, unless they are pointers. */
function standsAlways(field: Field): boolean {
  if (!field.optional) return true;
  if (field.pointer || field.omitZero) return false;
  const { is } = field.value;
  return is === "struct" || is === "time" || is === "micro" || is === "quantity" || is === "intstr";
}

function formOf(schema: string): Form {
  const known = forms.get(schema);
  if (known !== undefined) return known;
  const fields = new Map<string, Field>();
  const always: Field[] = [];
  const form: Form = { fields, always };
  forms.set(schema, form);
  for (const [key, code] of Object.entries(wireFacts[schema] ?? {})) {
    const field = fieldOf(key, code);
    fields.set(key, field);
    if (standsAlways(field)) always.push(field);
  }
  return form;
}

const isObject = (value: unknown): value is Draft =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isEmptyObject(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

function write(draft: Draft, form: Form): void {
  for (const key in draft) {
    const field = form.fields.get(key);
    if (field !== undefined) writeField(draft, field);
  }
  for (const field of form.always) if (draft[field.key] === undefined) fill(draft, field);
}

function fill(draft: Draft, field: Field): void {
  const { value } = field;
  if (field.pointer) draft[field.key] = null;
  else if (value.is === "scalar") draft[field.key] = value.zero;
  else if (value.is === "quantity") draft[field.key] = "0";
  else if (value.is === "intstr") draft[field.key] = 0;
  else if (value.is === "struct") {
    const inner: Draft = {};
    write(inner, value.form);
    draft[field.key] = inner;
  } else draft[field.key] = null;
}

function writeField(draft: Draft, field: Field): void {
  const { key, value } = field;
  const given = draft[key];
  if (given === null || given === undefined) {
    delete draft[key];
    return;
  }
  switch (value.is) {
    case "scalar":
      if (field.optional && !field.pointer && given === value.zero) delete draft[key];
      return;
    case "struct":
      if (!isObject(given)) return;
      write(given, value.form);
      if (field.omitZero && isEmptyObject(given)) delete draft[key];
      return;
    case "list":
      if (!Array.isArray(given)) return;
      if (given.length === 0 && field.optional) delete draft[key];
      else writeElements(given, value.of);
      return;
    case "map":
      if (!isObject(given)) return;
      if (field.optional && !field.pointer && isEmptyObject(given)) delete draft[key];
      else writeValues(given, value.of);
      return;
    case "bytes":
      if (given === "" && field.optional) delete draft[key];
      return;
    case "opaque":
      return;
    default: {
      const canonical = writeScalar(given, value);
      if (canonical !== given) draft[key] = canonical;
    }
  }
}

function writeScalar(given: unknown, value: Value): unknown {
  switch (value.is) {
    case "quantity":
      return writeQuantity(given);
    case "time":
      return typeof given === "string" ? canonicalTime(given) : given;
    case "micro":
      return typeof given === "string" ? canonicalMicroTime(given) : given;
    default:
      return given;
  }
}

function writeElements(list: unknown[], of: Value): void {
  if (of.is === "struct") {
    for (let i = 0; i < list.length; i++) {
      // Go reads a null in a list as an empty struct.
      if (list[i] === null) list[i] = {};
      const item = list[i];
      if (isObject(item)) write(item, of.form);
    }
  } else if (of.is === "scalar") {
    // And in a list of strings or numbers as the zero.
    for (let i = 0; i < list.length; i++) if (list[i] === null) list[i] = of.zero;
  } else if (of.is !== "opaque") {
    for (let i = 0; i < list.length; i++) list[i] = writeScalar(list[i], of);
  }
}

function writeValues(map: Draft, of: Value): void {
  if (of.is === "scalar") {
    for (const key in map) if (map[key] === null) map[key] = of.zero;
    return;
  }
  if (of.is === "opaque" || of.is === "list") return;
  for (const key in map) {
    const given = map[key];
    if (of.is === "struct") {
      if (given === null) map[key] = {};
      const item = map[key];
      if (isObject(item)) write(item, of.form);
      continue;
    }
    if (of.is === "bytes" && given === null) map[key] = "";
    const canonical = writeScalar(given, of);
    if (canonical !== given) map[key] = canonical;
  }
}

const quantities = new Map<string | number, string>();
const maxQuantities = 2048;

/** Few texts recur in every pod: their canonical form is kept. What is no quantity stays; decoding refuses it. */
function writeQuantity(given: unknown): unknown {
  if (typeof given !== "string" && typeof given !== "number") return given;
  const known = quantities.get(given);
  if (known !== undefined) return known;
  if (tryParseQuantity(given) === undefined) return given;
  const canonical = canonicalQuantity(given);
  if (quantities.size >= maxQuantities) quantities.clear();
  quantities.set(given, canonical);
  return canonical;
}

/**
 * Brings a draft into the form of its schema (`io.k8s.api.core.v1.Pod`). Changes only the draft; idempotent.
 * A schema without facts is left as it is.
 */
export function toWireForm(draft: object, schema: string): void {
  write(draft as Draft, formOf(schema));
}
