import {
  type Exception,
  type FindingFacts,
  type ImageTrustPolicySpec,
  isolatedCondition,
  type Pod,
  replacementCondition,
  silentLog,
} from "@bulkhead/api";
import type { Client } from "@bulkhead/client";
import { type ImageFacts, type ImageRuleSet, normaliseExceptions, normaliseImages } from "@bulkhead/policy";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type RunningActions, startRunningActions } from "./running-actions.ts";

const digest = `sha256:${"a".repeat(64)}`;
const now = Date.parse("2026-11-21T12:00:00Z");

const finding: FindingFacts = {
  id: "CVE-2026-1",
  aliases: [],
  package: "openssl 3.0.1",
  severity: "critical",
  fixedVersion: "3.0.2",
};

function makePod(name: string, more: { namespace?: string; spec?: object } = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: more.namespace ?? "shop",
      name,
      uid: `uid-${name}`,
      labels: { "pod-template-hash": "abc" },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-abc", uid: "r", controller: true }],
    },
    spec: { nodeName: "node-1", containers: [{ name: "c", image: "registry.example/shop/web:1" }], ...more.spec },
    status: {
      phase: "Running",
      containerStatuses: [
        {
          name: "c",
          image: "",
          imageID: `registry.example/shop/web@${digest}`,
          ready: true,
          restartCount: 0,
        },
      ],
    },
  };
}

const lifting = (decider: "image" | "network", rule: string, expires: string): Exception => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { namespace: "shop", name: "lift" },
  spec: { decider, rule, subject: { kind: "Deployment", name: "web" }, reason: "r", author: "a", expires },
});

let actions: RunningActions | undefined;
beforeEach(() => void vi.useFakeTimers());
afterEach(async () => {
  vi.useRealTimers();
  await actions?.close();
  actions = undefined;
});

/** A node with a fake API: pods hold what was patched, events are kept. */
function world(
  pods: Pod[],
  runningPods: ImageTrustPolicySpec["runningPods"],
  spec: Partial<ImageTrustPolicySpec> = {},
) {
  const state = {
    findings: [finding] as readonly FindingFacts[],
    stamp: "1",
    exceptions: [] as Exception[],
    spec: { allow: [{ registry: "*", repositories: ["*"] }], vulnerabilities: { highest: "High" }, ...spec },
    asked: 0,
    refusals: 0,
    known: true,
    time: now,
  };
  const told: string[] = [];
  const patches: object[] = [];
  const wakers: (() => void)[] = [];
  const client = {
    patch: (_resource: unknown, at: { name: string }, kind: string, body: Pod, options: { subresource: string }) => {
      if (state.refusals > 0) {
        state.refusals--;
        return Promise.reject(new Error("the API is away"));
      }
      expect([kind, options.subresource, body.metadata.uid]).toEqual(["strategic", "status", `uid-${at.name}`]);
      patches.push(body.status ?? {});
      const i = pods.findIndex(({ metadata }) => metadata.name === at.name);
      const pod = pods[i];
      if (pod === undefined) throw new Error("no pod");
      const conditions = new Map((pod.status?.conditions ?? []).map((c) => [c.type, c]));
      for (const condition of body.status?.conditions ?? []) conditions.set(condition.type, condition);
      pods[i] = { ...pod, status: { ...pod.status, conditions: [...conditions.values()] } };
      return Promise.resolve(pods[i]);
    },
  } as unknown as Client;
  const rules = (at: number): { images: ImageRuleSet } => ({
    images: normaliseImages({
      policies: [
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "ImageTrustPolicy",
          metadata: { name: "release" },
          spec: {
            ...state.spec,
            ...(runningPods === undefined ? {} : { runningPods }),
          } as ImageTrustPolicySpec,
        },
      ],
      namespaces: [],
      exceptions: normaliseExceptions(state.exceptions, at),
    }),
  });
  const factsOf = (): ImageFacts | undefined => {
    state.asked++;
    if (!state.known) return undefined;
    const scan = {
      findings: state.findings,
      sources: [{ name: "osv" }],
      endOfLife: [],
      misconfigurations: [],
      secrets: [],
      blindSpots: [],
    };
    return { digest, now: state.time, scan };
  };
  actions = startRunningActions({
    client,
    events: {
      event: (about, type, reason, message) => void told.push(`${about.metadata.name} ${type} ${reason}: ${message}`),
    },
    pods: () => pods,
    nodeName: "node-1",
    rules: { rules, onChange: (wake) => void wakers.push(wake) },
    factsOf,
    stampOf: () => state.stamp,
    log: silentLog,
    now: () => state.time,
    gather: 1,
  });
  const turns = () => vi.advanceTimersByTimeAsync(100);
  return {
    state,
    told,
    patches,
    turns,
    async scanned(findings: readonly FindingFacts[]) {
      state.findings = findings;
      state.stamp = `${Number(state.stamp) + 1}`;
      actions?.changed();
      await turns();
    },
    async rulesChanged() {
      for (const wake of wakers) wake();
      await turns();
    },
    condition: (name: string, type = isolatedCondition) =>
      pods.find(({ metadata }) => metadata.name === name)?.status?.conditions?.find((c) => c.type === type),
  };
}

test("Report: one event for the same reasons, another for others, and none where all is well", async () => {
  const w = world([makePod("web-1")], "Report");
  await w.turns();
  expect(w.told).toHaveLength(1);
  expect(w.told[0]).toMatch(
    /^web-1 Warning ImageOutOfPolicy: it runs on, and is reported\. registry\.example\/shop\/web@sha256:a+ is out of policy: ImageTrustPolicy release \(spec\.vulnerabilities\.highest\) .*CVE-2026-1 in openssl 3\.0\.1 is Critical.* To allow it for a while: bulkhead allow image vulnerability --for deployment\/web -n shop --value CVE-2026-1/,
  );
  expect(w.patches).toEqual([]);
  await w.scanned([finding]);
  expect(w.told).toHaveLength(1);
  await w.scanned([{ ...finding, id: "CVE-2026-2" }]);
  expect(w.told).toHaveLength(2);
  expect(actions?.outOfPolicy(digest)).toMatchObject([{ namespace: "shop", action: "Report" }]);
  await w.scanned([]);
  expect(w.told.slice(2)).toEqual(["web-1 Normal ImageBackInPolicy: its images are what the policies ask again"]);
  expect(actions?.outOfPolicy(digest)).toEqual([]);
});

test("Isolate: the condition is set with its reason, kept as it is, and cleared by a better VEX", async () => {
  const w = world([makePod("web-1")], "Isolate");
  await w.turns();
  expect(w.condition("web-1")).toMatchObject({
    status: "True",
    reason: "ImageOutOfPolicy",
    lastTransitionTime: "2026-11-21T12:00:00Z",
  });
  expect(w.condition("web-1")?.message).toMatch(/CVE-2026-1/);
  actions?.changed();
  await w.turns();
  expect(w.patches).toHaveLength(1);
  expect(w.told).toHaveLength(1);
  w.state.spec.vulnerabilities = { highest: "High", vexAuthors: ["vendor"] } as never;
  await w.rulesChanged();
  expect(w.condition("web-1")?.status).toBe("True");
  await w.scanned([{ ...finding, notAffectedBy: ["vendor"] }]);
  expect(w.condition("web-1")).toMatchObject({ status: "False", reason: "ImageBackInPolicy" });
});

test.each([
  ["image", "vulnerability", "ImageBackInPolicy"],
  ["network", "isolated", "OtherAction"],
  ["image", "break-glass", "ImageBackInPolicy"],
] as const)("an Exception of %s for %s lets it back, and its end isolates it again", async (decider, rule, reason) => {
  const w = world([makePod("web-1")], "Isolate");
  await w.turns();
  expect(w.condition("web-1")?.status).toBe("True");
  const exception = lifting(decider, rule, "2026-11-21T13:00:00Z");
  w.state.exceptions = [
    { ...exception, metadata: { ...exception.metadata, creationTimestamp: "2026-11-21T12:00:00Z" } },
  ];
  await w.rulesChanged();
  expect(w.condition("web-1")).toMatchObject({ status: "False", reason });
  w.state.time = Date.parse("2026-11-21T13:00:01Z");
  actions?.changed();
  await w.turns();
  expect(w.condition("web-1")?.status).toBe("True");
});

test("while it is not known, nothing is taken back; what no policy lists is isolated all the same", async () => {
  const w = world([makePod("web-1")], "Isolate");
  await w.turns();
  w.state.known = false;
  await w.scanned([]);
  expect(w.condition("web-1")?.status).toBe("True");
  expect(actions?.outOfPolicy(digest)).toHaveLength(1);
  expect(w.told).toHaveLength(1);
  w.state.known = true;
  await w.scanned([]);
  expect(w.condition("web-1")?.status).toBe("False");
  w.state.known = false;
  w.state.spec = { ...w.state.spec, allow: [{ registry: "other.example", repositories: ["*"] }] };
  await w.rulesChanged();
  expect(w.condition("web-1")?.status).toBe("True");
});

test("what somebody else isolated stays isolated, and is not written over", async () => {
  const pod = makePod("web-1");
  const condition = { type: isolatedCondition, status: "True", reason: "UnderInvestigation" };
  const w = world([{ ...pod, status: { ...pod.status, conditions: [condition] } }], "Isolate");
  await w.turns();
  await w.scanned([]);
  expect(w.patches).toEqual([]);
  expect(w.condition("web-1")).toEqual(condition);
});

test("Replace asks for a better image by a condition, and leaves the pod alone", async () => {
  const w = world([makePod("web-1")], "Replace");
  await w.turns();
  expect(w.condition("web-1", replacementCondition)?.status).toBe("True");
  expect(w.condition("web-1")).toBeUndefined();
  expect(w.told[0]).toMatch(/a better image is wanted/);
  await w.scanned([]);
  expect(w.condition("web-1", replacementCondition)?.status).toBe("False");
});

test("what the cluster lives on, and what cannot be isolated, is reported and says so", async () => {
  const w = world(
    [makePod("dns", { namespace: "kube-system" }), makePod("host", { spec: { hostNetwork: true } })],
    "Isolate",
  );
  await w.turns();
  expect(w.patches).toEqual([]);
  expect(w.told).toEqual([
    expect.stringMatching(/^dns Warning .*not carried out in Namespace kube-system/),
    expect.stringMatching(/^host Warning .*a pod in the host's network cannot be isolated/),
  ]);
});

test("an image that no policy lists any more is out of policy without any scan", async () => {
  const w = world([makePod("web-1")], "Isolate");
  await w.scanned([]);
  w.state.spec = { ...w.state.spec, allow: [{ registry: "other.example", repositories: ["*"] }] };
  await w.rulesChanged();
  expect(w.condition("web-1")?.message).toMatch(/not among what ImageTrustPolicy release trusts/);
});

test("a pod is judged again only where what it was judged with changed", async () => {
  const w = world([makePod("web-1")], "Report");
  await w.turns();
  expect(w.state.asked).toBe(1);
  for (let i = 0; i < 3; i++) {
    actions?.changed();
    await w.turns();
  }
  expect(w.state.asked).toBe(1);
  await w.rulesChanged();
  expect(w.state.asked).toBe(2);
  w.state.time += 600_001;
  actions?.changed();
  await w.turns();
  expect(w.state.asked).toBe(3);
});

test("a write that failed is done at the next look, and is told only then", async () => {
  const w = world([makePod("web-1")], "Isolate");
  w.state.refusals = 1;
  await w.turns();
  expect(w.told).toEqual([]);
  actions?.changed();
  await w.turns();
  expect(w.condition("web-1")?.status).toBe("True");
  expect(w.told).toHaveLength(1);
});

test("pods of other nodes, and those that ended, are nobody's here", async () => {
  const ended = makePod("done");
  const w = world(
    [makePod("far", { spec: { nodeName: "node-2" } }), { ...ended, status: { ...ended.status, phase: "Succeeded" } }],
    "Isolate",
  );
  await w.turns();
  expect([w.told, w.patches]).toEqual([[], []]);
});

test("of a pod that has not started its image's own digest is enough", async () => {
  const pod = makePod("new", { spec: { containers: [{ name: "c", image: `registry.example/shop/web@${digest}` }] } });
  const w = world([{ ...pod, status: { phase: "Pending" } }], "Isolate");
  await w.turns();
  expect(w.condition("new")?.status).toBe("True");
});
