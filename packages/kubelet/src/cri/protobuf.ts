/**
 * A protobuf codec for messages written down as data: enough of proto3 for CRI, with the TypeScript types inferred
 * from the table, so that a field's number and its type stand in one place. int64 and uint64 are read as numbers:
 * nanosecond timestamps lose their last 256 ns, which nothing here needs.
 */
type Scalar = "string" | "bytes" | "bool" | "int32" | "int64" | "uint32" | "uint64" | "enum";

interface MapField {
  readonly map: true;
}
interface RepeatedField<T extends Scalar | Message> {
  readonly repeated: T;
}
type Field = readonly [
  number: number,
  type: Scalar | Message | MapField | RepeatedField<Scalar> | RepeatedField<Message>,
];
type Fields = Readonly<Record<string, Field>>;

/** A message's fields by name: number and type. */
// oxlint-disable-next-line typescript/no-explicit-any -- a message may hold any other; its own type says which
export interface Message<F extends Fields = any> {
  readonly fields: F;
  readonly byNumber: ReadonlyMap<number, readonly [name: string, type: Field[1]]>;
}

type ScalarValue<S extends Scalar> = S extends "string"
  ? string
  : S extends "bytes"
    ? Uint8Array
    : S extends "bool"
      ? boolean
      : number;

type Whole<T> = T extends Scalar
  ? ScalarValue<T>
  : T extends MapField
    ? Readonly<Record<string, string>>
    : T extends { readonly repeated: infer R }
      ? R extends Scalar
        ? readonly ScalarValue<R>[]
        : R extends Message<infer F>
          ? readonly Decoded<Message<F>>[]
          : never
      : T extends Message<infer F>
        ? Decoded<Message<F>>
        : never;

type Part<T> = T extends Scalar
  ? ScalarValue<T>
  : T extends MapField
    ? Readonly<Record<string, string>>
    : T extends { readonly repeated: infer R }
      ? R extends Scalar
        ? readonly ScalarValue<R>[]
        : R extends Message<infer F>
          ? readonly Encodable<Message<F>>[]
          : never
      : T extends Message<infer F>
        ? Encodable<Message<F>>
        : never;

/** What decoding gives: scalars, lists and maps always there (proto3's zero values), messages only when sent. */
export type Decoded<M> =
  M extends Message<infer F>
    ? {
        readonly [K in keyof F as F[K][1] extends Message ? never : K]: Whole<F[K][1]>;
      } & { readonly [K in keyof F as F[K][1] extends Message ? K : never]?: Whole<F[K][1]> | undefined }
    : never;

/** What encoding takes: any subset of the fields. */
export type Encodable<M> = M extends Message<infer F> ? { readonly [K in keyof F]?: Part<F[K][1]> | undefined } : never;

export const message = <const F extends Fields>(fields: F): Message<F> => ({
  fields,
  byNumber: new Map(Object.entries(fields).map(([name, [number, type]]) => [number, [name, type] as const])),
});

export const repeated = <T extends Scalar | Message>(type: T): RepeatedField<T> => ({ repeated: type });
export const stringMap: MapField = { map: true };

const wireVarint = 0;
const wireFixed64 = 1;
const wireBytes = 2;
const wireFixed32 = 5;

const isMessage = (type: Field[1]): type is Message => typeof type === "object" && "fields" in type;

class Writer {
  private buffer = Buffer.allocUnsafe(512);
  private length = 0;

  private room(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  varint(value: number): void {
    this.room(10);
    let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
    if (value >= 0 && value < 0x80000000) {
      let small = value;
      while (small > 127) {
        this.buffer[this.length++] = (small & 127) | 128;
        small >>>= 7;
      }
      this.buffer[this.length++] = small;
      return;
    }
    while (rest > 127n) {
      this.buffer[this.length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.buffer[this.length++] = Number(rest);
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.room(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  done(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}

const writeScalar = (writer: Writer, number: number, type: Scalar, value: unknown): void => {
  if (type === "string" || type === "bytes") {
    writer.varint((number << 3) | wireBytes);
    writer.bytes(type === "string" ? Buffer.from(value as string) : (value as Uint8Array));
    return;
  }
  writer.varint((number << 3) | wireVarint);
  writer.varint(type === "bool" ? Number(value) : (value as number));
};

const isZero = (value: unknown): boolean =>
  value === 0 || value === "" || value === false || (value instanceof Uint8Array && value.length === 0);

const writeMessage = (writer: Writer, number: number, type: Message, value: object): void => {
  writer.varint((number << 3) | wireBytes);
  writer.bytes(encode(type, value));
};

/** The bytes of a message; fields at their zero value are left out, as proto3 does. */
export function encode<M extends Message>(type: M, value: Encodable<M> | object): Buffer {
  const writer = new Writer();
  const given = value as Readonly<Record<string, unknown>>;
  for (const [name, [number, fieldType]] of Object.entries(type.fields as Fields)) {
    const part = given[name];
    if (part === undefined) continue;
    if (typeof fieldType === "string") {
      if (!isZero(part)) writeScalar(writer, number, fieldType, part);
    } else if (isMessage(fieldType)) {
      writeMessage(writer, number, fieldType, part as object);
    } else if ("map" in fieldType) {
      for (const [key, text] of Object.entries(part as Record<string, string>)) {
        writeMessage(writer, number, mapEntry, { key, value: text });
      }
    } else {
      const element: Scalar | Message = fieldType.repeated;
      for (const item of part as readonly unknown[]) {
        if (typeof element === "string") writeScalar(writer, number, element, item);
        else writeMessage(writer, number, element, item as object);
      }
    }
  }
  return writer.done();
}

const mapEntry = message({ key: [1, "string"], value: [2, "string"] });

/** Bytes that are not a message of the given type. */
export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

class Reader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new ProtobufError("protobuf message ends in the middle of a field");
    return byte;
  }

  varint(signed: boolean): number {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      low |= (byte & 127) << shift;
      if (byte < 128) return low;
    }
    let whole = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      whole |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(signed ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole));
    }
    throw new ProtobufError("protobuf varint is longer than ten bytes");
  }

  delimited(): Buffer {
    const length = this.varint(false);
    if (this.at + length > this.bytes.length) throw new ProtobufError("protobuf field is longer than its message");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  skip(wire: number): void {
    if (wire === wireVarint) this.varint(false);
    else if (wire === wireBytes) this.delimited();
    else if (wire === wireFixed64) this.at += 8;
    else if (wire === wireFixed32) this.at += 4;
    else throw new ProtobufError(`protobuf wire type ${wire} is not known`);
  }
}

const readScalar = (reader: Reader, type: Scalar): unknown => {
  switch (type) {
    case "string":
      return reader.delimited().toString("utf8");
    case "bytes":
      return Buffer.from(reader.delimited());
    case "bool":
      return reader.varint(false) !== 0;
    case "int32":
    case "int64":
    case "enum":
      return reader.varint(true);
    case "uint32":
    case "uint64":
      return reader.varint(false);
  }
};

const zero = (type: Field[1]): unknown => {
  if (typeof type === "object") return isMessage(type) ? undefined : "map" in type ? {} : [];
  return type === "string" ? "" : type === "bytes" ? new Uint8Array() : type === "bool" ? false : 0;
};

/** Reads a message; unknown fields are skipped, malformed bytes throw ProtobufError. */
export function decode<M extends Message>(type: M, bytes: Buffer): Decoded<M> {
  const out: Record<string, unknown> = {};
  for (const [name, [, fieldType]] of Object.entries(type.fields as Fields)) out[name] = zero(fieldType);
  const reader = new Reader(bytes);
  while (!reader.ended) {
    const tag = reader.varint(false);
    const known = type.byNumber.get(tag >>> 3);
    const wire = tag & 7;
    if (known === undefined) {
      reader.skip(wire);
      continue;
    }
    const [name, fieldType] = known;
    if (typeof fieldType === "string") {
      out[name] = readScalar(reader, fieldType);
    } else if (isMessage(fieldType)) {
      out[name] = decode(fieldType, reader.delimited());
    } else if ("map" in fieldType) {
      const entry = decode(mapEntry, reader.delimited());
      // A plain assignment would lose the key `__proto__`.
      const descriptor = { value: entry.value, enumerable: true, configurable: true, writable: true };
      Object.defineProperty(out[name], entry.key, descriptor);
    } else {
      readElements(reader, fieldType.repeated, wire, out[name] as unknown[]);
    }
  }
  return out as Decoded<M>;
}

const readElements = (reader: Reader, element: Scalar | Message, wire: number, into: unknown[]): void => {
  if (typeof element !== "string") {
    into.push(decode(element, reader.delimited()));
  } else if (wire === wireBytes && element !== "string" && element !== "bytes") {
    const packed = new Reader(reader.delimited());
    while (!packed.ended) into.push(readScalar(packed, element));
  } else {
    into.push(readScalar(reader, element));
  }
};
