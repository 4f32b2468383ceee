import type { Container, Pod, PodSpec } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allowOnNodeUntil,
  applyNodeAllowance,
  type NodeAllowance,
  nodePolicyAt,
  nodePolicyUntil,
  nodeValue,
  readNodeAllowance,
  takeBackFromNode,
} from "./allowance.ts";
import { evaluateNodePolicy } from "./evaluate.ts";
import {
  cleanPath,
  closedNodePolicy,
  hostPathAllowed,
  type NodePolicy,
  openNodePolicy,
  type TimedAllowance,
} from "./node-policy.ts";
import { formatNodePolicy, parseNodePolicy } from "./parse.ts";

const timed: TimedAllowance = {
  rule: "registry",
  value: "a.example",
  reason: "until it is mirrored",
  author: "root",
  expires: "2026-11-28T12:00:00Z",
};
const oneAllowance = (more: object): string => JSON.stringify({ allowances: [{ ...timed, ...more }] });

describe("the file", () => {
  test("is read with safe defaults and written back", () => {
    const policy = parseNodePolicy('{"hostPaths": [{"path": "/var/log/"}], "registries": ["registry.example/shop/*"]}');
    expect(policy).toEqual({
      privilegedNamespaces: [],
      hostPaths: [{ path: "/var/log", readOnly: true }],
      registries: ["registry.example/shop/*"],
    });
    expect(parseNodePolicy(formatNodePolicy(policy))).toEqual(policy);
    for (const known of [closedNodePolicy, openNodePolicy])
      expect(parseNodePolicy(formatNodePolicy(known))).toEqual(known);
  });

  test.each([
    ["", "syntax", ""],
    ["null", "shape", ""],
    ["[]", "shape", ""],
    ['{"privileged": true}', "shape", "privileged"],
    ['{"privilegedNamespaces": "kube-system"}', "shape", "privilegedNamespaces"],
    ['{"privilegedNamespaces": ["ok", 1]}', "namespace", "privilegedNamespaces[1]"],
    ['{"privilegedNamespaces": ["Kube"]}', "namespace", "privilegedNamespaces[0]"],
    ['{"hostPaths": ["/"]}', "shape", "hostPaths[0]"],
    ['{"hostPaths": [{"path": "var"}]}', "path", "hostPaths[0].path"],
    ['{"hostPaths": [{"path": "/var/../etc"}]}', "path", "hostPaths[0].path"],
    ['{"hostPaths": [{"path": "/x", "readonly": true}]}', "shape", "hostPaths[0].readonly"],
    ['{"hostPaths": [{"path": "/x", "readOnly": "no"}]}', "shape", "hostPaths[0].readOnly"],
    ['{"registries": ["https://x"]}', "registry", "registries[0]"],
    ['{"allowances": {}}', "shape", "allowances"],
    ['{"allowances": [{"rule": "registry"}]}', "allowance", "allowances[0].value"],
    [oneAllowance({ rule: "everything" }), "allowance", "allowances[0].rule"],
    [oneAllowance({ value: "a b" }), "allowance", "allowances[0].value"],
    [oneAllowance({ reason: " " }), "allowance", "allowances[0].reason"],
    [oneAllowance({ author: 1 }), "allowance", "allowances[0].author"],
    [oneAllowance({ expires: "soon" }), "allowance", "allowances[0].expires"],
    [oneAllowance({ until: "soon" }), "shape", "allowances[0].until"],
  ])("%s: %s at %s", (text, code, field) => {
    expect(() => parseNodePolicy(text)).toThrow(expect.objectContaining({ name: "NodePolicyError", code, field }));
  });
});

describe("host paths", () => {
  const policy: NodePolicy = {
    ...closedNodePolicy,
    hostPaths: [
      { path: "/var/log", readOnly: true },
      { path: "/srv/data", readOnly: false },
    ],
  };
  test.each([
    ["/var/log", true, true],
    ["/var/log/pods", true, true],
    ["/var/log", false, false],
    ["/var/logs", true, false],
    ["/var", true, false],
    ["/", true, false],
    ["/var/log/../../etc", true, false],
    ["/var/log/./x", true, false],
    ["//var/log", true, false],
    ["var/log", true, false],
    ["/srv/data/", false, true],
    ["/srv/data/x\0", false, false],
  ])("%s, read-only %s: %s", (path, readOnly, expected) => {
    expect(hostPathAllowed(policy, path, readOnly)).toBe(expected);
  });

  test("property: a clean path is below / and holds no way out", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[/.a-c]{0,12}$/), (text) => {
        const clean = cleanPath(text);
        if (clean === undefined) return;
        expect(clean).toMatch(/^\/([^/]+(\/[^/]+)*)?$/);
        expect(clean.split("/")).not.toContain("..");
      }),
    );
  });
});

const makePod = (spec: Partial<PodSpec>, image = "ok.example/app:1"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name: "p" },
  spec: { containers: [{ name: "c", image }], ...spec },
});
const secured = (securityContext: Container["securityContext"]): Partial<PodSpec> => ({
  containers: [{ name: "c", image: "ok.example/app:1", securityContext }],
});
const base: NodePolicy = { ...closedNodePolicy, registries: ["ok.example"] };

describe("a pod", () => {
  test("that asks for nothing starts", () => {
    expect(evaluateNodePolicy(base, makePod({})).decision).toBe("allow");
  });

  test.each<[string, Partial<PodSpec>]>([
    ["privileged", secured({ privileged: true })],
    ["capabilities that are as good", secured({ capabilities: { add: ["SYS_ADMIN"] } })],
    ["unmasked /proc", secured({ procMount: "Unmasked" })],
    ["no seccomp", secured({ seccompProfile: { type: "Unconfined" } })],
    ["host network", { hostNetwork: true }],
    ["host processes", { hostPID: true }],
    ["host IPC", { hostIPC: true }],
    ["the host's users", { hostUsers: true }],
    [
      "a host port",
      { containers: [{ name: "c", image: "ok.example/a", ports: [{ containerPort: 1, hostPort: 22 }] }] },
    ],
    [
      "privileged init container",
      { initContainers: [{ name: "i", image: "ok.example/a", securityContext: { privileged: true } }] },
    ],
    [
      "privileged ephemeral container",
      { ephemeralContainers: [{ name: "e", image: "ok.example/a", securityContext: { privileged: true } }] },
    ],
  ])("with %s starts in a privileged namespace only", (_, spec) => {
    const refused = evaluateNodePolicy(base, makePod(spec));
    expect(refused).toMatchObject({
      decision: "deny",
      because: [
        { rule: "privileged-namespace", command: 'bulkhead allow node privileged-namespace shop --reason "…"' },
      ],
    });
    expect(evaluateNodePolicy({ ...base, privilegedNamespaces: ["shop"] }, makePod(spec)).decision).toBe("allow");
    expect(evaluateNodePolicy({ ...base, privilegedNamespaces: ["other"] }, makePod(spec)).decision).toBe("deny");
  });

  test("has users of its own: to have the host's it must be in a privileged namespace", () => {
    expect(evaluateNodePolicy(base, makePod({ hostUsers: true })).because).toEqual([
      {
        field: "spec.hostUsers",
        rule: "privileged-namespace",
        says: "the pod would run with the host's users (hostUsers=true): the node's own node-policy.json does not name shop among its privileged namespaces",
        passing: "false",
        command: 'bulkhead allow node privileged-namespace shop --reason "…"',
      },
    ]);
    expect(evaluateNodePolicy(base, makePod({ hostUsers: false })).decision).toBe("allow");
    // A path of the node brings the host's users along where a pod does not say otherwise.
    const paths: NodePolicy = { ...base, hostPaths: [{ path: "/var/log", readOnly: false }] };
    const mounting = { volumes: [{ name: "v", hostPath: { path: "/var/log" } }] };
    expect(evaluateNodePolicy(paths, makePod(mounting)).because).toMatchObject([
      {
        field: "spec.hostUsers",
        passing: "false",
        command: 'bulkhead allow node privileged-namespace shop --reason "…"',
      },
    ]);
    expect(evaluateNodePolicy(paths, makePod({ ...mounting, hostUsers: false })).decision).toBe("allow");
    expect(evaluateNodePolicy({ ...paths, privilegedNamespaces: ["shop"] }, makePod(mounting)).decision).toBe("allow");
  });

  test("mounts the node's paths as the file says, in privileged namespaces too", () => {
    const mount = (path: string, readOnly?: boolean, type?: string): Pod =>
      makePod({
        volumes: [{ name: "v", hostPath: { path, ...(type === undefined ? {} : { type }) } }],
        containers: [
          {
            name: "c",
            image: "ok.example/a",
            volumeMounts: [{ name: "v", mountPath: "/m", ...(readOnly === undefined ? {} : { readOnly }) }],
          },
        ],
      });
    const policy: NodePolicy = {
      ...base,
      privilegedNamespaces: ["shop"],
      hostPaths: [{ path: "/var/log", readOnly: true }],
    };
    expect(evaluateNodePolicy(policy, mount("/var/log", true)).decision).toBe("allow");
    expect(evaluateNodePolicy(policy, mount("/var/log"))).toMatchObject({
      because: [
        {
          rule: "host-path",
          field: "spec.volumes[0].hostPath.path",
          passing: expect.stringContaining("readOnly: true"),
          command: 'bulkhead allow node host-path /var/log --reason "…"',
        },
      ],
    });
    expect(evaluateNodePolicy(policy, mount("/var/log/new", true, "DirectoryOrCreate")).decision).toBe("deny");
    expect(evaluateNodePolicy(policy, mount("/", true)).because[0]?.command).toBe(
      'bulkhead allow node host-path /:ro --reason "…"',
    );
  });

  test("comes from the file's registries, all its containers", () => {
    expect(evaluateNodePolicy(base, makePod({}, "evil.example/x")).because).toEqual([
      {
        field: "spec.containers[0].image",
        rule: "registry",
        says: "evil.example/x comes from a registry that the node's own node-policy.json does not allow",
        command: 'bulkhead allow node registry evil.example --reason "…"',
      },
    ]);
    expect(evaluateNodePolicy(base, makePod({ initContainers: [{ name: "i", image: "nginx" }] })).decision).toBe(
      "deny",
    );
    expect(evaluateNodePolicy(base, makePod({}, "not an image")).decision).toBe("deny");
    expect(
      evaluateNodePolicy({ ...base, registries: ["ok.example/shop/*"] }, makePod({}, "ok.example/other/x")).decision,
    ).toBe("deny");
  });

  test("an open file lets everything start; a closed one nothing", () => {
    const pod = makePod(
      { hostNetwork: true, volumes: [{ name: "v", hostPath: { path: "/" } }], ...secured({ privileged: true }) },
      "nginx",
    );
    expect(evaluateNodePolicy(openNodePolicy, pod).decision).toBe("allow");
    expect(evaluateNodePolicy(closedNodePolicy, makePod({})).decision).toBe("deny");
  });
});

test("an allowance is added once", () => {
  const add = { rule: "registry", registry: "a.example" } as const;
  const once = applyNodeAllowance(closedNodePolicy, add);
  expect(applyNodeAllowance(once, add)).toEqual({ ...closedNodePolicy, registries: ["a.example"] });
  expect(applyNodeAllowance(once, { rule: "host-path", hostPath: { path: "/x", readOnly: true } }).hostPaths).toEqual([
    { path: "/x", readOnly: true },
  ]);
  expect(applyNodeAllowance(once, { rule: "privileged-namespace", namespace: "n" }).privilegedNamespaces).toEqual([
    "n",
  ]);
});

describe("allowed for a while", () => {
  const end = Date.parse(timed.expires);
  const policy = allowOnNodeUntil(base, timed);
  const pod = makePod({}, "a.example/x");

  test("counts until its end, by the time that is handed in", () => {
    expect(evaluateNodePolicy(nodePolicyAt(policy, end - 1), pod).decision).toBe("allow");
    expect(evaluateNodePolicy(nodePolicyAt(policy, end), pod).decision).toBe("deny");
    // What nobody asked the time of allows nothing.
    expect(evaluateNodePolicy(policy, pod).decision).toBe("deny");
  });

  test("says when it changes by itself", () => {
    const later = { ...timed, value: "b.example", expires: "2026-12-28T12:00:00Z" };
    const both = allowOnNodeUntil(policy, later);
    expect(nodePolicyUntil(both, end - 1)).toBe(end);
    expect(nodePolicyUntil(both, end)).toBe(Date.parse(later.expires));
    expect(nodePolicyUntil(both, Date.parse(later.expires))).toBeUndefined();
  });

  test("again renews; what is allowed without an end stays so", () => {
    const renewed = allowOnNodeUntil(policy, { ...timed, expires: "2027-01-01T00:00:00Z" });
    expect(renewed.allowances).toMatchObject([{ expires: "2027-01-01T00:00:00Z" }]);
    const lasting = { ...base, registries: ["a.example"] };
    expect(allowOnNodeUntil(lasting, timed)).toBe(lasting);
  });

  const allowance = fc.oneof(
    fc
      .stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/)
      .map((n): NodeAllowance => ({ rule: "privileged-namespace", namespace: n })),
    fc
      .tuple(fc.stringMatching(/^(\/[a-z]{1,4}){1,3}$/), fc.boolean())
      .map(([path, readOnly]): NodeAllowance => ({ rule: "host-path", hostPath: { path, readOnly } })),
    fc
      .stringMatching(/^[a-z]{1,8}\.example(:[1-9][0-9]{0,3})?$/)
      .map((r): NodeAllowance => ({ rule: "registry", registry: r })),
  );
  test("property: it reads back, does as the lasting one until its end, and is taken back without a trace", () => {
    fc.assert(
      fc.property(allowance, (a) => {
        expect(readNodeAllowance(a.rule, nodeValue(a))).toEqual(a);
        const allowed = allowOnNodeUntil(closedNodePolicy, { ...timed, rule: a.rule, value: nodeValue(a) });
        expect(parseNodePolicy(formatNodePolicy(allowed))).toEqual(allowed);
        expect(nodePolicyAt(allowed, end - 1)).toEqual(applyNodeAllowance(closedNodePolicy, a));
        expect(nodePolicyAt(allowed, end)).toEqual(closedNodePolicy);
        expect(takeBackFromNode(allowed, { rule: a.rule, value: nodeValue(a) })).toEqual(closedNodePolicy);
      }),
    );
  });
});
