import { fieldNumbers } from "./generated/field-numbers.ts";

/** What a field's value is on the wire; letters as in generate/field-numbers.ts, else a message's name. */
export interface FieldType {
  readonly json: string;
  /** The fields of this message stand in the object itself. */
  readonly inline: boolean;
  readonly code: string;
  readonly list: boolean;
  readonly map: boolean;
  /** A zero value says something; of others Go writes zeroes that were never set. */
  readonly pointer: boolean;
}

export type MessageType = ReadonlyMap<number, FieldType>;

const types = new Map<string, MessageType>();

function fieldOf(text: string): readonly [number, FieldType] {
  const [number = "", json = "", type = ""] = text.split(" ");
  const pointer = type.startsWith("*");
  const list = type.startsWith("[]");
  const map = type.startsWith("{}");
  const code = pointer ? type.slice(1) : list || map ? type.slice(2) : type;
  return [Number(number), { json, inline: json === "~", code, list, map, pointer }];
}

let index: Map<string, string> | undefined;

/** A message by its Go name (`core.Pod`), read when first asked for; undefined for kinds without a table. */
export function messageType(name: string): MessageType | undefined {
  const known = types.get(name);
  if (known !== undefined) return known;
  index ??= new Map(
    fieldNumbers
      .trim()
      .split("\n")
      .map((line) => line.split("\t") as [string, string]),
  );
  const line = index.get(name);
  if (line === undefined) return undefined;
  const type: MessageType = new Map(line === "" ? [] : line.split(";").map(fieldOf));
  types.set(name, type);
  return type;
}
