/** Schemas of built-in kinds as OpenAPI v3 components. */
import type { JsonObject } from "../generated/types.ts";
import { type SchemaLine, schemaLine, schemaNumber } from "../schema-facts.ts";
import type { Described, Descriptions } from "./descriptions.ts";

const reference = (id: string): JsonObject => ({ $ref: `#/components/schemas/${id}` });

/** Facts of a place or a schema that stand as they are. */
const plain = (facts: SchemaLine): JsonObject => ({
  ...(facts.t === undefined ? {} : { type: facts.t }),
  ...(facts.f === undefined ? {} : { format: facts.f }),
  ...(facts.d === undefined ? {} : { default: facts.d }),
  ...(facts.e === undefined ? {} : { enum: [...facts.e] }),
  ...(facts.o === undefined ? {} : { oneOf: [...facts.o] }),
  ...(facts.q === undefined ? {} : { required: [...facts.q] }),
  ...(facts.l === undefined ? {} : { "x-kubernetes-list-type": facts.l }),
  ...(facts.k === undefined ? {} : { "x-kubernetes-list-map-keys": [...facts.k] }),
  ...(facts.m === undefined ? {} : { "x-kubernetes-map-type": facts.m }),
  ...(facts.p === undefined ? {} : { "x-kubernetes-patch-strategy": facts.p }),
  ...(facts.y === undefined ? {} : { "x-kubernetes-patch-merge-key": facts.y }),
  ...(facts.u === undefined ? {} : { "x-kubernetes-unions": [...facts.u] }),
  ...(facts.g === undefined ? {} : { "x-kubernetes-group-version-kind": facts.g.map((gvk) => ({ ...gvk })) }),
});

/** Puts together the schemas that a document needs, each once. */
export class ComponentSchemas {
  readonly schemas: Record<string, JsonObject> = {};
  readonly #descriptions: Descriptions;
  readonly #open: number[] = [];

  constructor(descriptions: Descriptions) {
    this.#descriptions = descriptions;
  }

  /** Adds a schema and all that it refers to; returns a reference to it. */
  add(id: string): JsonObject {
    const number = schemaNumber(id);
    if (number !== undefined) {
      this.#need(number);
      for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) this.#write(next);
    }
    return reference(id);
  }

  #need(number: number): string {
    const { id } = schemaLine(number);
    if (!Object.hasOwn(this.schemas, id)) {
      this.schemas[id] = {};
      this.#open.push(number);
    }
    return id;
  }

  #write(number: number): void {
    const { id, facts } = schemaLine(number);
    const described = this.#descriptions(id);
    const own = described[""];
    this.schemas[id] = { ...(own === undefined ? {} : { description: own }), ...this.#place(facts, described) };
  }

  /** A schema or a place in one. */
  #place(facts: SchemaLine, described: Described): JsonObject {
    if (facts.r !== undefined) return { ...plain(facts), allOf: [reference(this.#need(facts.r))] };
    return {
      ...plain(facts),
      ...(facts.i === undefined ? {} : { items: this.#inner(facts.i) }),
      ...(facts.v === undefined ? {} : { additionalProperties: this.#inner(facts.v) }),
      ...(facts.n === undefined ? {} : { properties: this.#properties(facts.n, described) }),
    };
  }

  /** Elements and values: a bare reference where nothing else is said. */
  #inner(facts: SchemaLine): JsonObject {
    if (facts.r !== undefined && facts.d === undefined) return reference(this.#need(facts.r));
    return this.#place(facts, {});
  }

  #properties(fields: Readonly<Record<string, SchemaLine>>, described: Described): JsonObject {
    const out: JsonObject = {};
    for (const [name, facts] of Object.entries(fields)) {
      const description = described[name] ?? this.#fallback(facts);
      out[name] = { ...(description === undefined ? {} : { description }), ...this.#place(facts, {}) };
    }
    return out;
  }

  /** The models drop a field's own words where it refers to a type: the type's words stand in. */
  #fallback(facts: SchemaLine): string | undefined {
    return facts.r === undefined ? undefined : this.#descriptions(schemaLine(facts.r).id)[""];
  }
}
