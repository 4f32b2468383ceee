import type { JSONSchemaProps } from "../generated/types.ts";

export const text = (description: string, more: JSONSchemaProps = {}): JSONSchemaProps => ({
  type: "string",
  description,
  ...more,
});

export const object = (
  description: string,
  required: string[],
  properties: Record<string, JSONSchemaProps>,
): JSONSchemaProps => ({ type: "object", description, ...(required.length > 0 ? { required } : {}), properties });

export const root = (description: string, spec: JSONSchemaProps, status?: JSONSchemaProps): JSONSchemaProps =>
  object(description, ["spec"], {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec,
    ...(status === undefined ? {} : { status }),
  });

/** Conditions, one a type, as upstream's kinds have them. */
export const conditions = (description: string): JSONSchemaProps => ({
  type: "array",
  description,
  maxItems: 16,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
  items: object("One aspect of its state.", ["type", "status", "reason", "message", "lastTransitionTime"], {
    type: text("What is stated.", { minLength: 1, maxLength: 316 }),
    status: text("Whether it is so.", { enum: ["True", "False", "Unknown"] }),
    observedGeneration: {
      type: "integer",
      format: "int64",
      minimum: 0,
      description: "The generation that was judged.",
    },
    reason: text("Why, in a word for programs.", { minLength: 1, maxLength: 1024 }),
    message: text("Why, for a person.", { maxLength: 32768 }),
    lastTransitionTime: text("Since when.", { format: "date-time" }),
  }),
});

export const labelSelector: JSONSchemaProps = {
  ...object("The namespaces it speaks for, by their labels; absent or empty: all.", [], {
    matchLabels: { type: "object", additionalProperties: { type: "string" } },
    matchExpressions: {
      type: "array",
      "x-kubernetes-list-type": "atomic",
      items: object("A condition on one label.", ["key", "operator"], {
        key: text("The label's key.", { minLength: 1 }),
        operator: text("How the label is compared.", { enum: ["In", "NotIn", "Exists", "DoesNotExist"] }),
        values: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "atomic" },
      }),
    },
  }),
  "x-kubernetes-map-type": "atomic",
};

/** A list that is taken as one value; `most` bounds it. */
export const list = (
  description: string,
  most: number,
  items: JSONSchemaProps,
  more: JSONSchemaProps = {},
): JSONSchemaProps => ({
  type: "array",
  description,
  maxItems: most,
  "x-kubernetes-list-type": "atomic",
  items,
  ...more,
});

export const choice = (description: string, of: readonly string[], more: JSONSchemaProps = {}): JSONSchemaProps =>
  text(description, { enum: [...of], ...more });

export const count = (description: string): JSONSchemaProps => ({
  type: "integer",
  format: "int64",
  minimum: 0,
  description,
});

/** `72h`, `14d`, `10m`. */
export const duration = (description: string): JSONSchemaProps =>
  text(description, { pattern: "^[1-9][0-9]{0,4}[mhd]$" });

const clock = (description: string): JSONSchemaProps =>
  text(description, { pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" });

/** Stretches of the day, as UpdatePolicy and CurrencyPolicy have them. */
export const windows = (description: string): JSONSchemaProps =>
  list(
    description,
    14,
    object("A stretch of the day.", ["from", "to"], {
      days: list("Absent: every day.", 7, choice("A day.", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]), {
        minItems: 1,
      }),
      from: clock("HH:MM"),
      to: clock("HH:MM; not after from: on the next day."),
      timeZone: text("An IANA name.", { minLength: 1, maxLength: 64, default: "UTC" }),
    }),
  );

/** One line for a person. */
export const line = (description: string): JSONSchemaProps => text(description, { maxLength: 2048 });

export const time = (description: string): JSONSchemaProps => text(description, { format: "date-time" });

export const flag = (description: string, more: JSONSchemaProps = {}): JSONSchemaProps => ({
  type: "boolean",
  description,
  ...more,
});
