import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { pushToolImage } from "./instance/test-image.ts";
import { applied, told, toolPod } from "./instance/tool-pod.ts";

const reason = whyNot();

describe.skipIf(reason !== undefined)(
  `the machine's registry as pods see it${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let gateway: string;
    let port: number;
    let basic: string;

    beforeAll(async () => {
      instance = await startInstance();
      const image = await pushToolImage(instance);
      const read = (...path: string[]): string => readFileSync(join(instance.root, ...path), "utf8");
      const topology = JSON.parse(read("run", "topology.json")) as {
        layout: { gatewayAddress: string };
        config: { registryPort: number };
      };
      gateway = topology.layout.gatewayAddress;
      port = topology.config.registryPort;
      const { username, password } = JSON.parse(read("registry", "credentials.json")) as Record<string, string>;
      basic = Buffer.from(`${username}:${password}`).toString("base64");
      await applied(instance, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "ci" } }]);
      const pod = (name: string): object =>
        toolPod({
          namespace: "ci",
          name,
          image,
          command: ["sleep", "3600"],
          labels: { app: name },
          spec: { volumes: [{ name: "ca", configMap: { name: "kube-root-ca.crt" } }] },
          container: { volumeMounts: [{ name: "ca", mountPath: "/ca", readOnly: true }] },
        });
      await applied(instance, [pod("builder"), pod("other")]);
      await told(instance, "-n", "ci", "wait", "pod", "--all", "--for=condition=Ready", "--timeout=60s");
    });
    afterAll(async () => {
      await instance?.remove();
    });

    /** Sends one HTTP request over TLS that is verified against the cluster's authority; the first line, or `refused`. */
    async function ask(pod: string, method: string, path: string, credentials?: string): Promise<string> {
      const lines = [
        `${method} ${path} HTTP/1.1`,
        `Host: ${gateway}:${port}`,
        "Content-Length: 0",
        "Connection: close",
        ...(credentials === undefined ? [] : [`Authorization: Basic ${credentials}`]),
        "",
        "",
      ].join("\r\n");
      // socat stumbles over addresses in a certificate: whether ours is among them is looked at from the host.
      const to = `OPENSSL:${gateway}:${port},cafile=/ca/ca.crt,verify=1,commonname=localhost,connect-timeout=3`;
      const words = ["-n", "ci", "exec", "-i", pod, "--", "socat", "-4", "-t5", "-", to];
      const { stdout, stderr } = await instance.kubectlWith(lines, ...words);
      const first = stdout.split("\r\n")[0] ?? "";
      return first !== "" ? first : /refused/i.test(stderr) ? "refused" : stderr;
    }
    const why = async (pod: string, at = port) =>
      (await bulkhead("why", "traffic", `ci/${pod}`, gateway, String(at), "--root", instance.root)).code;

    test("shows a certificate of the cluster's authority that holds for the gateway's address", async () => {
      const ca = readFileSync(join(instance.root, "pki", "admin", "server-ca.crt"));
      const names = await new Promise<string | undefined>((resolve, reject) => {
        const socket = connect({ host: gateway, port, ca }, () => {
          resolve(socket.getPeerCertificate().subjectaltname);
          socket.destroy();
        });
        socket.once("error", reject);
      });
      expect(names).toContain(`IP Address:${gateway}`);
    });

    test("is refused to a pod whom no policy lets there, and told so with the command", async () => {
      expect(await ask("builder", "GET", "/v2/")).toBe("refused");
      expect(await why("builder")).toBe(1);
      const said = await until(
        () => told(instance, "-n", "ci", "get", "events", "-o=jsonpath={.items[*].message}"),
        (text) => text.includes(`${gateway} port ${port}`),
      );
      expect(said).toMatch(new RegExp(`bulkhead allow traffic \\S+ ${gateway.replaceAll(".", "\\.")} ${port}`));
    });

    test("answers whom a policy lets there, over TLS that the cluster's authority vouches for, by password only", async () => {
      await applied(instance, [
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { namespace: "ci", name: "registry" },
          spec: {
            podSelector: { matchLabels: { app: "builder" } },
            policyTypes: ["Egress"],
            egress: [{ to: [{ ipBlock: { cidr: `${gateway}/32` } }], ports: [{ port, protocol: "TCP" }] }],
          },
        },
      ]);
      await until(
        () => ask("builder", "GET", "/v2/"),
        (line) => line !== "refused",
      );
      expect(await ask("builder", "GET", "/v2/")).toBe("HTTP/1.1 401 Unauthorized");
      expect(await ask("builder", "GET", "/v2/e2e/tool/manifests/1")).toBe("HTTP/1.1 401 Unauthorized");
      expect(await ask("builder", "POST", "/v2/e2e/tool/blobs/uploads/")).toBe("HTTP/1.1 401 Unauthorized");
      const wrong = Buffer.from("bulkhead:wrong").toString("base64");
      expect(await ask("builder", "POST", "/v2/e2e/tool/blobs/uploads/", wrong)).toBe("HTTP/1.1 401 Unauthorized");
      expect(await ask("builder", "GET", "/v2/", basic)).toBe("HTTP/1.1 200 OK");
      expect(await ask("builder", "POST", "/v2/e2e/tool/blobs/uploads/", basic)).toBe("HTTP/1.1 202 Accepted");
      expect([await why("builder"), await why("builder", 22)]).toEqual([0, 1]);
      expect([await ask("other", "GET", "/v2/"), await why("other")]).toEqual(["refused", 1]);
    });
  },
);
