/** From the bytes of a request's body to an object of a kind, with upstream's words for whatever is wrong. */
import { parseDocument, type Tags } from "yaml";
import { goQuote, goValue } from "./go-format.ts";
import { maxBodyBytes, maxDepth, maxYamlBytes, scanJson } from "./json-scan.ts";
import { duplicateKeys, jsonSyntaxError } from "./json-syntax.ts";
import type { GroupVersionKind, KubeObject } from "./object.ts";
import { checkKeys, checkObject } from "./object-check.ts";
import { schemaIdOfKind } from "./schema-facts.ts";
import type { SchemaNode } from "./schema-node.ts";
import { badRequest, StatusError } from "./status.ts";

export type BodyFormat = "json" | "yaml";

/** What becomes of unknown and duplicate fields: refused, told in Warning headers, or passed over. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

export interface DecodeOptions {
  readonly format: BodyFormat;
  /** The kind that the URL stands for; a body without kind or apiVersion is taken for it. */
  readonly kind: GroupVersionKind;
  readonly schema: SchemaNode;
  /** Default `Warn`, as upstream's. */
  readonly fieldValidation?: FieldValidation;
}

export interface Decoded<T extends KubeObject = KubeObject> {
  readonly object: T;
  /** Unknown and duplicate fields under `Warn`: one text each, for a Warning header. */
  readonly warnings: readonly string[];
}

/** A JSON value and what was wrong with how it was written. */
export interface ParsedBody {
  readonly value: unknown;
  /** Paths of keys that stood twice in one object. */
  readonly duplicates: readonly string[];
}

/** 413, the limit named. */
const tooLarge = (limit: number): StatusError =>
  new StatusError({
    reason: "RequestEntityTooLarge",
    message: `Request entity too large: limit is ${limit}`,
  });

const refuseDepth = (): StatusError => badRequest(`the body nests deeper than ${maxDepth} levels`);

/** Why a body could not be parsed; the caller words the Status. */
export class BodySyntaxError extends Error {
  readonly format: BodyFormat;
  constructor(format: BodyFormat, message: string) {
    super(message);
    this.name = "BodySyntaxError";
    this.format = format;
  }
}

/**
 * Parses a body within bounds of size and depth, into plain objects without a `__proto__` key.
 * Throws StatusError 413 or 400, and BodySyntaxError for what is not JSON or YAML.
 */
export function parseBody(bytes: Uint8Array, format: BodyFormat): ParsedBody {
  if (bytes.length > maxBodyBytes) throw tooLarge(maxBodyBytes);
  // kubectl sends JSON under YAML's media type, and JSON is YAML: no need for the slow parser.
  if (format === "json") return parseJson(bytes);
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  if (first === 0x7b) {
    try {
      return parseJson(bytes);
    } catch (error) {
      if (!(error instanceof BodySyntaxError)) throw error;
    }
  }
  return parseYaml(bytes);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function parseJson(bytes: Uint8Array): ParsedBody {
  const scan = scanJson(bytes);
  if (scan.depth > maxDepth) throw refuseDepth();
  const source = text(bytes);
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    throw new BodySyntaxError("json", jsonSyntaxError(source) ?? "invalid JSON");
  }
  const { keys, error } = checkKeys(value);
  if (error !== undefined) throw badRequest(error);
  return { value, duplicates: keys === scan.colons ? [] : duplicateKeys(source) };
}

/** Tags of YAML 1.1 that Go's reader does not have: times and base-sixty numbers stay strings. */
const foreignTags: ReadonlySet<string> = new Set(["timestamp", "intTime", "floatTime"]);

function parseYaml(bytes: Uint8Array): ParsedBody {
  if (bytes.length > maxYamlBytes) throw tooLarge(maxYamlBytes);
  try {
    const document = parseDocument(text(bytes), {
      version: "1.1",
      schema: "yaml-1.1",
      uniqueKeys: false,
      customTags: (tags) => tags.filter((tag) => typeof tag === "string" || !isForeign(tag)).map(withDigits),
      prettyErrors: false,
    });
    const broken = document.errors.find((error) => error.code !== "MULTIPLE_DOCS");
    if (broken !== undefined) throw new BodySyntaxError("yaml", yamlError(broken.message, text(bytes), broken.pos[0]));
    const value: unknown = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 })) ?? "null");
    const { error } = checkKeys(value);
    if (error !== undefined) throw badRequest(error);
    return { value, duplicates: yamlDuplicates(document.contents, "") };
  } catch (error) {
    if (error instanceof StatusError || error instanceof BodySyntaxError) throw error;
    if (error instanceof RangeError) throw refuseDepth();
    if (error instanceof ReferenceError) throw badRequest("the YAML body expands too many aliases");
    throw new BodySyntaxError("yaml", error instanceof Error ? error.message : "invalid YAML");
  }
}

const isForeign = (tag: { readonly tag?: string; readonly format?: string }): boolean =>
  tag.tag === "tag:yaml.org,2002:timestamp" || tag.format === "TIME" || foreignTags.has(tag.tag ?? "");

/** To Go's reader a dot without a digit is text: `docker build .` has it. */
function withDigits(tag: Tags[number]): Tags[number] {
  if (typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:float") return tag;
  if (!("test" in tag) || tag.test === undefined || tag.test.test(".inf")) return tag;
  return { ...tag, test: new RegExp(tag.test.source.replace("^", "^(?=[-+]?\\.?[0-9])")) };
}

/** `yaml: line 3: …`, the line counted from one. */
function yamlError(message: string, source: string, offset: number): string {
  const line = source.slice(0, offset).split("\n").length;
  if (/flow (map|collection|sequence)/i.test(message)) return `yaml: line ${line}: did not find expected node content`;
  return `yaml: line ${line}: ${message}`;
}

interface YamlNode {
  readonly items?: readonly unknown[];
}

/** Keys that recur in one mapping of the document. */
function yamlDuplicates(node: unknown, path: string): string[] {
  const { items } = (node ?? {}) as YamlNode;
  if (!Array.isArray(items)) return [];
  const found: string[] = [];
  const seen = new Set<string>();
  items.forEach((item: { key?: { value?: unknown }; value?: unknown }, i) => {
    if (item === null || typeof item !== "object" || !("key" in item)) {
      found.push(...yamlDuplicates(item, `${path}[${i}]`));
      return;
    }
    const key = goValue(item.key?.value ?? "");
    const at = path === "" ? key : `${path}.${key}`;
    if (seen.has(key)) found.push(at);
    seen.add(key);
    found.push(...yamlDuplicates(item.value, at));
  });
  return found;
}

/** What Go's decoder shows of a body that it cannot make out: a piece of its text, or of its bytes in hexadecimal. */
function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return "<empty>";
  const long = bytes.length > 30 ? " ..." : "";
  const piece = bytes.subarray(0, 30);
  return `${bytes[0] === 0x7b ? text(piece) : Buffer.from(piece).toString("hex")}${long}`;
}

const typeMeta =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

const unrecognized = (kind: string, why: string, bytes: Uint8Array): StatusError =>
  badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why} (${summary(bytes)})`,
  );

/** `v1` of `apps/v1`, the whole for the core group. */
const versionOf = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf("/") + 1);

const groupVersion = (kind: GroupVersionKind): string =>
  kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;

/** The internal package that a group's kinds live in, as conversion errors show it. */
const internalPackage = (group: string): string => (group === "" ? "core" : (group.split(".")[0] ?? group));

/** `KIND in version "V" cannot be handled as a KIND: WHY`, 400. */
export const cannotBeHandled = (given: { kind: string; version: string }, kind: string, why: string): StatusError =>
  badRequest(`${given.kind} in version ${goQuote(given.version)} cannot be handled as a ${kind}: ${why}`);

/** Errors and warnings for fields that should not be there. Throws under `Strict`; returns the warnings. */
export function reportStrict(
  unknown: readonly string[],
  duplicates: readonly string[],
  options: { readonly kind: GroupVersionKind; readonly fieldValidation?: FieldValidation | undefined },
): string[] {
  const mode = options.fieldValidation ?? "Warn";
  if (mode === "Ignore") return [];
  const texts = strictErrors(unknown, duplicates);
  if (texts.length === 0 || mode === "Warn") return texts;
  throw cannotBeHandled(options.kind, options.kind.kind, `strict decoding error: ${texts.join(", ")}`);
}

/** `duplicate field "a"` and `unknown field "b"`, a text each. */
export const strictErrors = (unknown: readonly string[], duplicates: readonly string[]): string[] => [
  ...duplicates.map((path) => `duplicate field ${goQuote(path)}`),
  ...unknown.map((path) => `unknown field ${goQuote(path)}`),
];

/** The object with kind and apiVersion filled in; refused when they are not those of the URL. */
function identify(value: unknown, bytes: Uint8Array, options: DecodeOptions): Record<string, unknown> {
  const { kind } = options;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const given = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
    throw unrecognized(kind.kind, `json: cannot unmarshal ${given} into Go value of type ${typeMeta}`, bytes);
  }
  const object = value as Record<string, unknown>;
  for (const key of ["apiVersion", "kind"] as const) {
    const given = object[key];
    if (given === undefined || given === null || given === "") {
      object[key] = key === "kind" ? kind.kind : groupVersion(kind);
    } else if (typeof given !== "string") {
      const type = Array.isArray(given) ? "array" : typeof given === "boolean" ? "bool" : typeof given;
      throw unrecognized(
        kind.kind,
        `json: cannot unmarshal ${type} into Go struct field .${key} of type string`,
        bytes,
      );
    }
  }
  checkKind(object["apiVersion"] as string, object["kind"] as string, kind);
  return object;
}

function checkKind(apiVersion: string, name: string, wanted: GroupVersionKind): void {
  if (name === wanted.kind && apiVersion === groupVersion(wanted)) return;
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  const version = versionOf(apiVersion);
  const given = { kind: name, version };
  if (schemaIdOfKind({ group, version, kind: name }) === undefined) {
    const why = `no kind ${goQuote(name)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
    throw cannotBeHandled(given, wanted.kind, why);
  }
  const from = `${version}.${name}`;
  const into = `${internalPackage(wanted.group)}.${wanted.kind}`;
  throw cannotBeHandled(given, wanted.kind, `converting (${from}) to (${into}): unknown conversion`);
}

/**
 * Decodes the body of a create or an update. Throws StatusError: 400 for what is not JSON or YAML, of another kind,
 * of the wrong type, or (under `Strict`) has unknown or duplicate fields; 413 for what is too large.
 */
export function decodeObject<T extends KubeObject = KubeObject>(bytes: Uint8Array, options: DecodeOptions): Decoded<T> {
  let body: ParsedBody;
  try {
    body = parseBody(bytes, options.format);
  } catch (error) {
    if (!(error instanceof BodySyntaxError)) throw error;
    if (error.format === "json") throw unrecognized(options.kind.kind, error.message, bytes);
    throw badRequest(`error converting YAML to JSON: ${error.message}`);
  }
  const object = identify(body.value, bytes, options);
  const { typeError, unknown } = checkObject(object, options.schema);
  if (typeError !== undefined) throw cannotBeHandled(options.kind, options.kind.kind, typeError);
  const warnings = reportStrict(unknown, body.duplicates, options);
  return { object: object as unknown as T, warnings };
}
