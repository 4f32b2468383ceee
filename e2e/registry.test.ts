import { existsSync, readFileSync } from "node:fs";
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
    let image: string;
    let gateway: string;
    let api: string;
    let port: number;

    beforeAll(async () => {
      instance = await startInstance();
      image = await pushToolImage(instance);
      const topology = JSON.parse(readFileSync(join(instance.root, "run", "topology.json"), "utf8")) as {
        layout: { gatewayAddress: string; apiAddress: string };
        config: { registryPort: number };
      };
      gateway = topology.layout.gatewayAddress;
      api = topology.layout.apiAddress;
      port = topology.config.registryPort;
      const named = (kind: string, name: string, namespace?: string) => ({
        apiVersion: "v1",
        kind,
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      });
      await applied(instance, [
        ...["ci", "other", "e2e"].map((name) => named("Namespace", name)),
        ...["builder", "reader"].map((name) => named("ServiceAccount", name, "ci")),
      ]);
      const bind = (namespace: string, role: string, account: string) =>
        told(
          instance,
          "-n",
          namespace,
          "create",
          "rolebinding",
          `${account}-${role}`,
          `--clusterrole=${role}`,
          `--serviceaccount=ci:${account}`,
        );
      await bind("ci", "registry-pusher", "builder");
      await bind("ci", "registry-puller", "reader");
      await bind("e2e", "registry-puller", "reader");
      const pod = (name: string, spec: object): object =>
        toolPod({
          namespace: "ci",
          name,
          image,
          command: ["sleep", "3600"],
          labels: { app: name },
          spec: { volumes: [{ name: "ca", configMap: { name: "kube-root-ca.crt" } }], ...spec },
          container: { volumeMounts: [{ name: "ca", mountPath: "/ca", readOnly: true }] },
        });
      await applied(instance, [
        pod("builder", { serviceAccountName: "builder", automountServiceAccountToken: true }),
        pod("other", {}),
      ]);
      await told(instance, "-n", "ci", "wait", "pod", "--all", "--for=condition=Ready", "--timeout=60s");
    });
    afterAll(async () => {
      await instance?.remove();
    });

    /** Sends one HTTP request over TLS that is verified against the cluster's authority; the answer, or `refused`. */
    async function send(
      pod: string,
      address: string,
      at: number,
      line: string,
      authorization?: string,
    ): Promise<string> {
      const lines = [
        `${line} HTTP/1.1`,
        `Host: ${address}:${at}`,
        "Content-Length: 0",
        "Connection: close",
        ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
        "",
        "",
      ].join("\r\n");
      // socat stumbles over addresses in a certificate: whether ours is among them is looked at from the host.
      // A server may drop the request of a client that shuts its half of the connection: this one shuts none.
      const to = `OPENSSL:${address}:${at},cafile=/ca/ca.crt,verify=1,commonname=localhost,connect-timeout=3,shut-none`;
      const words = ["-n", "ci", "exec", "-i", pod, "--", "socat", "-4", "-t20", "-", to];
      const { stdout, stderr } = await instance.kubectlWith(lines, ...words);
      return stdout !== "" ? stdout : /refused/i.test(stderr) ? "refused" : stderr;
    }
    /** Asks the registry from inside a pod; the first line of its answer, or `refused`. */
    const ask = async (pod: string, method: string, path: string, token?: string): Promise<string> =>
      (await send(pod, gateway, port, `${method} ${path}`, token === undefined ? undefined : `Bearer ${token}`)).split(
        "\r\n",
      )[0] ?? "";
    /** A token for the registry, asked for from inside the pod where the registry says, with an account's token as password. */
    async function tokenOf(account: string, scope: string): Promise<string> {
      const password = await told(instance, "-n", "ci", "create", "token", account);
      const basic = `Basic ${Buffer.from(`anyone:${password}`).toString("base64")}`;
      const answer = await send("builder", api, 443, `GET /registry/token?scope=${encodeURIComponent(scope)}`, basic);
      const body = /\{.*\}/s.exec(answer)?.[0];
      if (body === undefined) throw new Error(`the token service answered ${answer}`);
      return (JSON.parse(body) as { token: string }).token;
    }
    interface Recorded {
      readonly event: {
        readonly verb: string;
        readonly user: { readonly username: string };
        readonly objectRef: { readonly namespace?: string; readonly name?: string; readonly subresource?: string };
        readonly annotations: Readonly<Record<string, string>>;
      };
    }
    /** What the audit log has of repositories, once it has something that fits. */
    async function recorded(fits: (event: Recorded["event"]) => boolean): Promise<Recorded["event"] | undefined> {
      const found = await until(
        async () => {
          const words = ["audit", "search", "--resource", "repositories", "-o", "json", "--root", instance.root];
          const { stdout } = await bulkhead(...words);
          return stdout
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => (JSON.parse(line) as Recorded).event)
            .find(fits);
        },
        (event) => event !== undefined,
        20,
      );
      return found;
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

    test("answers whom a policy lets there, over TLS that the cluster's authority vouches for, by token only", async () => {
      const to = (address: string, at: number): object => ({
        to: [{ ipBlock: { cidr: `${address}/32` } }],
        ports: [{ port: at, protocol: "TCP" }],
      });
      await applied(instance, [
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { namespace: "ci", name: "registry" },
          spec: {
            podSelector: { matchLabels: { app: "builder" } },
            policyTypes: ["Egress"],
            egress: [to(gateway, port), to(api, 443)],
          },
        },
      ]);
      await until(
        () => ask("builder", "GET", "/v2/"),
        (line) => line !== "refused",
      );
      expect(await ask("builder", "GET", "/v2/")).toBe("HTTP/1.1 401 Unauthorized");
      expect(await send("builder", gateway, port, "GET /v2/e2e/tool/manifests/1")).toMatch(
        new RegExp(`^Www-Authenticate: Bearer realm="https://${api}/registry/token",.*repository:e2e/tool:pull`, "im"),
      );
      expect(await ask("builder", "POST", "/v2/ci/app/blobs/uploads/")).toBe("HTTP/1.1 401 Unauthorized");
      expect(await ask("builder", "POST", "/v2/ci/app/blobs/uploads/", "wrong")).toBe("HTTP/1.1 401 Unauthorized");
      expect([await why("builder"), await why("builder", 22)]).toEqual([0, 1]);
      expect([await ask("other", "GET", "/v2/"), await why("other")]).toEqual(["refused", 1]);
    });

    test("takes a push to the repositories that the account's role is bound to, and to no other's", async () => {
      const scope = "repository:ci/app:pull,push repository:other/app:pull,push repository:app:push";
      const token = await tokenOf("builder", scope);
      expect(await ask("builder", "POST", "/v2/ci/app/blobs/uploads/", token)).toBe("HTTP/1.1 202 Accepted");
      expect(await ask("builder", "POST", "/v2/other/app/blobs/uploads/", token)).toBe("HTTP/1.1 401 Unauthorized");
      expect(await ask("builder", "POST", "/v2/app/blobs/uploads/", token)).toBe("HTTP/1.1 401 Unauthorized");
      const reads = await tokenOf("reader", "repository:e2e/tool:pull,push");
      expect(await ask("builder", "GET", "/v2/e2e/tool/tags/list", reads)).toBe("HTTP/1.1 200 OK");
      expect(await ask("builder", "POST", "/v2/e2e/tool/blobs/uploads/", reads)).toBe("HTTP/1.1 401 Unauthorized");
      const may = async (account: string, verb: string, what: string, namespace: string) =>
        (
          await bulkhead(
            "why",
            "access",
            verb,
            `repositories.registry.security.bulkhead.dev/${what}`,
            "-n",
            namespace,
            "--as",
            `system:serviceaccount:ci:${account}`,
            "--root",
            instance.root,
          )
        ).code;
      expect([
        await may("builder", "push", "app", "ci"),
        await may("builder", "push", "team/app", "ci"),
        await may("builder", "push", "app", "other"),
        await may("reader", "push", "tool", "e2e"),
        await may("reader", "pull", "tool", "e2e"),
      ]).toEqual([0, 0, 1, 1, 0]);
    });

    test("who pushed what, and that the node pulled it, stands in the audit log", async () => {
      expect(await recorded(({ verb }) => verb === "push")).toMatchObject({
        user: { username: "kubernetes-admin" },
        objectRef: { namespace: "e2e", name: "tool" },
        annotations: {
          "registry.security.bulkhead.dev/tag": "1",
          "registry.security.bulkhead.dev/digest": expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        },
      });
      expect(await recorded(({ user }) => user.username.startsWith("system:node:"))).toMatchObject({
        objectRef: { namespace: "e2e", name: "tool", subresource: "token" },
        annotations: { "registry.security.bulkhead.dev/granted": "repository:e2e/tool:pull" },
      });
      const refused = await recorded(
        ({ user, annotations }) =>
          user.username === "system:serviceaccount:ci:reader" &&
          annotations["registry.security.bulkhead.dev/asked"] === "repository:e2e/tool:pull,push",
      );
      expect(refused?.annotations["registry.security.bulkhead.dev/granted"]).toBe("repository:e2e/tool:pull");
    });

    test("a pod's pull secret asks in the account's name, beside the node's own certificate", async () => {
      const password = await told(instance, "-n", "ci", "create", "token", "reader");
      await told(
        instance,
        "-n",
        "ci",
        "create",
        "secret",
        "docker-registry",
        "pull",
        `--docker-server=127.0.0.1:${port}`,
        "--docker-username=x",
        `--docker-password=${password}`,
      );
      // A reference that the node has not: what it has by digest it does not pull.
      const copy = await pushToolImage(instance, "ci/copy");
      const spec = { imagePullSecrets: [{ name: "pull" }] };
      await applied(instance, [
        toolPod({ namespace: "ci", name: "secretive", image: copy, command: ["sleep", "3600"], spec }),
      ]);
      await told(instance, "-n", "ci", "wait", "pod/secretive", "--for=condition=Ready", "--timeout=60s");
      expect(
        await recorded(
          ({ user, objectRef }) => user.username === "system:serviceaccount:ci:reader" && objectRef.name === "copy",
        ),
      ).toMatchObject({ annotations: { "registry.security.bulkhead.dev/granted": "repository:ci/copy:pull" } });
    });

    test("no password of earlier versions lies anywhere", () => {
      for (const path of ["registry/credentials.json", "registry/htpasswd", "pki/apiserver/registry-credentials.json"])
        expect(existsSync(join(instance.root, path)), path).toBe(false);
    });
  },
);
