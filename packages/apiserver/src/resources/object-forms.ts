import type { KubeObject } from "@bulkhead/api";
import type { StoredObject } from "@bulkhead/store";
import type { Representation } from "../request/negotiate.ts";
import { listMeta, type Page } from "./list.ts";
import { itemPrefix, servedBytes } from "./object-bytes.ts";
import { type FormContext, opened, partialOf, tableOf } from "./table.ts";

const comma = Buffer.from(",");
const brace = Buffer.from("{");
const commaBrace = Buffer.from(",{");
const listEnd = Buffer.from("]}\n");
const newline = Buffer.from("\n");
const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value)}\n`);

/** A list's body: stored bytes joined as they are, or the form that was asked for. */
export function listBody(
  context: FormContext,
  page: Page,
  as: Representation["as"],
): Uint8Array | Iterable<Uint8Array> {
  switch (as) {
    case "table":
      return json(tableOf(context, page.objects, listMeta(page), true));
    case "partial":
    case "partial-list":
      return json({
        kind: "PartialObjectMetadataList",
        apiVersion: "meta.k8s.io/v1",
        metadata: listMeta(page),
        items: page.objects.map((object) => partialOf(opened(context, object))),
      });
    case "object":
    case "discovery-v2":
    case "openapi-v2":
      return typedList(context, page);
  }
}

function* typedList({ store, resource }: FormContext, page: Page): Iterable<Uint8Array> {
  const { apiVersion, listKind } = resource;
  const head = JSON.stringify({ kind: listKind, apiVersion, metadata: listMeta(page) });
  yield Buffer.from(`${head.slice(0, -1)},"items":[`);
  const cut = itemPrefix(resource);
  let first = true;
  for (const object of page.objects) {
    const bytes = store.open(object);
    if (cut !== undefined) {
      // The usual case, without a generator for each of thousands of items.
      yield first ? brace : commaBrace;
      yield bytes.subarray(cut);
    } else {
      if (!first) yield comma;
      yield* servedBytes(resource, bytes);
    }
    first = false;
  }
  yield listEnd;
}

/** One object's body. */
export function objectBody(
  context: FormContext,
  object: StoredObject,
  as: Representation["as"],
): Uint8Array | Iterable<Uint8Array> {
  switch (as) {
    case "table":
      return json(tableOf(context, [object], { resourceVersion: String(object.revision) }, true));
    case "partial":
      return json(partialOf(opened(context, object)));
    case "partial-list":
    case "object":
    case "discovery-v2":
    case "openapi-v2":
      return [...servedBytes(context.resource, context.store.open(object)), newline];
  }
}

/** The body of an object that stands in no store: an answer of a dry run, a review, a scale. */
export function looseBody(object: object, as: Representation["as"]): Uint8Array {
  if (as === "partial") return json(partialOf(object as KubeObject));
  return json(object);
}
