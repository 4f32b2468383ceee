import type { Node, Pod } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import type { AuditFacts, ControlPlaneFacts } from "../snapshot/facts.ts";
import { controlPlaneFromPods } from "./control-plane-pods.ts";
import { secondsOf } from "./flags.ts";
import { kubeletSettings, nodeFactsOf } from "./kubelet-configz.ts";

const pod = (name: string, command: string[], nodeName = "a"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "kube-system" },
  spec: { nodeName, containers: [{ name: name.split("-a")[0] ?? name, image: "registry.k8s.io/x", command }] },
});
const server = (...flags: string[]) => pod("kube-apiserver-a", ["kube-apiserver", ...flags]);
const ofServer = (...flags: string[]) => controlPlaneFromPods([server(...flags)]).objects[0] as ControlPlaneFacts;

describe("the control plane's pods", () => {
  test("a kubeadm cluster", () => {
    const { objects, unread } = controlPlaneFromPods([
      server(
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
        "--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt",
        "--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key",
        "--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt",
        "--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key",
        "--tls-cert-file=/etc/kubernetes/pki/apiserver.crt",
        "--tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
        "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
        "--client-ca-file=/etc/kubernetes/pki/ca.crt",
      ),
      pod("kube-controller-manager-a", [
        "kube-controller-manager",
        "--bind-address=127.0.0.1",
        "--use-service-account-credentials=true",
        "--root-ca-file=/etc/kubernetes/pki/ca.crt",
      ]),
      pod("kube-scheduler-a", ["kube-scheduler", "--bind-address=127.0.0.1", "--profiling=false"]),
      pod("etcd-a", [
        "etcd",
        "--client-cert-auth=true",
        "--cert-file=a",
        "--key-file=b",
        "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
        "--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.5:2379",
      ]),
    ]);
    expect(unread).toEqual([]);
    expect(objects.map((object) => object.kind)).toEqual(["ControlPlaneFacts", "AuditFacts"]);
    const { facts } = objects[0] as ControlPlaneFacts;
    const where = "Pod kube-system/kube-apiserver-a";
    expect(facts).toMatchObject({
      anonymousAuth: { value: true, where: `${where}, --anonymous-auth is not given` },
      authorizationModes: { value: ["Node", "RBAC"], where: `${where}, --authorization-mode` },
      etcdTls: { value: true },
      etcdPeerTls: { value: false, where: "Pod kube-system/etcd-a, --peer-cert-file is not given" },
      etcdListens: { value: ["https://127.0.0.1:2379", "https://10.0.0.5:2379"] },
      kubeletClientCertificate: { value: true },
      kubeletCertificateAuthority: { value: false },
      servingCertificate: { value: true, where: `${where}, --tls-cert-file` },
      serviceAccountKey: { value: "own", where: `${where}, --service-account-key-file` },
      etcdOwnAuthority: { value: true },
      rootAuthority: { value: true },
      controllerManagerBindAddress: { value: "127.0.0.1" },
      useServiceAccountCredentials: { value: true },
      profiling: { value: [where, "Pod kube-system/kube-controller-manager-a"] },
      encryptionAtRest: { value: { secrets: false, provider: "identity" } },
      staticTokens: { value: false },
      tlsMinVersion: { value: "TLS1.2" },
    });
    expect(facts.admissionPlugins?.value).toEqual(expect.arrayContaining(["NodeRestriction", "PodSecurity"]));
    expect((objects[1] as AuditFacts).facts.enabled).toEqual({
      value: false,
      where: `${where}, --audit-policy-file is not given`,
    });
  });

  test("what stands in a file is not known, and what is off is off", () => {
    const { facts } = ofServer(
      "--authorization-config=/etc/authz.yaml",
      "--authentication-config=/etc/authn.yaml",
      "--encryption-provider-config=/etc/enc.yaml",
      "--disable-admission-plugins=PodSecurity",
      "--tls-min-version=VersionTLS13",
    );
    for (const field of ["authorizationModes", "anonymousAuth", "encryptionAtRest", "schedulerBindAddress"])
      expect(facts).not.toHaveProperty(field);
    expect(facts.admissionPlugins?.value).not.toContain("PodSecurity");
    expect(facts.tlsMinVersion?.value).toBe("TLS1.3");
  });

  test("suites that nobody chose are Go's, of versions whose choice is known", () => {
    const of = (image: string, ...flags: string[]) => {
      const one = server(...flags);
      const containers = one.spec?.containers.map((container) => ({ ...container, image }));
      const [seen] = controlPlaneFromPods([{ ...one, spec: { ...one.spec, containers } } as Pod]).objects;
      return (seen as ControlPlaneFacts).facts;
    };
    const known = of("registry.k8s.io/kube-apiserver:v1.33.2@sha256:00");
    expect(known.serverVersion?.value).toBe("v1.33.2");
    expect(known.tlsCipherSuites?.value).toContain("TLS_AES_128_GCM_SHA256");
    expect(known.tlsCipherSuites?.value.filter((suite) => suite.startsWith("TLS_RSA_"))).toEqual([]);
    expect(of("registry.k8s.io/kube-apiserver:v1.29.9")).not.toHaveProperty("tlsCipherSuites");
    expect(of("registry.example/apiserver:1")).not.toHaveProperty("serverVersion");
    expect(of("registry.example/x:1", "--tls-cipher-suites=A,B").tlsCipherSuites?.value).toEqual(["A", "B"]);
  });

  test("audit's flags", () => {
    const audit = controlPlaneFromPods([
      server("--audit-policy-file=/p", "--audit-log-path=/l", "--audit-log-maxage", "30"),
    ]).objects[1] as AuditFacts;
    expect(audit.facts).toMatchObject({
      enabled: { value: true },
      retentionDays: { value: 30, where: "Pod kube-system/kube-apiserver-a, --audit-log-maxage" },
      shippedElsewhere: { value: false },
    });
    expect(audit.facts).not.toHaveProperty("policy");
  });

  test("a managed cluster says nothing, and why", () => {
    const { objects, unread } = controlPlaneFromPods([pod("coredns-a", ["/coredns"])]);
    expect(objects).toEqual([]);
    expect(unread.map(({ kind }) => kind)).toEqual([
      "facts.bulkhead.dev/ControlPlaneFacts",
      "facts.bulkhead.dev/AuditFacts",
    ]);
    expect(unread[0]?.why).toContain("kube-apiserver");
  });

  test("pods that cannot be read are no managed cluster", () => {
    const { unread } = controlPlaneFromPods([], { kind: "Pod", namespace: "kube-system", why: "forbidden" });
    expect(unread[0]?.why).toBe("pods of kube-system could not be read: forbidden");
  });

  test("a pod elsewhere that calls itself one is none", () => {
    const mine = { ...server(), metadata: { name: "kube-apiserver-a", namespace: "shop" } };
    expect(controlPlaneFromPods([mine]).objects).toEqual([]);
  });
});

test.each([
  ["0", 0],
  ["5m", 300],
  ["1h30m", 5400],
  ["4h0m0s", 14_400],
  ["500ms", 0.5],
  ["x", undefined],
  ["5m x", undefined],
])("%s is %s seconds", (text, expected) => {
  expect(secondsOf(text)).toBe(expected);
});

describe("a kubelet", () => {
  test("what it says of itself", () => {
    const settings = kubeletSettings({
      kubeletconfig: {
        authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: "ca.crt" } },
        tlsCertFile: "/var/lib/kubelet/pki/kubelet.crt",
        tlsCipherSuites: ["TLS_AES_128_GCM_SHA256"],
        authorization: { mode: "Webhook" },
        rotateCertificates: true,
        makeIPTablesUtilChains: true,
        eventRecordQPS: 50,
        streamingConnectionIdleTimeout: "4h0m0s",
        podPidsLimit: -1,
      },
    });
    expect(settings).toEqual({
      anonymousAuth: false,
      authorizationMode: "Webhook",
      readOnlyPort: 0,
      rotateCertificates: true,
      protectKernelDefaults: false,
      seccompDefault: false,
      makeIPTablesUtilChains: true,
      eventRecordQPS: 50,
      streamingConnectionIdleTimeoutSeconds: 14_400,
      podPidsLimit: -1,
      clientAuthority: true,
      ownServingCertificate: true,
      tlsCipherSuites: ["TLS_AES_128_GCM_SHA256"],
    });
  });

  test.each([
    ["asks for a certificate", { serverTLSBootstrap: true, tlsCertFile: "/var/lib/kubelet/pki/kubelet.crt" }, false],
    ["was given one", { tlsCertFile: "/etc/kubernetes/pki/node.crt" }, false],
    ["tells of none", {}, undefined],
  ])("one that %s", (_what, kubeletconfig, own) => {
    expect(kubeletSettings({ kubeletconfig })?.ownServingCertificate).toBe(own);
  });

  test("the suites that its version offers stand in for those that it does not tell", () => {
    const of = (version?: string) => kubeletSettings({ kubeletconfig: {} }, version)?.tlsCipherSuites;
    expect(of("v1.36.0")).toContain("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    expect(of("v1.24.1")).toBeUndefined();
    expect(of()).toBeUndefined();
  });

  test.each([{}, undefined, "no", { kubeletconfig: null }])("another document (%j) says nothing", (document) => {
    expect(kubeletSettings(document)).toBeUndefined();
  });

  const node: Node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "a" },
    status: {
      nodeInfo: {
        kernelVersion: "6.1.0-18-amd64",
        containerRuntimeVersion: "containerd://2.1.9",
        kubeletVersion: "v1.36.0",
      } as NonNullable<NonNullable<Node["status"]>["nodeInfo"]>,
    },
  };

  test("a Node alone knows its kernel and runtime, and not its flaws", () => {
    expect(nodeFactsOf(node)).toEqual({
      apiVersion: "facts.bulkhead.dev/v1",
      kind: "NodeFacts",
      metadata: { name: "a" },
      facts: {
        product: { value: "kubernetes", where: "Node a, status.nodeInfo" },
        kernel: { value: "6.1.0-18-amd64", where: "Node a, status.nodeInfo" },
        kubeletVersion: { value: "v1.36.0", where: "Node a, status.nodeInfo" },
        runtime: { value: { name: "containerd", version: "2.1.9" }, where: "Node a, status.nodeInfo" },
      },
    });
  });

  test("our own agent has no settings to ask for", () => {
    const info = { ...node.status?.nodeInfo, kubeletVersion: "v1.36.0-bulkhead" };
    const own = { ...node, status: { nodeInfo: info } } as Node;
    expect(nodeFactsOf(own, { kubeletconfig: { readOnlyPort: 10_255 } }).facts).toMatchObject({
      product: { value: "bulkhead" },
      kubelet: { value: { anonymousAuth: false, readOnlyPort: 0, podPidsLimit: 4096 } },
      seccompDefault: { value: true, where: "built into the agent of a (v1.36.0-bulkhead)" },
    });
  });

  test("a Node without status says nothing", () => {
    expect(nodeFactsOf({ ...node, status: {} }).facts).toEqual({});
  });
});
