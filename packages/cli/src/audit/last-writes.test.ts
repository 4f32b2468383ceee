import type { AuditEvent } from "@bulkhead/audit";
import { expect, test } from "vitest";
import { lastWrites, type WrittenObject } from "./last-writes.ts";

const at = (minute: number): string => `2026-11-21T12:${String(minute).padStart(2, "0")}:00.000Z`;
const time = (minute: number): number => Date.parse(at(minute));

const event = (minute: number, username: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: "Event",
  apiVersion: "audit.k8s.io/v1",
  level: "Metadata",
  auditID: "i",
  stage: "ResponseComplete",
  requestURI: "/apis/apps/v1/namespaces/shop/deployments/web",
  verb: "update",
  user: { username },
  sourceIPs: ["192.0.2.7"],
  objectRef: { resource: "deployments", apiGroup: "apps", namespace: "shop", name: "web" },
  responseStatus: { code: 200 },
  requestReceivedTimestamp: at(minute),
  stageTimestamp: at(minute),
  ...more,
});

const web = (until: number): WrittenObject => ({
  group: "apps",
  resource: "deployments",
  namespace: "shop",
  name: "web",
  until: time(until),
});
const who = (events: readonly AuditEvent[], ...objects: WrittenObject[]): (string | undefined)[] =>
  lastWrites(events, time(0), objects).map((write) => write?.user);

test("the last write not after first seen, of each finding of an object its own", () => {
  const events = [event(1, "alice"), event(3, "bob"), event(5, "carol")];
  expect(who(events, web(0), web(1), web(4), web(9))).toEqual([undefined, "alice", "bob", "carol"]);
  expect(lastWrites(events, time(2), [web(1), web(4)]).map((write) => write?.user)).toEqual([undefined, "bob"]);
  expect(lastWrites(events, time(0), [web(1)])).toEqual([
    { user: "alice", verb: "update", created: false, at: at(1), from: "192.0.2.7" },
  ]);
});

test("records need not be in the order of their requests", () => {
  expect(who([event(3, "bob"), event(1, "alice")], web(9))).toEqual(["bob"]);
});

test("what was refused, only tried, only read, or only a status is no write, and other objects are others", () => {
  const ref = event(0, "").objectRef;
  const none: Partial<AuditEvent>[] = [
    { responseStatus: { code: 403 } },
    { responseStatus: { code: 409 } },
    { requestURI: "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=x&dryRun=All" },
    { verb: "get" },
    { objectRef: { ...ref, subresource: "status" } },
    { objectRef: { ...ref, namespace: "other" } },
    { objectRef: { ...ref, name: "other" } },
    { objectRef: { ...ref, apiGroup: "example.com" } },
  ];
  for (const more of none)
    expect(who([event(1, "alice"), event(2, "mallory", more)], web(9)), JSON.stringify(more)).toEqual(["alice"]);
  expect(who([event(2, "bob", { objectRef: { ...ref, subresource: "scale" } })], web(9))).toEqual(["bob"]);
});

test("the cluster's own parts write after somebody has, and are named only where nobody else wrote", () => {
  const controller = "system:serviceaccount:kube-system:deployment-controller";
  expect(who([event(1, "alice"), event(2, controller)], web(9))).toEqual(["alice"]);
  expect(who([event(2, controller)], web(9))).toEqual([controller]);
  const flux = "system:serviceaccount:flux-system:kustomize-controller";
  expect(who([event(1, "alice"), event(2, flux)], web(9))).toEqual([flux]);
});

test("created by POST or by an apply that found nothing; who really asked where somebody was impersonated", () => {
  const [write] = lastWrites(
    [event(1, "root", { verb: "patch", responseStatus: { code: 201 }, impersonatedUser: { username: "alice" } })],
    time(0),
    [web(9)],
  );
  expect(write).toMatchObject({ user: "alice", really: "root", created: true });
});

test("a Namespace is itself whether or not its requests name it as the namespace", () => {
  const object = { group: "", resource: "namespaces", namespace: "", name: "shop", until: time(9) };
  for (const namespace of ["shop", undefined])
    expect(
      who(
        [event(1, "alice", { objectRef: { resource: "namespaces", name: "shop", ...(namespace && { namespace }) } })],
        object,
      ),
    ).toEqual(["alice"]);
});
