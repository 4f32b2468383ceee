import type { Log } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import type { AdmissionPlugin } from "../admission/admission.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { ResourceRegistry } from "./registry.ts";

export type DefaultsMode = "bulkhead" | "kubernetes";

/** What every handler works with; made once. */
export interface ApiServices {
  readonly store: Store;
  readonly log: Log;
  readonly mode: DefaultsMode;
  readonly registry: ResourceRegistry;
  readonly authorizer: Authorizer;
  readonly admission: readonly AdmissionPlugin[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

let second = -1;
let text = "";

/** RFC 3339 in seconds, as metadata times are written. The same second is asked for thousands of times. */
export function timestamp(now: number): string {
  const asked = Math.floor(now / 1000);
  if (asked !== second) {
    text = `${new Date(asked * 1000).toISOString().slice(0, 19)}Z`;
    second = asked;
  }
  return text;
}
