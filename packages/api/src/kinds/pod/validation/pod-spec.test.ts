/** Rules of a new pod, by the part that they are about: what is wrong with it, to the letter. */
import { describe, expect, test } from "vitest";
import type { Container, PodSpec, Volume } from "../../../generated/types.ts";
import { makeContainer, makePod } from "../make-pod.ts";
import { validatePodCreate } from "./pod.ts";

const causes = (spec: Partial<PodSpec>): string[] =>
  validatePodCreate(makePod({ spec })).map(({ field, message }) => `${field}: ${message}`);

/** Causes about the one container, without the path to it. */
const containerCauses = (parts: Partial<Container>, spec: Partial<PodSpec> = {}): string[] =>
  causes({ containers: [makeContainer(parts)], ...spec }).map((cause) => cause.replace("spec.containers[0].", ""));

const volumeCauses = (...volumes: Volume[]): string[] => causes({ volumes });

test("a pod of one container is fine", () => {
  expect(causes({})).toEqual([]);
});

describe("containers", () => {
  test("are there, each with a name of its own", () => {
    expect(causes({ containers: [] })).toEqual(["spec.containers: Required value"]);
    expect(causes({ containers: [makeContainer(), makeContainer()] })).toEqual([
      'spec.containers[1].name: Duplicate value: "c"',
    ]);
    const initContainers = [makeContainer()];
    expect(causes({ initContainers })).toEqual(['spec.initContainers[0].name: Duplicate value: "c"']);
  });

  test("have an image without space around", () => {
    expect(containerCauses({ image: "" })).toEqual(["image: Required value"]);
    expect(containerCauses({ image: " a " })).toEqual([
      'image: Invalid value: " a ": must not have leading or trailing whitespace',
    ]);
  });

  test("that begin the pod have neither lifecycle nor probes, unless they stay beside it", () => {
    const probe = { exec: { command: ["true"] } };
    const initial = (parts: Partial<Container>): string[] =>
      causes({ initContainers: [makeContainer({ name: "i", ...parts })] });
    expect(initial({ readinessProbe: probe })).toEqual([
      "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
    ]);
    expect(initial({ readinessProbe: probe, restartPolicy: "Always" })).toEqual([]);
  });

  test("for debugging are added later", () => {
    expect(causes({ ephemeralContainers: [{ name: "d", image: "debug:1" }] })).toEqual([
      "spec.ephemeralContainers: Forbidden: cannot be set on create",
    ]);
  });
});

describe("ports", () => {
  test("are numbers of ports with names of their own", () => {
    expect(containerCauses({ ports: [{ containerPort: 0 }] })).toEqual(["ports[0].containerPort: Required value"]);
    expect(containerCauses({ ports: [{ containerPort: 70000 }] })).toEqual([
      "ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
    ]);
    const twice = [
      { name: "http", containerPort: 80 },
      { name: "http", containerPort: 81 },
    ];
    expect(containerCauses({ ports: twice })).toEqual(['ports[1].name: Duplicate value: "http"']);
  });

  test("of the host are taken once", () => {
    const port = { containerPort: 80, hostPort: 8080 };
    const containers = [makeContainer({ ports: [port] }), makeContainer({ name: "d", ports: [port] })];
    expect(causes({ containers })).toEqual(['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//8080"']);
  });

  test("on the host's network are the host's", () => {
    const ports = [{ containerPort: 80, hostPort: 81 }];
    expect(containerCauses({ ports }, { hostNetwork: true })).toEqual([
      "ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true",
    ]);
  });
});

describe("the environment", () => {
  test("has names, and values from one place", () => {
    expect(containerCauses({ env: [{ name: "" }] })).toEqual(["env[0].name: Required value"]);
    expect(containerCauses({ env: [{ name: "A=B", value: "x" }] }).join()).toContain("env[0].name: Invalid value");
    const valueFrom = { fieldRef: { fieldPath: "metadata.name" } };
    expect(containerCauses({ env: [{ name: "A", value: "x", valueFrom }] })).toEqual([
      'env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ]);
    expect(containerCauses({ env: [{ name: "A", valueFrom: {} }] })).toEqual([
      'env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    ]);
  });

  test("reads only what a pod may know of itself", () => {
    const env = (fieldPath: string): string[] =>
      containerCauses({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath } } }] });
    expect(env("status.podIP")).toEqual([]);
    expect(env("metadata.labels['app']")).toEqual([]);
    expect(env("spec.containers").join()).toContain("env[0].valueFrom.fieldRef.fieldPath: ");
  });
});

describe("resources", () => {
  const resources = (parts: NonNullable<Container["resources"]>): string[] => containerCauses({ resources: parts });

  test("asked for are no more than the limit", () => {
    expect(resources({ requests: { cpu: "2" }, limits: { cpu: "1" } })).toEqual([
      'resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ]);
  });

  test("of devices are asked for as they are limited", () => {
    expect(resources({ requests: { "example.com/gpu": "1" } }).join()).toContain(
      "Limit must be set for non overcommitable resources",
    );
    expect(resources({ limits: { "example.com/gpu": "1" } })).toEqual([]);
  });

  test("have names that are known", () => {
    expect(resources({ limits: { gpu: "1" } }).join()).toContain("must be a standard resource for containers");
  });
});

describe("probes and hooks", () => {
  test("do one thing", () => {
    expect(containerCauses({ livenessProbe: {} })).toEqual([
      "livenessProbe: Required value: must specify a handler type",
    ]);
    const both = { exec: { command: ["true"] }, tcpSocket: { port: 80 } };
    expect(containerCauses({ livenessProbe: both })).toEqual([
      "livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
    ]);
  });

  test("of life succeed at once", () => {
    const livenessProbe = { exec: { command: ["true"] }, successThreshold: 2 };
    expect(containerCauses({ livenessProbe })).toEqual(["livenessProbe.successThreshold: Invalid value: 2: must be 1"]);
  });

  test("are not negative in time", () => {
    const readinessProbe = { exec: { command: ["true"] }, periodSeconds: -1 };
    expect(containerCauses({ readinessProbe }).join()).toContain(
      "readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
    );
  });
});

describe("volumes", () => {
  test("are of one type", () => {
    expect(volumeCauses({ name: "v", emptyDir: {}, hostPath: { path: "/x" } })).toEqual([
      "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
    ]);
  });

  test("have names of their own", () => {
    expect(volumeCauses({ name: "v", emptyDir: {} }, { name: "v", emptyDir: {} })).toEqual([
      'spec.volumes[1].name: Duplicate value: "v"',
    ]);
  });

  test("of the host do not climb", () => {
    expect(volumeCauses({ name: "v", hostPath: { path: "/a/../b" } })).toEqual([
      "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
    ]);
    expect(volumeCauses({ name: "v", hostPath: { path: "" } })).toEqual([
      "spec.volumes[0].hostPath.path: Required value",
    ]);
  });

  test("put files below themselves only", () => {
    const items = (path: string): string[] =>
      volumeCauses({ name: "v", configMap: { name: "c", items: [{ key: "k", path }] } });
    expect(items("a/b")).toEqual([]);
    expect(items("../a").join()).toContain("must not contain '..'");
    expect(items("/a").join()).toContain("must be a relative path");
  });

  test("have files with modes that are modes", () => {
    expect(volumeCauses({ name: "v", secret: { secretName: "s", defaultMode: 0o1000 } })).toEqual([
      "spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
    ]);
  });

  test("with a token are for an account, ten minutes at least", () => {
    const volume = (expirationSeconds: number): Volume => ({
      name: "v",
      projected: { sources: [{ serviceAccountToken: { path: "token", expirationSeconds } }] },
    });
    expect(volumeCauses(volume(600))).toEqual([]);
    expect(volumeCauses(volume(599)).join()).toContain("may not specify a duration less than 10 minutes");
    expect(causes({ volumes: [volume(600)], serviceAccountName: "" })).toEqual([
      "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set",
    ]);
  });

  test("with a certificate say who signs it", () => {
    expect(volumeCauses({ name: "v", projected: { sources: [{ podCertificate: {} as never }] } })).toContain(
      "spec.volumes[0].projected.sources[0].podCertificate.signerName: Required value",
    );
  });

  test("are mounted where they are, once a path", () => {
    expect(containerCauses({ volumeMounts: [{ name: "none", mountPath: "/a" }] })).toEqual([
      'volumeMounts[0].name: Not found: "none"',
    ]);
    const mount = { name: "v", mountPath: "/a" };
    const volumes = [{ name: "v", emptyDir: {} }];
    expect(containerCauses({ volumeMounts: [mount, mount] }, { volumes })).toEqual([
      'volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
    ]);
    expect(containerCauses({ volumeMounts: [{ ...mount, subPath: "../x" }] }, { volumes })).toEqual([
      "volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'",
    ]);
    const shared = { ...mount, mountPropagation: "Bidirectional" };
    expect(containerCauses({ volumeMounts: [shared] }, { volumes })).toEqual([
      "volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
    ]);
  });
});

describe("security", () => {
  test("privileged and without new privileges is no answer", () => {
    const securityContext = { privileged: true, allowPrivilegeEscalation: false };
    expect(containerCauses({ securityContext })).toHaveLength(1);
    const admin = { allowPrivilegeEscalation: false, capabilities: { add: ["CAP_SYS_ADMIN"] } };
    expect(containerCauses({ securityContext: admin }).join()).toContain("CAP_SYS_ADMIN");
  });

  test("users and groups are numbers that there are", () => {
    expect(containerCauses({ securityContext: { runAsUser: -1 } })).toEqual([
      "securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    ]);
    expect(causes({ securityContext: { supplementalGroups: [-1] } })).toEqual([
      "spec.securityContext.supplementalGroups[0]: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    ]);
  });

  test("a local profile has a name, and only a local one", () => {
    const profile = (seccompProfile: { type: string; localhostProfile?: string }): string[] =>
      causes({ securityContext: { seccompProfile } });
    expect(profile({ type: "RuntimeDefault" })).toEqual([]);
    expect(profile({ type: "Localhost" }).join()).toContain("localhostProfile: Required value");
    expect(profile({ type: "RuntimeDefault", localhostProfile: "a" }).join()).toContain("localhostProfile");
    expect(profile({ type: "Localhost", localhostProfile: "../../etc" }).join()).toContain("must not contain '..'");
    expect(profile({ type: "Odd" }).join()).toContain('Unsupported value: "Odd"');
  });

  test("kernel settings have names, once each", () => {
    const sysctl = { name: "net.ipv4.ip_forward", value: "1" };
    expect(causes({ securityContext: { sysctls: [sysctl] } })).toEqual([]);
    expect(causes({ securityContext: { sysctls: [sysctl, sysctl] } }).join()).toContain("Duplicate value");
    expect(causes({ securityContext: { sysctls: [{ name: "Bad Name", value: "1" }] } })).toHaveLength(1);
  });

  test("a user namespace of its own and the host's namespaces do not go together", () => {
    expect(causes({ hostUsers: false, hostPID: true })).toHaveLength(1);
    expect(causes({ hostUsers: false })).toEqual([]);
  });
});

describe("scheduling", () => {
  test("waits where gates say so, and is not done where they do", () => {
    expect(causes({ nodeName: "", schedulingGates: [{ name: "example.com/a" }] })).toEqual([]);
    expect(causes({ schedulingGates: [{ name: "example.com/a" }] })).toEqual([
      "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared",
    ]);
  });

  test("tolerates what can be", () => {
    const tolerates = (toleration: NonNullable<PodSpec["tolerations"]>[number]): string[] =>
      causes({ tolerations: [toleration] });
    expect(tolerates({ operator: "Exists" })).toEqual([]);
    expect(tolerates({ key: "a", operator: "Exists", value: "b" }).join()).toContain(
      "value must be empty when `operator` is 'Exists'",
    );
    expect(tolerates({ key: "a", effect: "NoSchedule", tolerationSeconds: 1 }).join()).toContain(
      "effect must be 'NoExecute' when `tolerationSeconds` is set",
    );
  });

  test("spreads by one rule a topology and answer", () => {
    const constraint = {
      maxSkew: 1,
      topologyKey: "zone",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: {},
    };
    expect(causes({ topologySpreadConstraints: [constraint] })).toEqual([]);
    expect(causes({ topologySpreadConstraints: [constraint, constraint] }).join()).toContain("Duplicate value");
    expect(causes({ topologySpreadConstraints: [{ ...constraint, maxSkew: 0 }] })).toEqual([
      "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
    ]);
  });

  test("prefers by weights from 1 to 100", () => {
    const preference = { matchExpressions: [{ key: "a", operator: "Exists" }] };
    const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 101, preference }] };
    expect(causes({ affinity: { nodeAffinity } }).join()).toContain(
      "[0].weight: Invalid value: 101: must be in the range 1-100",
    );
  });
});

describe("names and addresses", () => {
  test("host names are labels", () => {
    expect(causes({ hostname: "Bad_Name" }).join()).toContain("spec.hostname: Invalid value");
    expect(causes({ subdomain: "a.b" }).join()).toContain("spec.subdomain: Invalid value");
  });

  test("with no DNS of the cluster's, the pod says its own", () => {
    expect(causes({ dnsPolicy: "None" }).join()).toContain("must provide `dnsConfig` when `dnsPolicy` is None");
    expect(causes({ dnsPolicy: "None", dnsConfig: { nameservers: ["10.0.0.10"] } })).toEqual([]);
    const nameservers = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"];
    expect(causes({ dnsConfig: { nameservers } }).join()).toContain("must not have more than 3 nameservers");
  });

  test("host aliases have addresses", () => {
    expect(causes({ hostAliases: [{ ip: "nowhere", hostnames: ["a"] }] }).join()).toContain(
      "must be a valid IP address",
    );
  });
});

test("a deadline is ahead", () => {
  expect(causes({ activeDeadlineSeconds: 0 })).toEqual([
    "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
  ]);
});

test("a restart policy is one that there is", () => {
  expect(causes({ restartPolicy: "Sometimes" })).toEqual([
    'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
  ]);
});

test("on another system fields of this one are refused", () => {
  expect(causes({ os: { name: "windows" }, hostPID: true }).join()).toContain("cannot be set for a windows pod");
});
