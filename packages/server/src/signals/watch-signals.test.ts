import type { Pod, ResponsePolicy, RuntimeSignal } from "@bulkhead/api";
import type { Client, EventRecorder } from "@bulkhead/client";
import { expect, test, vi } from "vitest";
import type { Observation } from "./observe.ts";
import { watchSignals } from "./watch-signals.ts";

const id = "a".repeat(64);
const makePod = (more: Partial<Pod["metadata"]> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name: "web", uid: "u1", ...more },
  spec: { nodeName: "here", containers: [{ name: "c" }] },
  status: {
    containerStatuses: [
      {
        name: "c",
        image: "r/web",
        imageID: `r/web@sha256:${"1".repeat(64)}`,
        containerID: `containerd://${id}`,
        ready: true,
        restartCount: 0,
        state: { running: {} },
      },
    ],
  },
});
const policy = (
  action: "Ignore" | "Isolate" | "Replace" | "Stop",
  signal: RuntimeSignal = "ProgramNotInImage",
): ResponsePolicy => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "ResponsePolicy",
  metadata: { name: "p" },
  spec: { mode: "Enforce", rules: [{ signals: [signal], action }] },
});
const stolen = (uid = "u1") => ({
  signal: "TokenUsedElsewhere",
  pod: { namespace: "shop", name: "web", uid },
  value: "10.4.0.9",
  says: "a token was used from 10.4.0.9\u001b[2J",
});
const intrusion: Observation = {
  programs: [{ path: "/tmp/x\u001b[2J", origin: "written" }],
  libraries: [],
  listeners: [],
};

function rig(policies: ResponsePolicy[], pod = makePod(), observation = intrusion) {
  const patches: unknown[] = [];
  const posts: string[] = [];
  const events: string[] = [];
  const pods = [pod];
  let looks = 0;
  const watch = watchSignals({
    client: { patch: async (...args: unknown[]) => void patches.push(args[3]) } as unknown as Client,
    evicter: { post: async (path: string) => void posts.push(path) } as unknown as Client,
    events: {
      event: (_: unknown, _type: string, reason: string, message: string) => void events.push(`${reason} ${message}`),
    } as EventRecorder,
    nodeName: "here",
    layers: "/layers",
    pods: () => pods,
    services: () => [],
    namespaces: () => [],
    policies: () => policies,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    now: () => 0,
    pace: { every: 1, filesEvery: 2 },
    observe: async ({ containers }) => {
      looks++;
      expect([...containers]).toEqual([id]);
      return new Map([[id, observation]]);
    },
  });
  return {
    watch,
    patches,
    posts,
    events,
    policies,
    pods,
    looked: (n: number) => vi.waitFor(() => expect(looks).toBeGreaterThan(n)),
  };
}

test("a signal is told once, with what is behind it, and nothing of a hostile name reaches a terminal", async () => {
  const { watch, events, patches, looked } = rig([]);
  await looked(3);
  await watch.close();
  expect(events).toEqual([
    expect.stringMatching(/^ProgramNotInImage container c runs \/tmp\/x\?\[2J.*Image r\/web@sha256/),
  ]);
  expect(patches).toEqual([]);
  expect(watch.metrics()[0]?.samples).toMatchObject([
    { labels: { signal: "ProgramNotInImage", action: "Tell" }, value: 1 },
  ]);
});

test("an enforced policy isolates; one that asks for more later does more", async () => {
  const { watch, patches, policies, events, looked } = rig([policy("Isolate")]);
  await looked(2);
  expect(patches).toMatchObject([
    { metadata: { uid: "u1" }, status: { conditions: [{ type: "security.bulkhead.dev/Isolated", status: "True" }] } },
  ]);
  policies[0] = policy("Stop");
  await vi.waitFor(() => expect(JSON.stringify(patches)).toContain("security.bulkhead.dev/Stopped"));
  await watch.close();
  expect(events).toHaveLength(2);
});

test("Replace isolates and evicts that very pod", async () => {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", uid: "r", controller: true };
  const { watch, posts, patches, looked } = rig([policy("Replace")], makePod({ ownerReferences: [owner] }));
  await looked(2);
  await watch.close();
  expect(posts).toEqual(["/api/v1/namespaces/shop/pods/web/eviction"]);
  expect(patches).toHaveLength(1);
});

test("what a policy ignores is neither told nor counted; a quiet container is quiet", async () => {
  for (const one of [rig([policy("Ignore")]), rig([], makePod(), { programs: [], libraries: [], listeners: [] })]) {
    await one.looked(2);
    await one.watch.close();
    expect([one.events, one.patches, one.watch.metrics()[0]?.samples]).toEqual([[], [], []]);
  }
});

const quiet: Observation = { programs: [], libraries: [], listeners: [] };

test("what is told of an identity is joined to its pod and dealt with by the same policies, once", async () => {
  const { watch, patches, events, policies } = rig([], makePod(), quiet);
  watch.take(stolen());
  watch.take(stolen());
  await vi.waitFor(() => expect(events).toHaveLength(1));
  expect(events[0]).toMatch(
    /^TokenUsedElsewhere a token was used from 10.4.0.9\?\[2J. Image r\/web@sha256.*It is told/,
  );
  policies.push(policy("Isolate", "TokenUsedElsewhere"));
  watch.take(stolen());
  await vi.waitFor(() => expect(events).toHaveLength(2));
  await watch.close();
  expect(patches).toMatchObject([{ status: { conditions: [{ type: "security.bulkhead.dev/Isolated" }] } }]);
});

test("a token of a pod that is gone names what the pod was, and nothing is done to anybody", async () => {
  const { watch, patches, events, pods, looked } = rig([policy("Stop", "TokenOfGonePod")], makePod(), quiet);
  await looked(1);
  pods.length = 0;
  watch.take({ ...stolen(), signal: "TokenOfGonePod" });
  watch.take({ ...stolen("another"), signal: "TokenOfGonePod" });
  await vi.waitFor(() => expect(events).toHaveLength(2));
  await watch.close();
  expect(events[0]).toMatch(/Image r\/web@sha256.*Stop is not carried out: the pod is gone/);
  expect(events[1]).toMatch(/Its image is not known any more/);
  expect(patches).toEqual([]);
});

test.each([
  undefined,
  null,
  1,
  "x",
  {},
  { ...stolen(), signal: "ProgramNotInImage" },
  { ...stolen(), says: "x".repeat(5000) },
])("what is no report does nothing: %j", async (told) => {
  const { watch, events } = rig([], makePod(), quiet);
  watch.take(told);
  await watch.close();
  expect(events).toEqual([]);
});
