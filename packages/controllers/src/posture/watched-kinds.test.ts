import type { Pod } from "@bulkhead/api";
import { expect, test } from "vitest";
import { makePod } from "../test-objects.ts";
import { seenOf } from "./watched-kinds.ts";

test("a probe that turns changes nothing that a control sees; a label, a field and an address do", () => {
  const pod = makePod({ name: "web", ready: true });
  const unready: Pod = {
    ...makePod({ name: "web", ready: false }),
    metadata: { ...pod.metadata, resourceVersion: "2" },
  };
  expect(seenOf(unready)).toEqual(seenOf(pod));
  expect(seenOf({ ...pod, metadata: { ...pod.metadata, labels: { a: "b" } } })).not.toEqual(seenOf(pod));
  expect(seenOf({ ...pod, spec: { ...pod.spec, hostPID: true } } as Pod)).not.toEqual(seenOf(pod));
  expect(seenOf({ ...pod, status: { ...pod.status, podIPs: [{ ip: "10.0.0.1" }] } } as Pod)).not.toEqual(seenOf(pod));
});
