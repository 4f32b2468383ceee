import type { Pod } from "@bulkhead/api";
import { silentLog } from "@bulkhead/api";
import type { StoredObject, WatchListener } from "@bulkhead/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { serviceAccountUser, type User } from "../authentication/user.ts";
import { parseRequest, type RequestInfo } from "../request/request-info.ts";
import type { IdentityReport } from "./identity-signal.ts";
import { IdentityWatch, type IdentityWatchOptions } from "./watch-identities.ts";

const day = 24 * 3_600_000;
const start = Date.parse("2026-11-01T00:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

const pod = (more: { status?: object; spec?: object; metadata?: object } = {}): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: "shop",
      name: "api",
      uid: "p1",
      creationTimestamp: "2026-10-01T00:00:00Z",
      ...more.metadata,
    },
    spec: { containers: [], ...more.spec },
    status: { podIPs: [{ ip: "10.4.0.7" }], hostIPs: [{ ip: "10.9.0.1" }], ...more.status },
  }) as Pod;

const stored = (object: object): StoredObject =>
  ({ bytes: Buffer.from(JSON.stringify(object)), fields: {} }) as unknown as StoredObject;

const user: User = serviceAccountUser("shop", "api", "s1", {
  "authentication.kubernetes.io/pod-name": ["api"],
  "authentication.kubernetes.io/pod-uid": ["p1"],
  "authentication.kubernetes.io/node-name": ["here"],
});

const info = (method: string, url: string): RequestInfo => {
  const parsed = parseRequest(method, url);
  if (parsed === undefined) throw new Error(url);
  return parsed;
};
const listPods = info("GET", "/api/v1/namespaces/shop/pods");
const readSecrets = info("GET", "/api/v1/namespaces/shop/secrets");

function rig(pods: Record<string, object> = { api: pod() }, more: Partial<IdentityWatchOptions> = {}) {
  const told: IdentityReport[] = [];
  const kept: { text: string | undefined } = { text: undefined };
  const watchers = new Set<WatchListener>();
  /** As the API's store: the pod is there no more, and watchers see its last state. */
  const remove = (name: string): void => {
    const key = { group: "", resource: "pods", namespace: "shop", name };
    const previous = { ...stored(pods[name] ?? {}), key };
    delete pods[name];
    for (const listener of watchers)
      void listener.onEvents([{ revision: 9, key, previous, current: undefined, last: previous.bytes }]);
  };
  const make = (): IdentityWatch =>
    new IdentityWatch({
      store: {
        get: ({ resource, name }) => {
          const found = resource === "pods" || resource === "replicasets" ? pods[name] : undefined;
          return found === undefined ? undefined : stored(found);
        },
        watch: (_query, listener) => {
          watchers.add(listener);
          return { revision: 1, close: () => void watchers.delete(listener) };
        },
      },
      tell: async (report) => void told.push(report),
      memory: {
        load: () => kept.text,
        save: async (text) => {
          kept.text = text;
        },
      },
      serves: () => true,
      hostAddresses: () => ["192.0.2.1"],
      log: silentLog,
      now: () => Date.now(),
      ...more,
    });
  return { pods, told, kept, make, remove, watchers, settled: () => vi.advanceTimersByTimeAsync(5001) };
}
const said = (told: readonly IdentityReport[]): string[] => told.map(({ signal, value }) => `${signal} ${value}`);

test("a pod that asks from its own address is silent; from elsewhere it is told, once a minute, with names", async () => {
  const { make, told, settled } = rig();
  const watch = make();
  watch.used(user, listPods, "::ffff:10.4.0.7", "a1");
  watch.used(user, listPods, "10.4.0.7", "a2");
  await settled();
  expect(told).toEqual([]);
  for (let n = 0; n < 5; n++) {
    watch.used(user, readSecrets, "10.4.0.99", `b${n}`);
    await settled();
  }
  expect(told).toEqual([
    {
      signal: "TokenUsedElsewhere",
      pod: { namespace: "shop", name: "api", uid: "p1", account: "api", node: "here" },
      value: "10.4.0.99",
      says: "a token of ServiceAccount api that was given to this pod was used from 10.4.0.99 to list secrets, but the pod has 10.4.0.7 (audit b0)",
    },
  ]);
  await vi.advanceTimersByTimeAsync(60_000);
  watch.used(user, readSecrets, "10.4.0.99", "c");
  await settled();
  expect(told).toHaveLength(2);
  await watch.close();
});

test("what an intruder elsewhere asks for is not learned as the pod's own", async () => {
  const { make, told, kept, settled } = rig();
  const watch = make();
  watch.used(user, readSecrets, "10.4.0.99", "a");
  await settled();
  await watch.close();
  expect(said(told)).toEqual(["TokenUsedElsewhere 10.4.0.99"]);
  expect(kept.text).not.toContain("list secrets");
});

test("a pod whose address nobody has said yet is waited for; one that never gets one is told", async () => {
  const { pods, make, told, settled } = rig({ api: pod({ status: { podIPs: [] } }) });
  const watch = make();
  watch.used(user, listPods, "10.4.0.7", "a");
  await settled();
  expect(told).toEqual([]);
  pods["api"] = pod();
  await settled();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
  pods["api"] = pod({ metadata: { uid: "p2" }, status: { podIPs: [] } });
  const another = { ...user, extra: { ...user.extra, "authentication.kubernetes.io/pod-uid": ["p2"] } };
  watch.used(another, listPods, "10.4.0.8", "b");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said(told)).toEqual(["TokenUsedElsewhere 10.4.0.8"]);
  await watch.close();
});

test("a pod of the host's network comes from the machine's addresses, and from no other pod's", async () => {
  const { make, told, settled } = rig({
    api: pod({ spec: { hostNetwork: true }, status: { podIPs: [{ ip: "10.9.0.1" }] } }),
  });
  const watch = make();
  for (const address of ["127.0.0.1", "::1", "10.9.0.1", "192.0.2.1"]) {
    watch.used(user, listPods, address, "a");
    await settled();
  }
  expect(told).toEqual([]);
  watch.used(user, listPods, "10.4.0.9", "b");
  await settled();
  expect(said(told)).toEqual(["TokenUsedElsewhere 10.4.0.9"]);
  await watch.close();
});

test("a use that is new is learned for a day and told afterwards, across a restart; a new change is learned from again", async () => {
  const { pods, make, told, kept, settled } = rig();
  let watch = make();
  watch.used(user, listPods, "10.4.0.7", "a");
  await settled();
  await watch.close();
  await vi.advanceTimersByTimeAsync(day);
  watch = make();
  watch.used(user, listPods, "10.4.0.7", "b");
  watch.used(user, readSecrets, "10.4.0.7", "c");
  await settled();
  expect(said(told)).toEqual(["IdentityUsedAnew list secrets"]);
  expect(told[0]?.says).toContain("which that account was never used for since 2026-11-01T00:00:00.000Z (audit c)");
  expect(kept.text).not.toContain("list secrets");
  const set = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "api-2", uid: "r2", controller: true };
  pods["api"] = pod({ metadata: { uid: "p2", ownerReferences: [set] } });
  pods["api-2"] = { metadata: { uid: "r2", creationTimestamp: new Date().toISOString() } };
  const next = { ...user, extra: { ...user.extra, "authentication.kubernetes.io/pod-uid": ["p2"] } };
  watch.used(next, readSecrets, "10.4.0.7", "d");
  await settled();
  expect(told).toHaveLength(1);
  await watch.close();
  expect(kept.text).toContain("list secrets");
});

test("what cannot be read is learned anew, and the account of another uid has learned nothing", async () => {
  const { make, told, kept, settled } = rig();
  for (const text of ["{", '{"format":2}', '{"format":1,"since":0,"accounts":[null]}']) {
    kept.text = text;
    const watch = make();
    watch.used(user, listPods, "10.4.0.7", "a");
    await settled();
    await watch.close();
    expect(told).toEqual([]);
    expect(JSON.parse(kept.text)).toMatchObject({ format: 1, since: expect.any(Number) as number });
    expect((JSON.parse(kept.text) as { since: number }).since).toBeGreaterThanOrEqual(start);
  }
  await vi.advanceTimersByTimeAsync(day);
  const watch = make();
  watch.used({ ...user, uid: "s2" }, listPods, "10.4.0.7", "b");
  await settled();
  expect(said(told)).toEqual(["IdentityUsedAnew list pods"]);
  await watch.close();
});

const gone = { namespace: "shop", name: "api", uid: "p1", account: "api", node: "here" };

test("a token is told when it is shown after its pod; the last words of a pod that was taken away by force are not", async () => {
  const { make, remove, told, watchers } = rig();
  const watch = make();
  // Just begun: nobody has looked yet where it asks from.
  watch.used(user, listPods, "10.4.0.7", "a");
  remove("api");
  watch.usedAfterPod(gone, "10.4.0.7", "b");
  expect(told).toEqual([]);
  watch.usedAfterPod(gone, "10.4.0.99", "c");
  watch.usedAfterPod({ ...gone, uid: "p0" }, "10.4.0.7", "d");
  await vi.advanceTimersByTimeAsync(61_000);
  watch.usedAfterPod(gone, "10.4.0.7", "e");
  await vi.advanceTimersByTimeAsync(1);
  expect(told.map(({ pod, value }) => `${pod.uid} ${value}`)).toEqual(["p1 10.4.0.99", "p0 10.4.0.7", "p1 10.4.0.7"]);
  await watch.close();
  expect(watchers.size).toBe(0);
});

test("the last words of a pod whose address was never told, and of one in the host's network, are not told", async () => {
  const { make, pods, remove, told } = rig({ api: pod({ status: { podIPs: [] } }) });
  const watch = make();
  remove("api");
  watch.usedAfterPod(gone, "10.4.0.7", "a");
  pods["host"] = pod({ metadata: { name: "host", uid: "p3" }, spec: { hostNetwork: true } });
  remove("host");
  watch.usedAfterPod({ ...gone, name: "host", uid: "p3" }, "192.0.2.1", "b");
  watch.usedAfterPod({ ...gone, name: "host", uid: "p3" }, "192.0.2.9", "c");
  await vi.advanceTimersByTimeAsync(1);
  expect(said(told)).toEqual(["TokenOfGonePod 192.0.2.9"]);
  await watch.close();
});

test("whoever asks for thousands of things from thousands of places is told of so much, and no more is kept", async () => {
  const { make, told, kept, settled } = rig();
  const watch = make();
  for (let n = 0; n < 5000; n++) watch.used(user, listPods, `198.51.100.${n}`, "a");
  await settled();
  expect(told.length).toBeLessThanOrEqual(64);
  for (let n = 0; n < 40; n++) {
    for (let m = 0; m < 60; m++) watch.used(user, info("GET", `/apis/g${n}/v1/things${m}`), "10.4.0.7", "b");
    await settled();
  }
  await watch.close();
  expect((JSON.parse(kept.text ?? "") as { accounts: { uses: string[] }[] }).accounts[0]?.uses).toHaveLength(256);
});

test("a node that does not answer is told later", async () => {
  let answers = false;
  const told: IdentityReport[] = [];
  const { make, settled } = rig(undefined, {
    tell: async (report) => {
      if (!answers) throw new Error("away");
      told.push(report);
    },
  });
  const watch = make();
  watch.used(user, listPods, "10.4.0.99", "a");
  await settled();
  await settled();
  expect(told).toEqual([]);
  answers = true;
  await settled();
  expect(said(told)).toEqual(["TokenUsedElsewhere 10.4.0.99"]);
  await watch.close();
});

test("somebody who is no pod costs nothing and is never looked at", async () => {
  const { make, told, settled } = rig();
  const watch = make();
  watch.used(serviceAccountUser("shop", "api", "s1"), readSecrets, "203.0.113.1", "a");
  watch.used({ name: "alice", uid: "", groups: [], extra: {} }, readSecrets, "203.0.113.1", "b");
  await settled();
  expect(told).toEqual([]);
  await watch.close();
});
