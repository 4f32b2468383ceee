import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { Event } from "../../generated/types.ts";
import { immutableField } from "../immutable-field.ts";
import { dnsSubdomainErrors, qualifiedNameErrors } from "../name-fields.ts";
import { semanticEqual } from "../semantic-equal.ts";

const maxShort = 128;
const maxNote = 1024;

const isUnset = (time: string | null | undefined): boolean => time === null || time === undefined;

function tooLong(path: string, text: string, max: number): FieldError[] {
  return Buffer.byteLength(text) > max ? [field.invalid(path, "", `can have at most ${max} characters`)] : [];
}

function namespaceErrors(event: Event): FieldError[] {
  const own = event.metadata.namespace ?? "";
  const about = event.involvedObject.namespace ?? "";
  const homeless = isUnset(event.eventTime) ? ["", "default"] : ["default", "kube-system"];
  const fits = about === "" ? homeless.includes(own) : !isUnset(event.eventTime) || about === own;
  return fits ? [] : [field.invalid("involvedObject.namespace", about, "does not match event.namespace")];
}

/** Rules of both versions. `controllerPath` is the version's own name of the reporting controller. */
function sharedErrors(event: Event, controllerPath: string): FieldError[] {
  const errors = namespaceErrors(event);
  if (!isUnset(event.eventTime)) {
    const { reportingComponent = "", reportingInstance = "", action = "", reason = "", message = "" } = event;
    if (reportingComponent === "") errors.push(field.required(controllerPath));
    errors.push(...qualifiedNameErrors(controllerPath, reportingComponent));
    const short = { reportingInstance, action, reason };
    for (const [key, text] of Object.entries(short)) {
      if (text === "") errors.push(field.required(key));
      errors.push(...tooLong(key, text, maxShort));
    }
    errors.push(...tooLong("message", message, maxNote));
  }
  return errors.concat(dnsSubdomainErrors("namespace", event.metadata.namespace ?? ""));
}

/** Rules of core/v1. */
export const validateCoreEvent = (event: Event): FieldError[] => sharedErrors(event, "reportingComponent");

function seriesErrors(event: Event): FieldError[] {
  const { series } = event;
  if (series === undefined) return [];
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) errors.push(field.invalid("series.count", "", "should be at least 2"));
  if (isUnset(series.lastObservedTime)) errors.push(field.required("series.lastObservedTime"));
  return errors;
}

/** Rules of events.k8s.io/v1, of an event in stored form. */
export function validateEventsV1Create(event: Event): FieldError[] {
  const errors = [...sharedErrors(event, "reportingController"), ...seriesErrors(event)];
  const unset = "needs to be unset";
  if (isUnset(event.eventTime)) errors.push(field.required("eventTime"));
  if (event.type !== "Normal" && event.type !== "Warning") {
    errors.push(field.invalid("type", "", `has invalid value: ${event.type ?? ""}`));
  }
  if (!isUnset(event.firstTimestamp)) errors.push(field.invalid("firstTimestamp", "", unset));
  if (!isUnset(event.lastTimestamp)) errors.push(field.invalid("lastTimestamp", "", unset));
  if ((event.count ?? 0) !== 0) errors.push(field.invalid("count", "", unset));
  if ((event.source?.component ?? "") !== "" || (event.source?.host ?? "") !== "") {
    errors.push(field.invalid("source", "", unset));
  }
  return errors;
}

const fixed = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
  "reportingInstance",
] as const;

/** In events.k8s.io/v1 only the series of an event goes on. */
export function validateEventsV1Update(next: Event, old: Event): FieldError[] {
  const errors = sharedErrors(next, "reportingController");
  if (!semanticEqual(next.series, old.series)) errors.push(...seriesErrors(next));
  for (const key of fixed) errors.push(...immutableField(next[key], old[key], key));
  return errors.concat(immutableField(next.reportingComponent, old.reportingComponent, "reportingController"));
}
