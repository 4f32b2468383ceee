import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { run, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { pushToolImage } from "./instance/test-image.ts";
import {
  applied,
  knockAnswers,
  knockScript,
  serveScript,
  type Target,
  type ToolPod,
  told,
  toolPod,
} from "./instance/tool-pod.ts";

const reason = whyNot();
const ports = [
  { name: "web", containerPort: 8080 },
  { name: "dgram", containerPort: 9090, protocol: "UDP" },
];
/** The pods of the stage: `namespace/name` with labels; the second server calls another number `web`. */
const cast: readonly Omit<ToolPod, "image" | "command">[] = [
  { namespace: "right", name: "s1", labels: { app: "s", tier: "gold" }, ports },
  {
    namespace: "right",
    name: "s2",
    labels: { app: "s", tier: "tin" },
    ports: [{ name: "web", containerPort: 8081 }],
  },
  { namespace: "right", name: "rc", labels: { role: "client" } },
  { namespace: "left", name: "lc", labels: { role: "client" } },
  { namespace: "left", name: "lo", labels: { role: "other" } },
  { namespace: "far", name: "fc", labels: { role: "client" } },
];
const spaces = ["left", "right", "far"];

const policy = (namespace: string, spec: object, name = "p"): object => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { namespace, name },
  spec,
});
const servers = { matchLabels: { app: "s" } };
const clients = { matchLabels: { role: "client" } };
const leftSpace = { matchLabels: { team: "left" } };
/** Policy of the servers for what comes in. */
const ingress = (...rules: object[]): object =>
  policy("right", { podSelector: servers, policyTypes: ["Ingress"], ingress: rules });
/** Policy of everything in `left` for what goes out. */
const egress = (...rules: object[]): object =>
  policy("left", { podSelector: {}, policyTypes: ["Egress"], egress: rules });

describe.skipIf(reason !== undefined)(
  `packets between pods${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let image: string;
    const address = new Map<string, string>();
    const ip = (pod: string): string => address.get(pod) ?? "0.0.0.0";

    /** What a pod gets at each target, once or until it is as expected. */
    const knock = async (namespace: string, pod: string, targets: readonly Target[]): Promise<string[]> => {
      const ran = await instance.kubectl("-n", namespace, "exec", pod, "--", "sh", "-c", knockScript(targets));
      return knockAnswers(ran.stdout, targets.length);
    };
    const settles = async (
      from: string,
      targets: readonly Target[],
      expected: readonly string[],
      seconds = 10,
    ): Promise<void> => {
      const [namespace = "", pod = ""] = from.split("/");
      const same = (answers: string[]): boolean => answers.join() === expected.join();
      const answers = await until(() => knock(namespace, pod, targets), same, seconds);
      expect(answers, `${from} to ${targets.map((t) => `${t.address}:${t.port}`).join(", ")}`).toEqual(expected);
    };
    const tcp = (pod: string, port = 8080): Target => ({ address: ip(pod), port });
    const udp = (pod: string, port = 9090): Target => ({ address: ip(pod), port, udp: true });
    /** Who of the callers reaches s1:8080. */
    const callers = ["left/lc", "left/lo", "right/rc", "far/fc"] as const;
    const reaching = async (expected: readonly (typeof callers)[number][], target = tcp("right/s1")): Promise<void> => {
      await Promise.all(callers.map((c) => settles(c, [target], [expected.includes(c) ? "s1" : "refused"])));
    };
    const noPolicies = (): Promise<string> => told(instance, "delete", "netpol", "--all", "-A");

    beforeAll(async () => {
      instance = await startInstance();
      image = await pushToolImage(instance);
      await applied(
        instance,
        spaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { team: name } } })),
      );
      await applied(
        instance,
        cast.map((pod) => toolPod({ ...pod, image, command: ["sh", "-c", serveScript] })),
      );
      await Promise.all(
        spaces.map((name) =>
          told(instance, "-n", name, "wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s"),
        ),
      );
      const pods = JSON.parse(await told(instance, "get", "pods", "-A", "-o", "json")) as {
        items: { metadata: { namespace: string; name: string }; status: { podIP?: string } }[];
      };
      for (const { metadata, status } of pods.items)
        address.set(`${metadata.namespace}/${metadata.name}`, status.podIP ?? "");
    });
    afterAll(async () => {
      await instance?.remove();
    });

    describe("with the defaults of a new namespace", () => {
      test("nothing goes out or comes in, and it is told at once", async () => {
        await settles(
          "left/lc",
          [tcp("right/s1"), udp("right/s1"), tcp("left/lo"), tcp("far/fc", 8082)],
          ["refused", "refused", "refused", "refused"],
        );
      });

      test("a pod reaches itself", async () => {
        await settles("left/lc", [tcp("left/lc"), { address: "127.0.0.1", port: 8081 }], ["lc", "lc"]);
      });

      test("its node reaches it: the kubelet's probes do", async () => {
        const greeting = await new Promise<string>((resolve, reject) => {
          const socket = connect({ host: ip("right/s1"), port: 8080, timeout: 5000 });
          socket.once("data", (data) => resolve(String(data)));
          socket.once("error", reject).once("timeout", () => reject(new Error("no answer")));
        });
        expect(greeting).toMatch(/^s1 /);
      });

      test("names are answered, and only the cluster's DNS is", async () => {
        const asked = await instance.kubectl(
          "-n",
          "left",
          "exec",
          "lc",
          "--",
          "nslookup",
          "kubernetes.default.svc.cluster.local",
        );
        expect(asked.stdout).toMatch(/Address: \d+\.\d+\.\d+\.1\b/);
        await settles("left/lc", [{ address: "192.0.2.53", port: 53 }], ["refused"]);
      });

      test("a pod's very first packets are refused", async () => {
        const born = ["b1", "b2", "b3", "b4"];
        await applied(
          instance,
          born.map((name) =>
            toolPod({
              namespace: "left",
              name,
              image,
              command: ["sh", "-c", `for i in 1 2 3; do ${knockScript([tcp("right/s1"), udp("right/s1")])}\ndone`],
              spec: {
                restartPolicy: "Never",
                initContainers: [
                  {
                    name: "first",
                    image,
                    command: ["sh", "-c", knockScript([tcp("right/s1")])],
                    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                  },
                ],
              },
            }),
          ),
        );
        for (const name of born) {
          await told(
            instance,
            "-n",
            "left",
            "wait",
            "--for=jsonpath={.status.phase}=Succeeded",
            `pod/${name}`,
            "--timeout=60s",
          );
          const said = await told(instance, "-n", "left", "logs", name, "--all-containers", "--prefix=false");
          const words = said.split("\n").map((line) => line.split(" ")[1]);
          expect(words).toHaveLength(7);
          expect(new Set(words)).toEqual(new Set(["refused"]));
        }
        await told(instance, "-n", "left", "delete", "pod", ...born);
      });

      test("an Exception opens one way for one subject, and its end closes it", async () => {
        const exception = (
          namespace: string,
          rule: string,
          subject: object,
          value: string,
          seconds: number,
        ): object => ({
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "Exception",
          metadata: { namespace, name: `open-${rule}` },
          spec: {
            decider: "network",
            rule,
            subject,
            value,
            reason: "e2e",
            author: "e2e",
            expires: new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z/, "Z"),
          },
        });
        const both = (seconds: number): Promise<void> =>
          applied(instance, [
            exception("left", "egress", { kind: "Pod", name: "lc" }, "right/pod/s1:8080/TCP", seconds),
            exception("right", "ingress", { kind: "Pod", name: "s1" }, "left/pod/lc:8080/TCP", seconds),
          ]);
        await both(300);
        await settles(
          "left/lc",
          [tcp("right/s1"), tcp("right/s1", 8081), tcp("right/s2")],
          ["s1", "refused", "refused"],
        );
        await settles("left/lo", [tcp("right/s1")], ["refused"]);
        // Open, however long that took: now the end is drawn near.
        await both(2);
        await settles("left/lc", [tcp("right/s1")], ["refused"], 30);
      });
    });

    describe("what NetworkPolicies allow", () => {
      beforeEach(async () => {
        await noPolicies();
      });

      test("without any policy everything is open", async () => {
        await reaching(callers);
        await settles("left/lc", [tcp("right/s2"), udp("right/s1")], ["s2", "s1"]);
      });

      test("podSelector alone: pods of the policy's own namespace", async () => {
        await applied(instance, [ingress({ from: [{ podSelector: clients }] })]);
        await reaching(["right/rc"]);
      });

      test("namespaceSelector alone: all pods of those namespaces", async () => {
        await applied(instance, [ingress({ from: [{ namespaceSelector: leftSpace }] })]);
        await reaching(["left/lc", "left/lo"]);
      });

      test("both in one peer: and", async () => {
        await applied(instance, [ingress({ from: [{ namespaceSelector: leftSpace, podSelector: clients }] })]);
        await reaching(["left/lc"]);
      });

      test("two peers: or", async () => {
        await applied(instance, [ingress({ from: [{ namespaceSelector: leftSpace }, { podSelector: clients }] })]);
        await reaching(["left/lc", "left/lo", "right/rc"]);
      });

      test("expressions: In, NotIn, Exists, DoesNotExist", async () => {
        await applied(instance, [
          ingress({
            from: [
              {
                namespaceSelector: {
                  matchExpressions: [
                    { key: "team", operator: "In", values: ["left", "far"] },
                    { key: "closed", operator: "DoesNotExist" },
                  ],
                },
                podSelector: {
                  matchExpressions: [
                    { key: "role", operator: "Exists" },
                    { key: "role", operator: "NotIn", values: ["other"] },
                  ],
                },
              },
            ],
          }),
        ]);
        await reaching(["left/lc", "far/fc"]);
        await told(instance, "label", "ns", "far", "closed=yes");
        await reaching(["left/lc"]);
        await told(instance, "label", "ns", "far", "closed-");
        await told(instance, "-n", "left", "label", "pod", "lo", "role=client", "--overwrite");
        await reaching(["left/lc", "left/lo", "far/fc"]);
        await told(instance, "-n", "left", "label", "pod", "lo", "role=other", "--overwrite");
        await reaching(["left/lc", "far/fc"]);
      });

      test("ipBlock, and what it excepts", async () => {
        await applied(instance, [ingress({ from: [{ ipBlock: { cidr: `${ip("left/lc")}/32` } }] })]);
        await reaching(["left/lc"]);
        await applied(instance, [
          ingress({
            from: [{ ipBlock: { cidr: "0.0.0.0/0", except: [`${ip("left/lc")}/32`, `${ip("far/fc")}/32`] } }],
          }),
        ]);
        await reaching(["left/lo", "right/rc"]);
      });

      test("an empty rule is every peer and port; no rule is none", async () => {
        await applied(instance, [ingress({})]);
        await reaching(callers);
        await applied(instance, [ingress()]);
        await reaching([]);
      });

      test("ports: a number, and its protocol alone", async () => {
        await applied(instance, [ingress({ ports: [{ port: 8080 }] })]);
        await settles(
          "left/lc",
          [tcp("right/s1"), tcp("right/s1", 8081), udp("right/s1")],
          ["s1", "refused", "refused"],
        );
        await applied(instance, [ingress({ ports: [{ port: 9090, protocol: "UDP" }] })]);
        await settles("left/lc", [tcp("right/s1"), udp("right/s1")], ["refused", "s1"]);
      });

      test("ports: a protocol without a port is all its ports", async () => {
        await applied(instance, [ingress({ ports: [{ protocol: "TCP" }] })]);
        await settles("left/lc", [tcp("right/s1"), tcp("right/s1", 8082), udp("right/s1")], ["s1", "s1", "refused"]);
      });

      test("ports: endPort", async () => {
        await applied(instance, [ingress({ ports: [{ port: 8081, endPort: 8082 }] })]);
        await settles(
          "left/lc",
          [tcp("right/s1", 8080), tcp("right/s1", 8081), tcp("right/s1", 8082)],
          ["refused", "s1", "s1"],
        );
      });

      test("ports: a name means each destination's own number", async () => {
        const named = [
          tcp("right/s1", 8080),
          tcp("right/s1", 8081),
          tcp("right/s2", 8080),
          tcp("right/s2", 8081),
          udp("right/s1"),
        ];
        await applied(instance, [ingress({ ports: [{ port: "web" }] })]);
        await settles("left/lc", named, ["s1", "refused", "refused", "s2", "refused"]);
        await applied(instance, [ingress({ ports: [{ port: "dgram", protocol: "UDP" }] })]);
        await settles("left/lc", named, ["refused", "refused", "refused", "refused", "s1"]);
        await applied(instance, [egress({ ports: [{ port: "web" }] }), ingress({})]);
        await settles("left/lc", named, ["s1", "refused", "refused", "s2", "refused"]);
      });

      test("podSelector: pods that no policy selects stay open", async () => {
        await applied(instance, [
          policy("right", { podSelector: { matchLabels: { tier: "gold" } }, policyTypes: ["Ingress"] }),
        ]);
        await settles("left/lc", [tcp("right/s1"), tcp("right/s2"), tcp("left/lo")], ["refused", "s2", "lo"]);
      });

      test("several policies add up", async () => {
        await applied(instance, [
          policy("right", { podSelector: {}, policyTypes: ["Ingress"] }, "none"),
          policy("right", { podSelector: servers, ingress: [{ ports: [{ port: 8080 }] }] }, "one"),
          policy("right", { podSelector: servers, ingress: [{ ports: [{ port: 8082 }] }] }, "two"),
        ]);
        await settles(
          "left/lc",
          [tcp("right/s1", 8080), tcp("right/s1", 8081), tcp("right/s1", 8082)],
          ["s1", "refused", "s1"],
        );
      });

      test("egress: selectors, blocks, ports", async () => {
        await applied(instance, [
          egress({
            to: [{ namespaceSelector: { matchLabels: { team: "right" } }, podSelector: servers }],
            ports: [{ port: 8080 }],
          }),
        ]);
        await settles(
          "left/lc",
          [tcp("right/s1"), tcp("right/s1", 8081), tcp("right/rc"), tcp("left/lo"), tcp("far/fc")],
          ["s1", "refused", "refused", "refused", "refused"],
        );
        await settles("far/fc", [tcp("right/rc"), tcp("left/lc")], ["rc", "lc"]);
        await applied(instance, [
          egress({ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [`${ip("right/s1")}/32`] } }] }),
        ]);
        await settles("left/lc", [tcp("right/s1"), tcp("right/s2"), tcp("far/fc")], ["refused", "s2", "fc"]);
      });

      test("both ends must allow, and replies need no rule", async () => {
        const out = egress({ to: [{ namespaceSelector: {}, podSelector: servers }] });
        await applied(instance, [out, policy("right", { podSelector: {}, policyTypes: ["Ingress", "Egress"] })]);
        await settles("left/lc", [tcp("right/s1")], ["refused"]);
        await applied(instance, [
          policy("right", {
            podSelector: {},
            policyTypes: ["Ingress", "Egress"],
            ingress: [{ from: [{ namespaceSelector: leftSpace }] }],
          }),
        ]);
        await settles("left/lc", [tcp("right/s1"), udp("right/s1")], ["s1", "s1"]);
        await settles("right/s1", [tcp("left/lc")], ["refused"]);
        await applied(instance, [policy("left", { podSelector: {}, policyTypes: ["Egress"] })]);
        await settles("left/lc", [tcp("right/s1")], ["refused"]);
      });

      test("policyTypes: left out, egress rules mean both directions", async () => {
        await applied(instance, [policy("left", { podSelector: {}, egress: [{ ports: [{ port: 8080 }] }] })]);
        await settles("left/lc", [tcp("right/s1"), tcp("right/s1", 8081)], ["s1", "refused"]);
        await settles("far/fc", [tcp("left/lc")], ["refused"]);
        await applied(instance, [policy("left", { podSelector: {}, policyTypes: ["Egress"] })]);
        await settles("far/fc", [tcp("left/lc")], ["lc"]);
      });

      test("a change closes connections that stand", async () => {
        const asked = instance.kubectl(
          "-n",
          "left",
          "exec",
          "lc",
          "--",
          "sh",
          "-c",
          `( sleep 1; while sleep 0.3; do echo x; done ) | socat -T4 - UDP4:${ip("right/s1")}:9090 2>&1 & socat -u EXEC:'sleep 30' TCP4:${ip("right/s1")}:8080 2>&1 & sleep 9; kill %1 %2 2>/dev/null; echo`,
        );
        await applied(instance, [ingress()]);
        await settles("left/lc", [tcp("right/s1")], ["refused"]);
        await asked;
        const inner = `/run/netns/bulkhead-${(JSON.parse(readFileSync(`${instance.root}/instance.json`, "utf8")) as { id: string }).id}`;
        // What conntrack still knows of an established connection from the caller to the server, rules would have to pass.
        const still = await run("nsenter", [`--net=${inner}`, "cat", "/proc/net/nf_conntrack"]);
        expect(
          still.stdout.split("\n").filter((l) => l.includes("ESTABLISHED") && l.includes(`dst=${ip("right/s1")} `)),
        ).toEqual([]);
      });

      test("while a namespace is deleted its policies hold as long as its pods live (CVE-2024-7598)", async () => {
        await applied(instance, [
          { apiVersion: "v1", kind: "Namespace", metadata: { name: "doomed" } },
          toolPod({
            namespace: "doomed",
            name: "d",
            image,
            // It hears no TERM, and ends when it is told to.
            command: ["sh", "-c", `trap '' TERM\n( ${serveScript}\n) &\nuntil [ -e /tmp/end ]; do sleep 0.2; done`],
            grace: 120,
          }),
        ]);
        await told(instance, "-n", "doomed", "wait", "--for=condition=Ready", "pod/d", "--timeout=60s");
        const target = {
          address: await told(instance, "-n", "doomed", "get", "pod", "d", "-o", "jsonpath={.status.podIP}"),
          port: 8080,
        };
        await settles("far/fc", [target], ["refused"]);
        await told(instance, "delete", "ns", "doomed", "--wait=false");
        const seen: string[] = [];
        let sawTerminating = 0;
        for (;;) {
          const pod = await instance.kubectl(
            "-n",
            "doomed",
            "get",
            "pod",
            "d",
            "-o",
            "jsonpath={.metadata.deletionTimestamp}",
          );
          if (pod.code !== 0) break;
          if (pod.stdout !== "") sawTerminating += 1;
          seen.push(...(await knock("far", "fc", [target])));
          if (sawTerminating === 4)
            await instance.kubectl("-n", "doomed", "exec", "d", "--", "sh", "-c", ": >/tmp/end");
        }
        expect(sawTerminating).toBeGreaterThan(3);
        expect(seen.filter((answer) => answer === "d")).toEqual([]);
        await told(instance, "wait", "--for=delete", "ns/doomed", "--timeout=60s");
      });

      test("metadata address and node stay closed though every policy allows them", async () => {
        const layout = (
          JSON.parse(readFileSync(`${instance.root}/run/topology.json`, "utf8")) as { layout: { nodeAddress: string } }
        ).layout;
        const server = createServer((socket) => socket.end("open\n"));
        await new Promise<void>((resolve, reject) =>
          server.once("error", reject).listen(0, layout.nodeAddress, resolve),
        );
        try {
          const where = server.address();
          const port = typeof where === "object" && where !== null ? where.port : 0;
          await applied(instance, [egress({})]);
          await settles(
            "left/lc",
            [
              { address: layout.nodeAddress, port },
              { address: "169.254.169.254", port: 80 },
              { address: "127.0.0.1", port: instance.port },
            ],
            ["refused", "refused", "refused"],
          );
        } finally {
          server.close();
        }
      });

      test("a pod cannot speak with another's address", async () => {
        await applied(instance, [ingress({ from: [{ ipBlock: { cidr: `${ip("left/lc")}/32` } }] })]);
        await settles("left/lc", [tcp("right/s1")], ["s1"]);
        await settles("far/fc", [tcp("right/s1")], ["refused"]);
        // As a pod could that had the rights to set addresses: root puts lc's onto fc's link and calls from there.
        const pids = await run("sh", [
          "-c",
          `for p in /proc/[0-9]*; do grep -qs '^fc' $p/root/etc/hostname && echo \${p#/proc/} && break; done`,
        ]);
        const pid = pids.stdout.trim();
        expect(pid).toMatch(/^\d+$/);
        const inside = (...command: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
          run("nsenter", ["--net", "--target", pid, ...command]);
        expect((await inside("ip", "address", "add", `${ip("left/lc")}/32`, "dev", "eth0")).code).toBe(0);
        try {
          const script = `const s=require("node:net").connect({host:"${ip("right/s1")}",port:8080,localAddress:"${ip("left/lc")}",timeout:3000});s.once("data",()=>{console.log("answered");process.exit()});s.once("error",e=>{console.log(e.code);process.exit()});s.once("timeout",()=>{console.log("silent");process.exit()})`;
          const spoofed = await inside(process.execPath, "-e", script);
          expect(spoofed.stdout.trim()).toMatch(/^(silent|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH)$/);
          await settles("left/lc", [tcp("right/s1")], ["s1"]);
        } finally {
          await inside("ip", "address", "del", `${ip("left/lc")}/32`, "dev", "eth0");
        }
      });
    });

    describe("Services", () => {
      const service = (name: string, spec: object): object => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace: "right", name },
        spec: { selector: { app: "s" }, ...spec },
      });
      const clusterIp = (name: string): Promise<string> =>
        told(instance, "-n", "right", "get", "svc", name, "-o", "jsonpath={.spec.clusterIP}");
      const many = async (target: Target, times: number): Promise<Set<string>> =>
        new Set(
          await knock(
            "left",
            "lc",
            Array.from({ length: times }, () => target),
          ),
        );

      beforeAll(async () => {
        await noPolicies();
      });

      test("ClusterIP: all endpoints take part; a named target port is each pod's own", async () => {
        await applied(instance, [
          service("named", { ports: [{ port: 80, targetPort: "web" }] }),
          service("udp", { ports: [{ port: 53, targetPort: 9090, protocol: "UDP" }] }),
        ]);
        const address = await clusterIp("named");
        expect(
          await until(
            () => many({ address, port: 80 }, 16),
            (a) => a.size === 2 && !a.has("refused"),
            15,
          ),
        ).toEqual(new Set(["s1", "s2"]));
        const udpAddress = await clusterIp("udp");
        await until(
          () => knock("left", "lc", [{ address: udpAddress, port: 53, udp: true }]),
          ([a]) => a?.startsWith("s") === true && a !== "silent",
          10,
        ).then(([a]) => expect(a).toMatch(/^s[12]$/));
      });

      test("a policy's ports are the pod's, not the Service's", async () => {
        await applied(instance, [egress({ ports: [{ port: 8080 }] })]);
        const address = await clusterIp("named");
        await until(
          () => many({ address, port: 80 }, 12),
          (a) => a.has("refused") && a.has("s1") && !a.has("s2"),
          10,
        ).then((a) => expect(a).toEqual(new Set(["s1", "refused"])));
        await noPolicies();
      });

      test("a pod reaches itself through its Service", async () => {
        await applied(instance, [
          {
            apiVersion: "v1",
            kind: "Service",
            metadata: { namespace: "left", name: "mirror" },
            spec: { selector: { role: "client" }, ports: [{ port: 80, targetPort: 8080 }] },
          },
        ]);
        const address = await told(instance, "-n", "left", "get", "svc", "mirror", "-o", "jsonpath={.spec.clusterIP}");
        await settles("left/lc", [{ address, port: 80 }], ["lc"]);
      });

      test("ClientIP affinity: one caller stays with one endpoint", async () => {
        await applied(instance, [
          service("sticky", { sessionAffinity: "ClientIP", ports: [{ port: 80, targetPort: 8080 }] }),
        ]);
        const address = await clusterIp("sticky");
        const answers = await until(
          () => many({ address, port: 80 }, 16),
          (a) => !a.has("refused"),
          10,
        );
        expect(answers.size).toBe(1);
        expect([...answers][0]).toMatch(/^s[12]$/);
      });

      test("without endpoints a connection is refused at once", async () => {
        await applied(instance, [service("empty", { selector: { app: "nobody" }, ports: [{ port: 80 }] })]);
        await settles("left/lc", [{ address: await clusterIp("empty"), port: 80 }], ["refused"]);
      });

      test("headless: the name is the pods' addresses; ready ones alone", async () => {
        await applied(instance, [service("bare", { clusterIP: "None", ports: [{ port: 8080 }] })]);
        const look = async (): Promise<string[]> =>
          [
            ...(
              await instance.kubectl("-n", "left", "exec", "lc", "--", "nslookup", "bare.right.svc.cluster.local")
            ).stdout.matchAll(/^Address: (\S+)$/gm),
          ]
            .map((m) => m[1] ?? "")
            .sort();
        const both = [ip("right/s1"), ip("right/s2")].sort();
        expect(await until(look, (found) => found.join() === both.join(), 10)).toEqual(both);
        await told(instance, "-n", "right", "label", "pod", "s2", "app=off", "--overwrite");
        expect(await until(look, (found) => found.length === 1, 10)).toEqual([ip("right/s1")]);
        await told(instance, "-n", "right", "label", "pod", "s2", "app=s", "--overwrite");
      });

      test("NodePort: on the host's loopback, and not to pods", async () => {
        await applied(instance, [service("door", { type: "NodePort", ports: [{ port: 80, targetPort: 8080 }] })]);
        const port = Number(
          await told(instance, "-n", "right", "get", "svc", "door", "-o", "jsonpath={.spec.ports[0].nodePort}"),
        );
        expect(port).toBeGreaterThanOrEqual(30_000);
        const call = (): Promise<string> =>
          new Promise((resolve) => {
            const socket = connect({ host: "127.0.0.1", port, timeout: 2000 });
            socket.once("data", (data) => resolve(String(data)));
            socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
            socket.once("timeout", () => resolve("silent"));
          });
        expect(await until(call, (a) => /^s[12] /.test(a), 10)).toMatch(/^s[12] /);
      });

      test("an EndpointSlice by hand cannot lead to the node or the metadata address", async () => {
        const made = await instance.kubectlWith(
          JSON.stringify({
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            metadata: { namespace: "right", name: "evil", labels: { "kubernetes.io/service-name": "empty" } },
            addressType: "IPv4",
            ports: [{ port: 80, name: "" }],
            endpoints: [{ addresses: ["169.254.169.254"] }],
          }),
          "create",
          "-f",
          "-",
        );
        expect(made.code).not.toBe(0);
        expect(made.stderr).toContain("link-local");
      });
    });
  },
);
