import { parseFieldSelector, parseLabelSelector } from "@bulkhead/api";
import type { StoredObject, StoreEvent } from "@bulkhead/store";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ListOptions } from "./list-options.ts";
import { typeFor } from "./watch-events.ts";

const key = { group: "", resource: "configmaps", namespace: "n", name: "a" };
const stored = (shown: boolean): StoredObject => ({
  key,
  revision: 1,
  bytes: new Uint8Array(),
  labels: shown ? { shown: "" } : {},
  fields: {},
});

const options: ListOptions = {
  labels: parseLabelSelector("shown"),
  fields: parseFieldSelector(""),
  limit: 0,
  continue: "",
  resourceVersion: "",
  resourceVersionMatch: "",
  watch: true,
  bookmarks: false,
  sendInitialEvents: undefined,
  timeoutSeconds: undefined,
};

/** undefined: the object is not there; otherwise whether the selector lets it through. */
const state = fc.option(fc.boolean(), { nil: undefined });

test("a watcher that adds what arrives and drops what leaves has what a list would give", () => {
  fc.assert(
    fc.property(fc.array(state, { minLength: 1 }), (states) => {
      let known = false;
      let previous: boolean | undefined;
      for (const [index, current] of states.entries()) {
        const event: StoreEvent = {
          revision: index + 1,
          key,
          previous: previous === undefined ? undefined : stored(previous),
          current: current === undefined ? undefined : stored(current),
          last: undefined,
        };
        const type = typeFor(event, options);
        if (type === "ADDED") expect(known).toBe(false);
        if (type === "MODIFIED" || type === "DELETED") expect(known).toBe(true);
        if (type !== undefined) known = type !== "DELETED";
        expect(known).toBe(current === true);
        previous = current;
      }
    }),
  );
});
