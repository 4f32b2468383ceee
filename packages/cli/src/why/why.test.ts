import { describe, expect, test } from "vitest";
import { CommandFailure } from "../exit-codes.ts";
import { questionText, readAccess, withImpliedGroups } from "./access-question.ts";
import { resolveResource, resourcesOf, type ServedResource } from "./served-resources.ts";
import { accessText, trafficText } from "./why-text.ts";

const list = (
  group: string,
  version: string,
  ...resources: readonly (readonly [name: string, kind: string, short: readonly string[], namespaced?: boolean])[]
): ServedResource[] =>
  resourcesOf(
    {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: group === "" ? version : `${group}/${version}`,
      resources: resources.map(([name, kind, shortNames, namespaced = true]) => ({
        name,
        kind,
        singularName: name.includes("/") ? "" : kind.toLowerCase(),
        shortNames: [...shortNames],
        namespaced,
        verbs: ["get", "list"],
      })),
    },
    group,
    version,
  );

const served: ServedResource[] = [
  ...list(
    "",
    "v1",
    ["pods", "Pod", ["po"]],
    ["pods/log", "Pod", []],
    ["events", "Event", ["ev"]],
    ["namespaces", "Namespace", ["ns"], false],
    ["nodes", "Node", ["no"], false],
  ),
  ...list("apps", "v1", ["deployments", "Deployment", ["deploy"]]),
  ...list("events.k8s.io", "v1", ["events", "Event", ["ev"]]),
];
const alice = withImpliedGroups("alice", ["dev"]);

describe("words for resources", () => {
  test.each([
    ["pods", "", "pods"],
    ["po", "", "pods"],
    ["Pod", "", "pods"],
    ["deploy", "apps", "deployments"],
    ["deployments.apps", "apps", "deployments"],
    ["deployment.v1.apps", "apps", "deployments"],
    ["events", "", "events"],
    ["ev.events.k8s.io", "events.k8s.io", "events"],
    ["users", "", "users"],
    ["userextras.authentication.k8s.io", "authentication.k8s.io", "userextras"],
    ["*", "*", "*"],
    ["*.apps", "apps", "*"],
  ])("%s: group %j, %s", (word, group, name) => {
    expect(resolveResource(word, served)).toMatchObject({ group, name });
  });

  test.each([
    ["podz", "did you mean pods?"],
    ["deploymnts", "did you mean deployments.apps?"],
    ["pods.apps", "did you mean pods?"],
    ["zzzzzzzz", "kubectl api-resources"],
  ])("%s: %s", (word, hint) => {
    expect(() => resolveResource(word, served)).toThrow(
      expect.objectContaining({ exit: 2, message: expect.stringContaining(hint) }),
    );
  });

  test("subresources belong to what they are of", () => {
    expect(resolveResource("pods", served).subresources).toEqual(["log"]);
    expect(served.some((r) => r.name.includes("/"))).toBe(false);
  });
});

describe("who asks", () => {
  test.each([
    ["alice", ["system:authenticated"]],
    ["system:anonymous", ["system:unauthenticated"]],
    [
      "system:serviceaccount:shop:api",
      ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
    ],
    ["system:serviceaccount:shop", ["system:authenticated"]],
    ["system:node:one", ["system:nodes", "system:authenticated"]],
  ])("%s is in %j", (name, groups) => {
    expect(withImpliedGroups(name, []).groups).toEqual(groups);
  });

  test("no group twice", () => {
    expect(withImpliedGroups("a", ["system:authenticated", "dev"]).groups).toEqual(["system:authenticated", "dev"]);
  });
});

describe("questions", () => {
  const read = (verb: string, what: string, more: object = {}) =>
    readAccess({ verb, what, ...more }, alice, served, "here");

  test.each<[string, string, object, string, object]>([
    ["get", "po", {}, "get pods in here", { namespace: "here", name: "" }],
    ["GET", "pods/web", { namespace: "shop" }, 'get pods "web" in shop', { namespace: "shop", name: "web" }],
    ["get", "pods/web", { subresource: "log" }, 'get pods/log "web" in here', { subresource: "log" }],
    ["list", "deploy", { allNamespaces: true }, "list deployments.apps at the cluster scope", { namespace: "" }],
    ["get", "no/n1", {}, 'get nodes "n1" at the cluster scope', { namespace: "", resource: "nodes" }],
    ["get", "ns/shop", {}, 'get namespaces "shop" in shop', { namespace: "shop" }],
    ["get", "/healthz", {}, "get /healthz", { isResource: false, path: "/healthz" }],
  ])("%s %s %j", (verb, what, more, text, question) => {
    const found = read(verb, what, more);
    expect(questionText(found.question)).toBe(text);
    expect(found.question).toMatchObject(question);
    expect(found.notes).toEqual([]);
  });

  test.each([
    ["get", "pods/", {}],
    ["get", "pods/a/b", {}],
    ["get", "", {}],
    ["g3t", "pods", {}],
    ["get", "/healthz", { subresource: "x" }],
  ])("%s %j %j cannot be asked", (verb, what, more) => {
    expect(() => read(verb, what, more)).toThrow(CommandFailure);
  });

  test.each([
    ["get", "pods/log", {}, /--subresource log/],
    ["get", "pods/web", { subresource: "lgo" }, /no subresource lgo: only log/],
    ["fly", "pods", {}, /does not serve fly/],
    ["get", "nodes", { namespace: "shop" }, /not in namespaces/],
  ])("%s %s %j says what was made of it", (verb, what, more, note) => {
    expect(read(verb, what, more).notes).toEqual([expect.stringMatching(note)]);
  });

  test("special verbs are no mistake", () => {
    expect(read("impersonate", "users/bob").notes).toEqual([]);
    expect(read("escalate", "pods").notes).toEqual([]);
  });
});

describe("what a person reads", () => {
  test("of access", () => {
    const { question } = readAccess({ verb: "get", what: "pods" }, alice, served, "shop");
    const text = accessText({
      question,
      decision: "deny",
      because: [
        { rule: "no-grant", says: "nothing grants it", passing: "{verbs: [get]}", command: "kubectl create role" },
        { object: { apiVersion: "x/v1", kind: "ClusterRole", name: "view" }, rule: "fitting-role", says: "view would" },
      ],
      notes: ["a note"],
    });
    expect(text).toBe(`no  alice may not get pods in shop
     asked as alice (dev, system:authenticated)

  ✗ nothing grants it
      rule        no-grant
      would pass  {verbs: [get]}
      allow it    kubectl create role

    view would
      by          ClusterRole view
      rule        fitting-role

  note: a note`);
  });

  test("control characters of objects do not reach the terminal", () => {
    const because = [{ says: "a\u001b[31mb\u0007" }];
    const text = trafficText({ from: "a", to: "b", port: "1", decision: "allow", because, pairs: [], notes: [] });
    expect(text).toContain("a\ufffd[31mb\ufffd");
  });

  test("of traffic: every pair where there are several", () => {
    const pair = (name: string, decision: "allow" | "deny") => ({
      from: { pod: "shop/web" },
      to: { pod: `shop/${name}` },
      protocol: "TCP" as const,
      port: 80,
      verdict: { decision, because: [], egress: undefined, ingress: undefined },
    });
    const pairs = [pair("api-0", "allow"), pair("api-1", "deny")];
    const text = trafficText({
      from: "shop/web",
      to: "shop/api",
      port: "80",
      decision: "deny",
      because: [],
      pairs,
      notes: [],
    });
    expect(text).toContain("port 80 (1 of 2 connections)");
    expect(text).toContain("passes   shop/web → shop/api-0 TCP 80");
    expect(text).toContain("refused  shop/web → shop/api-1 TCP 80");
  });
});
