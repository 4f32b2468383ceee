import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configMap, startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const path = "/api/v1/namespaces/default/configmaps";
const merge = { "content-type": "application/merge-patch+json" };
const label = (name: string, labels: Record<string, string | null>) =>
  server.call("PATCH", `${path}/${name}`, { headers: merge, body: { metadata: { labels } } });

describe("a watch", () => {
  test("goes on where another ended, missing nothing and repeating nothing", async () => {
    const { body } = await server.call("POST", path, { body: configMap("a") });
    await label("a", { n: "1" });
    const [first] = await server.watch(`${path}?watch=true&resourceVersion=${body.metadata.resourceVersion}`, 1);
    await label("a", { n: "2" });
    await label("a", { n: "3" });
    const rest = await server.watch(`${path}?watch=true&resourceVersion=${first?.object.metadata.resourceVersion}`, 2);
    const versions = [first, ...rest].map((line) => Number(line?.object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((x, y) => x - y));
    expect(new Set(versions).size).toBe(3);
  });

  test("sees arrivals and departures where a selector turns", async () => {
    const { body } = await server.call("POST", path, { body: configMap("turn") });
    await label("turn", { shown: "yes" });
    await label("turn", { shown: null });
    const selected = `${path}?watch=true&labelSelector=shown&resourceVersion=${body.metadata.resourceVersion}`;
    expect((await server.watch(selected, 2)).map(({ type }) => type)).toEqual(["ADDED", "DELETED"]);
  });

  test("as a list ends its initial state with a bookmark", async () => {
    const lines = await server.watch(
      `${path}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&fieldSelector=metadata.name%3Da`,
      2,
    );
    expect(lines.map(({ type }) => type)).toEqual(["ADDED", "BOOKMARK"]);
    expect(lines[1]?.object.metadata.annotations).toEqual({ "k8s.io/initial-events-end": "true" });
  });

  test("from what is forgotten is told 410", async () => {
    const { body } = await server.call("POST", path, { body: configMap("old") });
    await label("old", { a: "1" });
    await server.store.compact(server.store.head);
    const [line] = await server.watch(`${path}?watch=true&resourceVersion=${body.metadata.resourceVersion}`, 1);
    expect(line).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
  });

  test("ends when its time is over", async () => {
    expect(await server.watch(`${path}?watch=true&resourceVersion=${server.store.head}&timeoutSeconds=1`, 1)).toEqual(
      [],
    );
  });
});

describe("pages", () => {
  const all = "/api/v1/namespaces/kube-public/configmaps";

  test("are of one moment, whatever is written in between", async () => {
    for (const name of ["p1", "p2", "p3", "p4", "p5"]) await server.call("POST", all, { body: configMap(name) });
    const first = await server.call("GET", `${all}?limit=2`);
    expect([first.body.items.length, first.body.metadata.remainingItemCount]).toEqual([2, 3]);
    await server.call("DELETE", `${all}/p4`);
    await server.call("POST", all, { body: configMap("p6") });
    const names: string[] = [];
    for (let token = first.body.metadata.continue; token !== undefined; ) {
      const page = await server.call("GET", `${all}?limit=2&continue=${encodeURIComponent(token)}`);
      names.push(...page.body.items.map(({ metadata }) => metadata.name));
      token = page.body.metadata.continue;
    }
    expect(names).toEqual(["p3", "p4", "p5"]);
  });

  test("of a moment that is forgotten say how to go on over what is there now", async () => {
    const first = await server.call("GET", `${all}?limit=2`);
    await server.call("DELETE", `${all}/p5`);
    await server.store.compact(server.store.head);
    const late = await server.call(
      "GET",
      `${all}?limit=2&continue=${encodeURIComponent(first.body.metadata.continue ?? "")}`,
    );
    expect([late.status, late.body.reason]).toEqual([410, "Expired"]);
    const rest = await server.call("GET", `${all}?continue=${encodeURIComponent(late.body.metadata.continue ?? "")}`);
    expect(rest.body.items.map(({ metadata }) => metadata.name)).toEqual(["p3", "p6"]);
  });
});
