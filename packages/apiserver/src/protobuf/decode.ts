import { badRequest, StatusError } from "@bulkhead/api";
import { type FieldType, type MessageType, messageType } from "./message-types.ts";
import { WireError, WireReader } from "./wire-reader.ts";

/** Four bytes before every object that Kubernetes writes as protobuf. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const maxDepth = 64;

type Item = Record<string, unknown>;

/** Go's package of a group's types. */
const packageOf = (apiVersion: string, kind: string): string => {
  if (kind === "DeleteOptions") return "meta";
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "core";
  return group.split(".")[0] ?? "";
};

/**
 * The JSON form of an object in `application/vnd.kubernetes.protobuf`. Reads the kinds that clients send so; 415 with
 * the reason for others, 400 for bytes that are no message. Answers are JSON whatever was sent: every client takes it.
 */
export function decodeProtobuf(bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw badRequest("the body is no Kubernetes protobuf: it does not start with k8s\\0");
  try {
    const { apiVersion, kind, raw } = envelope(bytes.subarray(magic.length));
    const type = messageType(`${packageOf(apiVersion, kind)}.${kind}`);
    if (type === undefined)
      throw new StatusError({
        reason: "UnsupportedMediaType",
        message: `${kind} in ${apiVersion} is not read as application/vnd.kubernetes.protobuf: send application/json`,
      });
    return Buffer.from(JSON.stringify({ apiVersion, kind, ...message(raw, type, 0) }));
  } catch (error) {
    if (error instanceof WireError) throw badRequest(`the body is no Kubernetes protobuf: ${error.message}`);
    throw error;
  }
}

/** runtime.Unknown: the type's names, and the object's own bytes. */
function envelope(bytes: Buffer): { readonly apiVersion: string; readonly kind: string; readonly raw: Buffer } {
  const found = { apiVersion: "", kind: "", raw: Buffer.alloc(0) as Buffer };
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (wire !== 2) reader.skip(wire);
    else if (field === 1) Object.assign(found, typeMeta(reader.chunk()));
    else if (field === 2) found.raw = reader.chunk();
    else reader.chunk();
  }
  return found;
}

function typeMeta(bytes: Buffer): { apiVersion: string; kind: string } {
  const texts = ["", "", ""];
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (wire !== 2) reader.skip(wire);
    else texts[field] = reader.chunk().toString();
  }
  return { apiVersion: texts[1] ?? "", kind: texts[2] ?? "" };
}

function message(bytes: Buffer, type: MessageType, depth: number): Item {
  if (depth > maxDepth) throw new WireError(`it nests deeper than ${maxDepth} levels`);
  const object: Item = {};
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    const of = type.get(field);
    if (of === undefined) reader.skip(wire);
    else read(reader, wire, of, object, depth);
  }
  return object;
}

function read(reader: WireReader, wire: number, of: FieldType, object: Item, depth: number): void {
  if (of.map) {
    const [key, value] = entry(reader.chunk(), of, depth);
    const map = (object[of.json] ?? {}) as Item;
    // A key of any name is only ever data.
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    object[of.json] = map;
    return;
  }
  const value = valueOf(reader, wire, of.code, depth);
  if (of.inline) Object.assign(object, value);
  else if (of.list) object[of.json] = [...((object[of.json] ?? []) as unknown[]), value];
  else if (of.pointer || !isZero(value)) object[of.json] = value;
}

/** What Go writes of a field that was never set. */
const isZero = (value: unknown): boolean =>
  value === "" ||
  value === 0 ||
  value === false ||
  value === undefined ||
  (typeof value === "object" && value !== null && Object.keys(value).length === 0);

function entry(bytes: Buffer, of: FieldType, depth: number): readonly [string, unknown] {
  const reader = new WireReader(bytes);
  let key = "";
  let value: unknown = zeroOf(of.code);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) key = reader.chunk().toString();
    else if (field === 2) value = valueOf(reader, wire, of.code, depth);
    else reader.skip(wire);
  }
  return [key, value];
}

const zeroOf = (code: string): unknown => (code === "s" || code === "y" || code === "Q" ? "" : code === "L" ? [] : {});

function valueOf(reader: WireReader, wire: number, code: string, depth: number): unknown {
  if (wire === 0) {
    const number = reader.varint();
    return code === "b" ? number !== 0 : number;
  }
  if (wire === 1) return reader.double();
  if (wire !== 2) throw new WireError(`wire type ${wire} is not used here`);
  const chunk = reader.chunk();
  switch (code) {
    case "s":
      return chunk.toString();
    case "y":
      return chunk.toString("base64");
    case "T":
    case "U":
      return time(chunk, code === "U");
    case "Q":
      return texts(chunk)[0] ?? "0";
    case "L":
      return texts(chunk);
    case "I":
      return intOrString(chunk);
    case "F":
    case "R":
      return json(chunk);
    default: {
      const type = messageType(code);
      if (type === undefined) throw new WireError(`${code} is not known`);
      return message(chunk, type, depth + 1);
    }
  }
}

/** All length-delimited fields of a message with one such field, as texts. */
function texts(bytes: Buffer): string[] {
  const found: string[] = [];
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { wire } = reader.tag();
    if (wire === 2) found.push(reader.chunk().toString());
    else reader.skip(wire);
  }
  return found;
}

function numbers(bytes: Buffer): { readonly numbers: readonly number[]; readonly text: string } {
  const found: number[] = [];
  let text = "";
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (wire === 0) found[field] = reader.varint();
    else if (wire === 2) text = reader.chunk().toString();
    else reader.skip(wire);
  }
  return { numbers: found, text };
}

function time(bytes: Buffer, micro: boolean): string | undefined {
  if (bytes.length === 0) return undefined;
  const [, seconds = 0, nanos = 0] = numbers(bytes).numbers;
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw new WireError("a time is out of range");
  const text = date.toISOString().slice(0, 19);
  return micro ? `${text}.${String(Math.floor(nanos / 1000)).padStart(6, "0")}Z` : `${text}Z`;
}

function intOrString(bytes: Buffer): number | string {
  const { numbers: found, text } = numbers(bytes);
  return found[1] === 1 ? text : (found[2] ?? 0);
}

/** JSON within a message (managedFields, raw extensions). */
function json(bytes: Buffer): unknown {
  const [text = ""] = texts(bytes);
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new WireError("a field holds no JSON");
  }
}
