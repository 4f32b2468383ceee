import { type ConfigMap } from "@bulkhead/api";
import {
  createClient,
  createEventRecorder,
  createInformer,
  createInformerFactory,
  type Informer,
  resources,
} from "@bulkhead/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answer, createMiniApi, startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
let api: ReturnType<typeof createMiniApi>;
let stop: AbortController;
let changes: string[];

beforeEach(async () => {
  api = createMiniApi();
  stop = new AbortController();
  server = await startTestServer((stream, seen) => api.handler(stream, seen));
  changes = [];
});
afterEach(async () => {
  stop.abort();
  await server.close();
});

const clientOf = () => createClient({ server: server.url, tls: { ca: server.ca } });

function start(pageSize = 2): Informer<ConfigMap> {
  const client = clientOf();
  const informer = createInformer({
    client,
    resource: resources.configMaps,
    signal: stop.signal,
    pageSize,
    backoffBase: 5,
  });
  stop.signal.addEventListener("abort", () => client.close());
  informer.onChange((current, previous) => {
    const what = current === undefined ? "-" : previous === undefined ? "+" : "~";
    changes.push(`${what}${(current ?? previous)?.metadata.name ?? ""}`);
  });
  return informer;
}

const watched = () => vi.waitFor(() => expect(api.watching).toBe(1), { timeout: 60_000 });
const heard = (expected: string[]) => vi.waitFor(() => expect(changes).toEqual(expected), { timeout: 60_000 });
const names = (informer: Informer<ConfigMap>) => informer.list("n").map((object) => object.metadata.name);

describe("informer", () => {
  it("lists in pages, follows changes, and drops managed fields", async () => {
    for (const name of ["a", "b", "c"]) api.put(name, "1");
    const informer = start();
    await informer.synced;
    expect(names(informer)).toEqual(["a", "b", "c"]);
    expect(server.seen.filter((seen) => seen.path.includes("limit=2"))).toHaveLength(2);
    await watched();
    api.put("b", "2");
    api.put("d", "1");
    api.remove("a");
    await heard(["+a", "+b", "+c", "~b", "+d", "-a"]);
    expect(informer.get({ namespace: "n", name: "b" })?.data).toEqual({ data: "2" });
    expect(informer.get({ namespace: "n", name: "b" })?.metadata.managedFields).toBeUndefined();
    expect(informer.get({ namespace: "m", name: "b" })).toBeUndefined();
  });

  it("resumes where it stopped after the watch or the connection ended, without listing again", async () => {
    api.put("a", "1");
    const informer = start();
    await informer.synced;
    await watched();
    api.endWatches();
    api.put("b", "1");
    await heard(["+a", "+b"]);
    await watched();
    server.dropConnections();
    api.put("c", "1");
    await heard(["+a", "+b", "+c"]);
    expect(server.seen.filter((seen) => seen.path.includes("limit="))).toHaveLength(1);
  });

  it("lists anew after 410 and tells the difference only", async () => {
    for (const name of ["a", "b", "c"]) api.put(name, "1");
    const informer = start();
    await informer.synced;
    await watched();
    // The server goes away for a while, and the history with it.
    const handler = server.handler;
    server.handler = (stream) => answer(stream, 503, {});
    server.dropConnections();
    await vi.waitFor(() => expect(api.watching).toBe(0));
    api.put("b", "2");
    api.remove("c");
    api.put("d", "1");
    api.forget();
    server.handler = handler;
    await heard(["+a", "+b", "+c", "~b", "+d", "-c"]);
    expect(names(informer)).toEqual(["a", "b", "d"]);
  });

  it("tells all of a list whose second page failed at first", async () => {
    for (const name of ["a", "b", "c"]) api.put(name, "1");
    let failed = false;
    server.handler = (stream, seen) => {
      if (seen.path.includes("continue=") && !failed) {
        failed = true;
        return answer(stream, 500, { kind: "Status", reason: "InternalError", message: "no" });
      }
      return api.handler(stream, seen);
    };
    start();
    await heard(["+a", "+b", "+c"]);
    expect(failed).toBe(true);
  });

  it("tells a name that was taken again as one gone and one new", async () => {
    api.put("a", "1");
    const informer = start();
    await informer.synced;
    await watched();
    const handler = server.handler;
    server.handler = (stream) => answer(stream, 503, {});
    server.dropConnections();
    await vi.waitFor(() => expect(api.watching).toBe(0));
    api.remove("a");
    api.put("a", "2", "u-another");
    api.forget();
    server.handler = handler;
    await heard(["+a", "-a", "+a"]);
  });

  it("moves on by bookmarks", async () => {
    api.put("a", "1");
    const informer = start();
    await informer.synced;
    await watched();
    api.put("z", "1");
    api.remove("z");
    api.bookmark();
    await heard(["+a", "+z", "-z"]);
    api.forget();
    api.endWatches();
    await watched();
    expect(server.seen.filter((seen) => seen.path.includes("limit="))).toHaveLength(1);
  });

  it("asks for metadata only, and keeps no more whatever the answer", async () => {
    api.put("a", "1");
    const client = clientOf();
    const informer = createInformer({
      client,
      resource: resources.configMaps,
      signal: stop.signal,
      metadataOnly: true,
    });
    await informer.synced;
    await watched();
    api.put("b", "1");
    await vi.waitFor(() => expect(names(informer)).toEqual(["a", "b"]));
    for (const object of informer.list())
      expect(object).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "n" } });
    expect(informer.list().filter((object) => object.data !== undefined)).toEqual([]);
    expect(server.seen.map((seen) => String(seen.headers["accept"]).slice(0, 46))).toEqual([
      "application/json;as=PartialObjectMetadataList;",
      "application/json;as=PartialObjectMetadata;g=me",
    ]);
    client.close();
  });

  it("is one per resource in a factory, and a late handler hears of what is there", async () => {
    api.put("a", "1");
    const client = clientOf();
    const factory = createInformerFactory({ client, signal: stop.signal });
    const informer = factory.of(resources.configMaps);
    expect(factory.of(resources.configMaps)).toBe(informer);
    await factory.synced();
    const heardLate: Array<string | undefined> = [];
    informer.onChange((current) => heardLate.push(current?.metadata.name));
    expect(heardLate).toEqual(["a"]);
    client.close();
  });
});

describe("event recorder", () => {
  it("creates, counts by patch, and begins anew when the counted event is gone", async () => {
    const client = clientOf();
    const recorder = createEventRecorder({ client, component: "tester", now: () => 1_000 });
    const about = { apiVersion: "v1", kind: "Pod", metadata: { namespace: "n", name: "p", uid: "u" } };
    server.handler = (stream) => answer(stream, 201, { metadata: {} });
    recorder.event(about, "Normal", "Made", "made it");
    recorder.event(about, "Normal", "Made", "made it");
    await recorder.flush();
    const [created, counted] = server.seen;
    expect(JSON.parse(created!.body)).toMatchObject({
      involvedObject: { kind: "Pod", name: "p", uid: "u" },
      source: { component: "tester" },
      reportingComponent: "tester",
      count: 1,
      firstTimestamp: "1970-01-01T00:00:01Z",
    });
    const { metadata } = JSON.parse(created!.body) as { metadata: { name: string } };
    expect(`${counted!.method} ${counted!.path}`).toBe(`PATCH /api/v1/namespaces/n/events/${metadata.name}`);
    expect(JSON.parse(counted!.body)).toMatchObject({ count: 2 });
    server.handler = (stream, seen) =>
      answer(stream, seen.method === "PATCH" ? 404 : 201, { kind: "Status", reason: "NotFound", metadata: {} });
    recorder.event(about, "Normal", "Made", "made it");
    await recorder.flush();
    expect(server.seen.map((seen) => seen.method)).toEqual(["POST", "PATCH", "PATCH", "POST"]);
    client.close();
  });
});
