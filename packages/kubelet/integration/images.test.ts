import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCriClient, registryHostsToml } from "../src/index.ts";
import { type AgentRig, isOver, isRunning, script, startAgent, waits } from "./rig/agent.ts";
import { lackingOpenssl, testAuthority } from "./rig/certificates.ts";
import { lacking } from "./rig/containerd.ts";

const parts = process.env["BULKHEAD_PARTS"] ?? "";
const why =
  lacking() ??
  lackingOpenssl() ??
  (existsSync(join(parts, "bin/docker-registry")) ? undefined : "bin/docker-registry is not among the parts");

const password = "not-a-secret";
const users = "node:$2b$04$ZWSSquqkGtjc69e.I7lOCOda3DR3BwR7NLeTYDtW1Buo9XxxBsbYm\n";

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

describe.skipIf(why !== undefined)(
  `images of a registry with TLS and credentials${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let rig: AgentRig;
    let registry: ChildProcess;
    let image: string;
    let host: string;

    beforeAll(async () => {
      const port = await freePort();
      host = `127.0.0.1:${port}`;
      rig = await startAgent({ registries: [{ registry: host, login: { username: "node", password } }] });
      const at = (name: string) => join(rig.containerd.folder, name);
      const authority = testAuthority(rig.containerd.folder);
      const { cert, key } = authority.issue("registry");
      writeFileSync(at("registry.crt"), cert);
      writeFileSync(at("registry.key"), key);
      writeFileSync(at("registry-ca.crt"), authority.ca);
      writeFileSync(at("users"), users);
      writeFileSync(
        at("registry.yml"),
        [
          "version: 0.1",
          `storage: { filesystem: { rootdirectory: "${at("blobs")}" } }`,
          `http: { addr: "${host}", tls: { certificate: "${at("registry.crt")}", key: "${at("registry.key")}" } }`,
          `auth: { htpasswd: { realm: test, path: "${at("users")}" } }`,
          "",
        ].join("\n"),
      );
      mkdirSync(join(at("hosts"), host), { recursive: true });
      writeFileSync(join(at("hosts"), host, "hosts.toml"), registryHostsToml({ host, caFile: at("registry-ca.crt") }));
      const pushHosts = at("push-hosts");
      mkdirSync(join(pushHosts, host), { recursive: true });
      writeFileSync(
        join(pushHosts, host, "hosts.toml"),
        `server = "https://${host}"\n[host."https://${host}"]\ncapabilities = ["pull", "resolve", "push"]\nca = "${at("registry-ca.crt")}"\n`,
      );
      registry = spawn(join(parts, "bin/docker-registry"), ["serve", at("registry.yml")], { stdio: "ignore" });
      const ctr = (...args: string[]) =>
        execFileSync(join(parts, "bin/ctr"), ["-a", rig.containerd.socket, "-n", "k8s.io", "image", ...args], {
          encoding: "utf8",
          stdio: "pipe",
        });
      for (let tries = 0; ; tries++) {
        try {
          ctr(
            "push",
            "--hosts-dir",
            pushHosts,
            "--user",
            `node:${password}`,
            `${host}/team/app:1`,
            rig.containerd.shell,
          );
          break;
        } catch (error) {
          if (tries > 40) throw error;
          await pause(250);
        }
      }
      const digest = /sha256:[0-9a-f]{64}/.exec(ctr("ls", `name==${rig.containerd.shell}`))?.[0];
      image = `${host}/team/app@${digest}`;
    });
    afterAll(async () => {
      registry.kill("SIGKILL");
      await rig.close();
    });

    test("are pulled by digest with the machine's credential", async () => {
      rig.pod("pulled", { containers: [{ image, ...script("exit 0") }] });
      const pod = await rig.api.until("shop", "pulled", isOver);
      expect(pod?.status?.phase).toBe("Succeeded");
      const events = rig.api.eventsOf("pulled").join("\n");
      expect(events).toContain(`Pulling: Pulling image "${image}"`);
      expect(events).toContain(`Pulled: Successfully pulled image "${image}" in`);
      await rig.gone("pulled");
    });

    test("by a Secret of the pod's too, and by no other", async () => {
      await rig.restartAgent({ registries: [] });
      const auths = { [host]: { username: "node", password } };
      const secret = (name: string, value: object) =>
        rig.api.put("secrets", {
          apiVersion: "v1",
          kind: "Secret",
          type: "kubernetes.io/dockerconfigjson",
          metadata: { name, namespace: "shop" },
          data: { ".dockerconfigjson": Buffer.from(JSON.stringify(value)).toString("base64") },
        } as never);
      secret("right", { auths });
      secret("wrong", { auths: { [host]: { username: "node", password: "guess" } } });
      const tagged = `${host}/team/app:1`;
      const draft = (name: string) => ({
        imagePullSecrets: [{ name }],
        containers: [{ image: tagged, imagePullPolicy: "Always", ...script("exit 0") }],
      });
      rig.pod("wrong", draft("wrong"));
      const refused = await rig.api.until(
        "shop",
        "wrong",
        (pod) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === "ErrImagePull",
      );
      expect(JSON.stringify(refused?.status)).not.toContain("guess");
      rig.pod("right", draft("right"));
      expect((await rig.api.until("shop", "right", isOver))?.status?.phase).toBe("Succeeded");
      await rig.gone("wrong");
      await rig.gone("right");
    });

    test("a restart needs no registry", async () => {
      const ended = new Promise((resolve) => registry.once("exit", resolve));
      registry.kill("SIGKILL");
      await ended;
      rig.pod("offline", {
        restartPolicy: "Always",
        containers: [{ image, imagePullPolicy: "Always", ...script(waits) }],
      });
      await rig.api.until("shop", "offline", isRunning);
      const cri = createCriClient({ socket: rig.containerd.socket });
      const { containers } = await cri.call("ListContainers", {
        filter: { labelSelector: { "io.kubernetes.pod.name": "offline" } },
      });
      await cri.call("StopContainer", { containerId: containers[0]?.id ?? "", timeout: 0 });
      cri.close();
      const pod = await rig.api.until(
        "shop",
        "offline",
        (each) => isRunning(each) && each?.status?.containerStatuses?.[0]?.restartCount === 1,
      );
      expect(pod?.status?.containerStatuses?.[0]?.imageID).toContain("sha256:");
      await rig.gone("offline");
    });
  },
);
