import {
  badRequest,
  type FieldError,
  type FieldSelector,
  invalid,
  parseFieldSelector,
  parseLabelSelector,
  type Selector,
  SelectorError,
} from "@bulkhead/api";
import type { StoredObject } from "@bulkhead/store";
import { badNumber, UnclassifiedError } from "../request/errors.ts";
import type { RequestInfo } from "../request/request-info.ts";
import type { ServedResource } from "./served-resource.ts";

/** ListOptions of meta/v1, read from a query and checked. */
export interface ListOptions {
  readonly labels: Selector;
  readonly fields: FieldSelector;
  readonly limit: number;
  readonly continue: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: "" | "Exact" | "NotOlderThan";
  readonly watch: boolean;
  readonly bookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
}

const truthy = (value: string | null): boolean => value !== null && value !== "false" && value !== "0";

function whole(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === "") return undefined;
  if (!/^[+-]?\d+$/.test(value)) throw badNumber("ParseInt", value);
  return Number(value);
}

const unreadable = (error: unknown): unknown => (error instanceof SelectorError ? badRequest(error.message) : error);

function labelSelector(text: string): Selector {
  try {
    return parseLabelSelector(text);
  } catch (error) {
    throw unreadable(error);
  }
}

/** Every term must name a field by which the kind can be selected. */
function fieldSelector(text: string, own: readonly string[]): FieldSelector {
  let selector: FieldSelector;
  try {
    selector = parseFieldSelector(text);
  } catch (error) {
    throw unreadable(error);
  }
  for (const { field } of selector.requirements) {
    if (field === "metadata.name" || field === "metadata.namespace" || own.includes(field)) continue;
    throw badRequest(
      own.length > 0
        ? `field label not supported: ${field}`
        : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
  return selector;
}

/** `/watch/…/NAME` follows one object: what was authorized is what is shown. */
const onlyNamed = (name: string, fields: FieldSelector): FieldSelector =>
  name === ""
    ? fields
    : {
        ...fields,
        everything: false,
        matches: (value) => value("metadata.name") === name && (fields.everything || fields.matches(value)),
      };

/** Whether the selectors of a list or watch let an object through. */
export function selects(options: ListOptions, object: StoredObject): boolean {
  if (!options.labels.everything && !options.labels.matches(object.labels)) return false;
  if (options.fields.everything) return true;
  return options.fields.matches((field) => {
    if (field === "metadata.name") return object.key.name;
    if (field === "metadata.namespace") return object.key.namespace;
    return object.fields[field] ?? "";
  });
}

export const selectsEverything = (options: ListOptions): boolean =>
  options.labels.everything && options.fields.everything;

export function parseListOptions(info: RequestInfo, resource: ServedResource): ListOptions {
  const { query } = info;
  const watch = info.verb === "watch";
  const match = query.get("resourceVersionMatch") ?? "";
  const initial = query.get("sendInitialEvents");
  const options: ListOptions = {
    labels: labelSelector(query.get("labelSelector") ?? ""),
    fields: onlyNamed(
      watch ? info.name : "",
      fieldSelector(query.get("fieldSelector") ?? "", Object.keys(resource.row.fieldSelectors)),
    ),
    limit: Math.max(0, whole(query, "limit") ?? 0),
    continue: query.get("continue") ?? "",
    resourceVersion: query.get("resourceVersion") ?? "",
    resourceVersionMatch: match as ListOptions["resourceVersionMatch"],
    watch,
    bookmarks: truthy(query.get("allowWatchBookmarks")),
    sendInitialEvents: initial === null ? undefined : truthy(initial),
    timeoutSeconds: whole(query, "timeoutSeconds"),
  };
  const errors = watch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw invalid("meta.k8s.io", "ListOptions", "", errors);
  return options;
}

const forbidden = (field: string, why: string): FieldError => ({
  reason: "FieldValueForbidden",
  field,
  message: `Forbidden: ${why}`,
});
const unsupported = (match: string, supported: readonly string[]): FieldError => ({
  reason: "FieldValueNotSupported",
  field: "resourceVersionMatch",
  message: `Unsupported value: ${JSON.stringify(match)}: supported values: ${supported.map((s) => JSON.stringify(s)).join(", ")}`,
});

function listErrors(options: ListOptions): FieldError[] {
  const match = options.resourceVersionMatch as string;
  const errors: FieldError[] = [];
  if (options.sendInitialEvents !== undefined)
    errors.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  if (match === "") return errors;
  if (options.continue !== "")
    errors.push(forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
  if (options.resourceVersion === "")
    errors.push(
      forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"),
    );
  if (match === "Exact" && options.resourceVersion === "0")
    errors.push(forbidden("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  if (match !== "Exact" && match !== "NotOlderThan") errors.push(unsupported(match, ["Exact", "NotOlderThan", ""]));
  return errors;
}

function watchErrors(options: ListOptions): FieldError[] {
  const match = options.resourceVersionMatch as string;
  const errors: FieldError[] = [];
  if (options.sendInitialEvents !== undefined) {
    if (match !== "NotOlderThan")
      errors.push(
        forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),
      );
    return errors;
  }
  if (match !== "")
    errors.push(
      forbidden(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      ),
    );
  return errors;
}

const parseError = (text: string): string =>
  `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;

/** The revision a list asks for; undefined: none said. */
export function listRevision(text: string): number | undefined {
  if (text === "") return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`invalid resource version: ${parseError(text)}`);
  return Number(text);
}

/** The revision a watch starts behind; undefined or 0: with the state now. */
export function watchRevision(text: string): number | undefined {
  if (text === "") return undefined;
  if (!/^\d+$/.test(text)) throw new UnclassifiedError(500, parseError(text));
  return Number(text);
}
