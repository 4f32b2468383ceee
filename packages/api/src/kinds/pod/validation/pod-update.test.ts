/** What an update of a pod may change, its resize and its ephemeral containers included. */
import { describe, expect, test } from "vitest";
import type { Container, Pod, PodSpec } from "../../../generated/types.ts";
import { makeContainer, makePod } from "../make-pod.ts";
import { validateEphemeralContainersUpdate, validatePodUpdate } from "./pod.ts";
import { validatePodResize } from "./pod-resize.ts";

const texts = (errors: readonly { readonly field: string; readonly message: string }[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);
const changes = (next: Partial<PodSpec>, old: Partial<PodSpec> = {}): string[] =>
  texts(validatePodUpdate(makePod({ spec: next }), makePod({ spec: old })));

const only = "pod updates may not change fields other than";

describe("an update may", () => {
  test.each<[string, Partial<PodSpec>, Partial<PodSpec>]>([
    ["put another image in", { containers: [makeContainer({ image: "example.com/app:2" })] }, {}],
    ["set a deadline", { activeDeadlineSeconds: 60 }, {}],
    ["draw a deadline nearer", { activeDeadlineSeconds: 30 }, { activeDeadlineSeconds: 60 }],
    ["tolerate more", { tolerations: [{ key: "a", operator: "Exists" }] }, {}],
    [
      "tolerate for another time",
      { tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 9 }] },
      { tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 1 }] },
    ],
    ["take a gate away", { nodeName: "" }, { nodeName: "", schedulingGates: [{ name: "example.com/a" }] }],
  ])("%s", (_what, next, old) => {
    expect(changes(next, old)).toEqual([]);
  });
});

describe("an update may not", () => {
  test("change what runs, or where and how", () => {
    for (const spec of [
      { nodeName: "other" },
      { serviceAccountName: "other" },
      { hostNetwork: true },
      { securityContext: { runAsUser: 0 } },
      { containers: [makeContainer({ securityContext: { privileged: true } })] },
      { containers: [makeContainer({ command: ["sh"] })] },
      { volumes: [{ name: "v", hostPath: { path: "/" } }] },
      { nodeSelector: { constructor: "x" } },
    ]) {
      const found = changes(spec);
      expect(found.join()).toContain(`spec: Forbidden: ${only}`);
    }
  });

  test("and is told what differs, as Kubernetes writes it", () => {
    const [cause = ""] = changes({ nodeName: "other" });
    expect(cause).toContain('- "NodeName": "node",\n+ "NodeName": "other",');
  });

  test("add or remove containers", () => {
    const two = [makeContainer(), makeContainer({ name: "d" })];
    expect(changes({ containers: two })).toEqual([
      "spec.containers: Forbidden: pod updates may not add or remove containers",
    ]);
    expect(changes({}, { containers: two })).toEqual([
      "spec.containers: Forbidden: pod updates may not add or remove containers",
    ]);
  });

  test("put a deadline off or take it away", () => {
    expect(changes({ activeDeadlineSeconds: 61 }, { activeDeadlineSeconds: 60 })).toEqual([
      "spec.activeDeadlineSeconds: Invalid value: 61: must be less than or equal to previous value",
    ]);
    expect(changes({}, { activeDeadlineSeconds: 60 })[0]).toContain("must not update from a positive integer to nil");
  });

  test("take a toleration away", () => {
    expect(changes({}, { tolerations: [{ key: "a", operator: "Exists" }] })).toEqual([
      "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
    ]);
  });

  test("put a gate before a pod that was let go", () => {
    expect(changes({ nodeName: "", schedulingGates: [{ name: "example.com/a" }] }, { nodeName: "" })).toEqual([
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'example.com/a'",
    ]);
  });
});

describe("a pod behind gates", () => {
  const gated = (spec: Partial<PodSpec>): Partial<PodSpec> => ({
    nodeName: "",
    schedulingGates: [{ name: "example.com/a" }],
    ...spec,
  });
  const onNodes = (...expressions: { key: string; operator: string }[]): Partial<PodSpec> => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: expressions }] },
      },
    },
  });
  const ssd = { key: "ssd", operator: "Exists" };
  const fast = { key: "fast", operator: "Exists" };

  test("may be narrowed", () => {
    expect(changes(gated({ nodeSelector: { a: "b" } }), gated({}))).toEqual([]);
    expect(changes(gated(onNodes(ssd, fast)), gated(onNodes(ssd)))).toEqual([]);
  });

  test("may not be widened", () => {
    expect(changes(gated({}), gated({ nodeSelector: { a: "b" } })).join()).toContain(
      "only additions to spec.nodeSelector are allowed",
    );
    expect(changes(gated(onNodes(ssd)), gated(onNodes(ssd, fast))).join()).toContain(
      "only additions are allowed (no mutations or deletions)",
    );
  });
});

describe("ephemeral containers", () => {
  const debug = { name: "debug", image: "example.com/debug:1" };
  const added = (next: Partial<PodSpec>, old: Partial<PodSpec>): string[] =>
    texts(validateEphemeralContainersUpdate(makePod({ spec: next }), makePod({ spec: old })));

  test("come and stay as they are", () => {
    expect(added({ ephemeralContainers: [debug] }, {})).toEqual([]);
    expect(added({}, { ephemeralContainers: [debug] }).join()).toContain('"debug" may not be removed');
    const other = { ...debug, image: "example.com/other:1" };
    expect(added({ ephemeralContainers: [other] }, { ephemeralContainers: [debug] }).join()).toContain(
      '"debug" may not be changed',
    );
  });

  test("have no probes, ports or resources, and name a container that there is", () => {
    const wrong = { ...debug, ports: [{ containerPort: 80 }], targetContainerName: "none" };
    const found = added({ ephemeralContainers: [wrong] }, {});
    expect(found.join()).toContain("spec.ephemeralContainers[0].ports: Forbidden");
    expect(found.join()).toContain('spec.ephemeralContainers[0].targetContainerName: Not found: "none"');
  });
});

describe("a resize", () => {
  const pod = (resources: Container["resources"], parts: Partial<Container> = {}): Pod =>
    makePod({
      spec: { containers: [makeContainer({ ...(resources === undefined ? {} : { resources }), ...parts })] },
      status: { qosClass: resources === undefined ? "BestEffort" : "Burstable" },
    });
  const resized = (next: Pod, old: Pod): string[] => texts(validatePodResize(next, old));
  const cpu = (amount: string): Container["resources"] => ({ requests: { cpu: amount } });

  test("changes cpu and memory", () => {
    expect(resized(pod(cpu("2")), pod(cpu("1")))).toEqual([]);
    expect(resized(pod({ requests: { cpu: "1", memory: "1Gi" } }), pod(cpu("1")))).toEqual([]);
  });

  test("changes nothing else", () => {
    expect(resized(pod(cpu("1"), { image: "other:1" }), pod(cpu("1"))).join()).toContain(
      "only cpu and memory resources are mutable",
    );
    const disk = { requests: { cpu: "1", "ephemeral-storage": "1Gi" } };
    expect(resized(pod(disk), pod(cpu("1"))).join()).toContain("only cpu and memory resources are mutable");
  });

  test("does not change the quality of service", () => {
    expect(resized(pod(cpu("1")), pod(undefined)).join()).toContain(
      "Pod QOS Class may not change as a result of resizing",
    );
  });

  test("takes no amount away", () => {
    const both = { requests: { cpu: "1", memory: "1Gi" } };
    expect(resized(pod(cpu("1")), pod(both)).join()).toContain("requests cannot be removed");
  });

  test("is not for pods that the API server does not own", () => {
    const old = pod(cpu("1"));
    old.metadata.annotations = { "kubernetes.io/config.mirror": "x" };
    expect(resized(pod(cpu("2")), old)).toEqual(["[]: Forbidden: static pods cannot be resized"]);
  });
});
