import { describe, expect, test } from "vitest";
import type { Pod } from "../../generated/types.ts";
import { makeContainer, makePod, makeStatus } from "./make-pod.ts";
import { podRow } from "./pod-row.ts";

const facts = { now: "2026-01-01T00:00:00Z", randomSuffix: (): string => "bcdfg" };

const update = (next: Pod, old: Pod): Pod => {
  podRow.prepareUpdate(next, old, facts);
  return next;
};

function through(name: "status" | "ephemeralcontainers" | "resize", next: Pod, old: Pod): Pod {
  const strategy = podRow.subresources[name];
  strategy?.prepareUpdate(next, old, facts);
  expect(strategy?.validateUpdate(next, old)).toEqual([]);
  return next;
}

describe("defaults", () => {
  test("limits are requests too, and fractions below a thousandth are rounded up", () => {
    const pod = makePod({
      spec: { containers: [makeContainer({ resources: { limits: { cpu: "0.0001", memory: "1Gi" } } })] },
    });
    expect(pod.spec?.containers[0]?.resources).toEqual({
      limits: { cpu: "1m", memory: "1Gi" },
      requests: { cpu: "1m", memory: "1Gi" },
    });
  });

  test("on the host's network a container's port is the host's", () => {
    const ports = [{ containerPort: 80 }];
    const pod = makePod({ spec: { hostNetwork: true, containers: [makeContainer({ ports })] } });
    expect(pod.spec?.containers[0]?.ports).toEqual([{ containerPort: 80, hostPort: 80, protocol: "TCP" }]);
  });

  test("a volume without a source is an emptyDir, whatever else the pod has", () => {
    const pod = makePod({ spec: { volumes: [{ name: "v" }, { name: "i", image: { reference: "x" } }] } });
    expect(pod.spec?.volumes).toEqual([
      { name: "v", emptyDir: {} },
      { name: "i", image: { reference: "x", pullPolicy: "Always" } },
    ]);
  });

  test("the old name of the service account follows the new one", () => {
    expect(makePod({ spec: { serviceAccountName: "a", serviceAccount: "b" } }).spec).toMatchObject({
      serviceAccountName: "a",
      serviceAccount: "a",
    });
  });

  test("requests of the pod as a whole follow from its containers", () => {
    const containers = [makeContainer({ resources: { requests: { cpu: "200m" } } })];
    const pod = makePod({ spec: { containers, resources: { limits: { cpu: "1", memory: "1Gi" } } } });
    expect(pod.spec?.resources?.requests).toEqual({ cpu: "200m", memory: "1Gi" });
  });
});

describe("creation", () => {
  test("begins its status anew and counts from one", () => {
    const pod = makePod({ metadata: { generation: 7 }, status: { phase: "Running", podIP: "10.0.0.1" } });
    podRow.prepareCreate(pod, facts);
    expect(pod.metadata.generation).toBe(1);
    expect(pod.status).toEqual({ phase: "Pending", qosClass: "BestEffort" });
  });

  test("writes the pod's own labels into the selectors that ask for them", () => {
    const labelSelector = { matchLabels: { app: "a" } };
    const pod = makePod({
      metadata: { labels: { "pod-template-hash": "x1" } },
      spec: {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "zone",
            whenUnsatisfiable: "DoNotSchedule",
            labelSelector,
            matchLabelKeys: ["pod-template-hash", "absent"],
          },
        ],
      },
    });
    podRow.prepareCreate(pod, facts);
    expect(pod.spec?.topologySpreadConstraints?.[0]?.labelSelector).toEqual({
      matchLabels: { app: "a" },
      matchExpressions: [{ key: "pod-template-hash", operator: "In", values: ["x1"] }],
    });
  });
});

describe("updates", () => {
  test("keep the status, and count only what the specification changes", () => {
    const old = makePod({ status: { phase: "Running" } });
    const labelled = update(makePod({ metadata: { labels: { a: "b" }, generation: 99 } }), old);
    expect(labelled.metadata.generation).toBe(1);
    expect(labelled.status?.phase).toBe("Running");
    const other = makePod({ spec: { containers: [makeContainer({ image: "example.com/app:2" })] } });
    expect(update(other, old).metadata.generation).toBe(2);
  });

  test("of the status keep the specification and what was seen of it", () => {
    const old = makePod({ status: { observedGeneration: 3 } });
    const next = makePod({ spec: { nodeName: "other" }, status: { phase: "Running" } });
    delete next.status?.qosClass;
    const written = through("status", next, old);
    expect(written.spec?.nodeName).toBe("node");
    expect(written.status).toMatchObject({ phase: "Running", qosClass: "BestEffort", observedGeneration: 3 });
  });

  test("of ephemeral containers change nothing else", () => {
    const old = makePod();
    const debug = { name: "debug", image: "example.com/debug:1" };
    const next = makePod({
      metadata: { labels: { a: "b" } },
      spec: { nodeName: "other", ephemeralContainers: [debug] },
    });
    const written = through("ephemeralcontainers", next, old);
    expect(written.metadata.labels).toBeUndefined();
    expect(written.spec?.nodeName).toBe("node");
    expect(written.spec?.ephemeralContainers?.[0]?.name).toBe("debug");
    expect(written.metadata.generation).toBe(2);
  });

  test("of a resize change resources alone", () => {
    const of = (cpu: string, image: string): Pod =>
      makePod({
        spec: { containers: [makeContainer({ image, resources: { requests: { cpu } } })] },
        status: { qosClass: "Burstable" },
      });
    const written = through("resize", of("2", "other:9"), of("1", "example.com/app:1"));
    expect(written.spec?.containers[0]).toMatchObject({
      image: "example.com/app:1",
      resources: { requests: { cpu: "2" } },
    });
  });
});

describe("grace of a deletion", () => {
  const grace = (pod: Pod, asked?: number): number | undefined => podRow.gracePeriod(pod, asked);

  test("is what is asked, or what the pod says", () => {
    expect(grace(makePod())).toBe(30);
    expect(grace(makePod({ spec: { terminationGracePeriodSeconds: 5 } }))).toBe(5);
    expect(grace(makePod(), 2)).toBe(2);
    expect(grace(makePod(), -1)).toBe(1);
  });

  test("is none where nothing runs", () => {
    expect(grace(makePod({ spec: { nodeName: "" } }))).toBe(0);
    expect(grace(makePod({ status: { phase: "Succeeded" } }), 30)).toBe(0);
  });
});

describe("what a kubelet writes", () => {
  const errors = (next: Pod, old: Pod): string[] =>
    (podRow.subresources["status"]?.validateUpdate(next, old) ?? []).map(({ field }) => field);
  const status = (exitCode: number | undefined): Pod["status"] => ({
    qosClass: "BestEffort",
    containerStatuses: [
      makeStatus({ state: exitCode === undefined ? { waiting: {} } : { terminated: { exitCode } } } as never),
    ],
  });
  const pod = (policy: string, exitCode: number | undefined): Pod =>
    makePod({ spec: { restartPolicy: policy }, status: status(exitCode) ?? {} });

  test("may not bring back a container that ended for good", () => {
    expect(errors(pod("Never", undefined), pod("Never", 0))).toEqual(["status.containerStatuses[0].state"]);
    expect(errors(pod("OnFailure", undefined), pod("OnFailure", 0))).toEqual(["status.containerStatuses[0].state"]);
    expect(errors(pod("OnFailure", undefined), pod("OnFailure", 1))).toEqual([]);
    expect(errors(pod("Always", undefined), pod("Always", 0))).toEqual([]);
  });

  test("may not change the quality of service", () => {
    expect(errors(makePod({ status: { qosClass: "Guaranteed" } }), makePod())).toEqual(["status.qosClass"]);
  });

  test("has addresses, one a family", () => {
    const next = makePod({ status: { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }] } });
    expect(errors(next, makePod())).toEqual(["status.podIPs"]);
    const both = makePod({ status: { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] } });
    expect(errors(both, makePod())).toEqual([]);
  });
});
