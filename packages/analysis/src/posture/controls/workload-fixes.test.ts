import { join } from "node:path";
import type { PodSpec } from "@bulkhead/api";
import { templateOf } from "@bulkhead/policy";
import { expect, test } from "vitest";
import { evaluateFixture, readFixture } from "../../testing/read-fixture.ts";
import type { Fix } from "../control.ts";
import { applyEdits } from "../fix/edit.ts";
import { workloadsControls } from "./workloads.ts";

/** The first finding's fix of a control's fixture, and the pod as it is when all are fixed one after another. */
function fixed(id: string, file: string): { fix: Fix; spec: PodSpec; kinds: readonly string[] } {
  const control = workloadsControls.find((one) => one.id === id);
  const fixture = readFixture(join(import.meta.dirname, id, "fixtures", `${file}.yaml`));
  const evaluation = evaluateFixture(fixture, control === undefined ? [] : [control]);
  const [object] = fixture.objects;
  const [first] = evaluation.findings();
  if (first === undefined || object === undefined) throw new Error(`${id} finds nothing in ${file}`);
  const fix = evaluation.fix(first);
  const kinds: string[] = [];
  for (let next: Fix | undefined = fix; next?.kind === "edits"; ) {
    const changes = applyEdits(evaluation.objects, next.edits);
    kinds.push(...changes.map(({ kind }) => kind));
    evaluation.apply(changes);
    const [finding] = evaluation.findings();
    next = finding === undefined ? undefined : evaluation.fix(finding);
  }
  const after = [...evaluation.objects.all()].find(({ kind }) => kind === object.kind);
  return { fix, spec: (after === undefined ? undefined : templateOf(after)?.spec) ?? { containers: [] }, kinds };
}

test("a read-only root gets an emptyDir where its image is known to write, and none where a volume is", () => {
  const { fix, spec } = fixed("workload-writable-root", "bad-nginx");
  expect(spec.containers[0]?.volumeMounts).toEqual([
    { name: "cache", mountPath: "/var/cache/nginx" },
    { name: "web-tmp", mountPath: "/tmp" },
    { name: "web-var-run", mountPath: "/var/run" },
  ]);
  expect(spec.volumes?.map(({ name, emptyDir }) => [name, emptyDir])).toEqual([
    ["cache", {}],
    ["web-tmp", {}],
    ["web-var-run", {}],
  ]);
  expect(fix).not.toHaveProperty("breaks");
});

test("a read-only root breaks what keeps its data in it", () => {
  const { fix } = fixed("workload-writable-root", "bad-postgres");
  expect(fix).toMatchObject({ breaks: expect.stringContaining("/var/lib/postgresql") });
});

test("who drops all capabilities keeps the one for a low port", () => {
  const { spec } = fixed("workload-capabilities-kept", "bad");
  expect(spec.containers[0]?.securityContext?.capabilities).toEqual({ drop: ["ALL"], add: ["NET_BIND_SERVICE"] });
});

test("who is not root any more may bind its low port by a safe sysctl", () => {
  const { spec } = fixed("workload-run-as-root", "bad-port");
  expect(spec.containers[0]?.securityContext).toEqual({ runAsUser: 65_532, runAsNonRoot: true });
  expect(spec.securityContext?.sysctls).toEqual([{ name: "net.ipv4.ip_unprivileged_port_start", value: "80" }]);
});

test("files that root wrote to a volume are said to be lost to another user", () => {
  expect(fixed("workload-run-as-root", "bad-pod").fix).toMatchObject({ breaks: expect.stringContaining("fsGroup") });
});

test("an NFS export is granted by a PersistentVolume and its claim", () => {
  const { kinds, spec } = fixed("workload-volume-types", "bad");
  expect(kinds).toEqual(["PersistentVolume", "PersistentVolumeClaim", "apps/Deployment"]);
  expect(spec.volumes?.[0]).toEqual({ name: "share", persistentVolumeClaim: { claimName: "web-share" } });
});

test("a host's port is given up with who reaches it by name", () => {
  const { fix, spec } = fixed("workload-host-ports", "bad");
  expect(spec.containers[0]?.ports?.[1]).toEqual({ name: "metrics", containerPort: 9100 });
  expect(fix).toMatchObject({ breaks: expect.stringContaining("9100") });
});

test("the host's network goes with the DNS policy that was meant for it", () => {
  const { fix, spec } = fixed("workload-host-network", "bad-ports");
  expect(spec).not.toHaveProperty("hostNetwork");
  expect(spec).not.toHaveProperty("dnsPolicy");
  expect(fix).toMatchObject({ breaks: expect.stringContaining("9100") });
});

test("the limit for the disk leaves room for what emptyDirs may hold", () => {
  const { spec } = fixed("workload-storage-unlimited", "bad-nothing");
  expect(spec.containers[0]?.resources?.limits).toEqual({ "ephemeral-storage": "3Gi" });
});

test("a node named by hand is asked for by its label", () => {
  const { spec } = fixed("workload-node-name", "bad");
  expect(spec.nodeName).toBeUndefined();
  expect(spec.nodeSelector).toEqual({ "kubernetes.io/hostname": "node-1" });
});

test.each([
  ["workload-privileged", "bad-ephemeral"],
  ["workload-privilege-escalation", "bad-privileged"],
  ["workload-host-users", "bad-network"],
  ["workload-memory-unlimited", "bad-nothing"],
])("%s says of %s why it cannot be put right by itself", (id, file) => {
  expect(fixed(id, file).fix.kind).toBe("by-hand");
});

test.each([
  ["bad-sysctl", "sysctl"],
  ["bad-builder", "a Docker daemon"],
])("what needs its privilege, and is seen to, would break without it: %s", (file, program) => {
  expect(fixed("workload-privileged", file).fix).toMatchObject({ breaks: expect.stringContaining(program) });
});

test("a privilege that nothing is seen to need goes without a break", () => {
  expect(fixed("workload-privileged", "bad").fix).not.toHaveProperty("breaks");
});

test("a path of the node that nothing mounts simply goes", () => {
  expect(fixed("workload-host-path", "bad-unused").spec.volumes).toEqual([]);
});
