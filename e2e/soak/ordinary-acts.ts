import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createRegistryClient, sha256 } from "@bulkhead/images";
import { bulkhead, type TestInstance } from "../instance/instance.ts";
import { adminToken } from "../instance/test-image.ts";
import { told } from "../instance/tool-pod.ts";
import { namespaces } from "./residents.ts";

/** Something that people do with a cluster any day. Rejects where it did not work: then nothing was tried. */
export interface Act {
  readonly name: string;
  run(): Promise<unknown>;
}

const { api } = namespaces;

/** Pushes the shop's web under another tag, with another label in its configuration: a release like any other. */
async function release(instance: TestInstance, tag: string): Promise<string> {
  const host = `127.0.0.1:${instance.port + 2}`;
  const ca = await readFile(join(instance.root, "pki", "registry", "server-ca.crt"), "utf8");
  const registry = createRegistryClient({ host, ca, tokenFor: adminToken(instance) });
  const { bytes, mediaType } = await registry.resolve("shop/web", "1");
  const manifest = JSON.parse(Buffer.from(bytes).toString("utf8")) as { config: { digest: string; mediaType: string } };
  const before = await registry.blob("shop/web", manifest.config.digest, 1 << 20);
  const config = JSON.parse(Buffer.from(before).toString("utf8")) as { readonly config: object };
  const changed = Buffer.from(JSON.stringify({ ...config, config: { ...config.config, Labels: { release: tag } } }));
  const blob = { mediaType: manifest.config.mediaType, digest: sha256(changed), bytes: changed };
  const next = { ...manifest, config: { mediaType: blob.mediaType, digest: blob.digest, size: changed.length } };
  const whole = Buffer.from(JSON.stringify(next));
  await registry.push("shop/web", tag, { manifest: { mediaType, digest: sha256(whole), bytes: whole }, blobs: [blob] });
  return `${host}/shop/web:${tag}`;
}

export function ordinaryActs(instance: TestInstance): readonly Act[] {
  const kubectl = (...words: string[]): Promise<string> => told(instance, ...words);
  const settled = (namespace: string, name: string): Promise<string> =>
    kubectl("-n", namespace, "rollout", "status", `deployment/${name}`, "--timeout=120s");
  const restart = async (namespace: string, name: string): Promise<void> => {
    await kubectl("-n", namespace, "rollout", "restart", `deployment/${name}`);
    await settled(namespace, name);
  };
  const firstPod = (namespace: string, app: string): Promise<string> =>
    kubectl("-n", namespace, "get", "pods", "-l", `app=${app}`, "-o", "jsonpath={.items[0].metadata.name}");
  const node = (namespace: string, target: string, script: string): Promise<string> =>
    kubectl("-n", namespace, "exec", target, "--", "/usr/bin/node", "-e", script);
  let turn = 1;
  return [
    { name: "rollout of web", run: () => restart("shop", "web") },
    { name: "rollout of a client of the API", run: () => restart(api, "asks") },
    { name: "rollout of a client in the host's network", run: () => restart(namespaces.host, "asks") },
    {
      name: "scale up and down",
      run: async () => {
        for (const count of [3, 1]) {
          await kubectl("-n", "shop", "scale", "deployment/api", `--replicas=${count}`);
          await settled("shop", "api");
        }
      },
    },
    {
      name: "an administrator in three containers",
      run: async () => {
        await node("shop", "deployment/web", 'console.log(require("node:os").hostname())');
        await node("shop", "deployment/api", "setTimeout(() => 0, 12000)");
        await kubectl(
          "-n",
          api,
          "exec",
          "deployment/probed",
          "--",
          "/usr/bin/sh",
          "-c",
          "id; ls /etc; cat /etc/passwd",
        );
      },
    },
    { name: "logs", run: () => kubectl("-n", api, "logs", "deployment/chatters", "--tail=5") },
    {
      name: "a container that ends is started again",
      run: async () => {
        await node("shop", "deployment/web", 'process.kill(1, "SIGTERM")');
        await kubectl("-n", "shop", "wait", "deployment/web", "--for=condition=Available", "--timeout=60s");
      },
    },
    {
      name: "an update to a new image",
      run: async () => {
        await kubectl("-n", "shop", "set", "image", "deployment/web", `*=${await release(instance, String(++turn))}`);
        await settled("shop", "web");
      },
    },
    {
      name: "a new version that asks for more",
      run: async () => {
        await kubectl("-n", api, "set", "env", "deployment/asks", `MODE=${turn % 2 === 0 ? 2 : 1}`);
        await settled(api, "asks");
      },
    },
    {
      name: "a pod deleted, and one by force while it asks",
      run: async () => {
        await kubectl("-n", api, "delete", "pod", await firstPod(api, "asks"));
        await settled(api, "asks");
        await kubectl("-n", api, "delete", "pod", await firstPod(api, "asks"), "--force", "--grace-period=0");
        await settled(api, "asks");
      },
    },
    {
      name: "a pod that does one thing and ends",
      run: async () => {
        const image = await kubectl(
          "-n",
          api,
          "get",
          "deployment",
          "asks",
          "-o",
          "jsonpath={.spec.template.spec.containers[0].image}",
        );
        const spec = await kubectl(
          "-n",
          api,
          "get",
          "deployment",
          "chatters",
          "-o",
          "jsonpath={.spec.template.spec.containers[0].securityContext}",
        );
        const once = {
          spec: {
            automountServiceAccountToken: false,
            containers: [
              {
                name: "once",
                image,
                command: ["/usr/bin/node", "-e", "0"],
                securityContext: JSON.parse(spec) as object,
              },
            ],
          },
        };
        await kubectl(
          "-n",
          api,
          "run",
          "once",
          `--image=${image}`,
          "--restart=Never",
          `--overrides=${JSON.stringify(once)}`,
        );
        await kubectl("-n", api, "wait", "pod/once", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s");
        await kubectl("-n", api, "delete", "pod", "once");
      },
    },
    {
      name: "down and up again under running pods",
      run: async () => {
        for (const words of [["down"], ["up", "--detach", "--port", String(instance.port)]]) {
          const ran = await bulkhead(...words, "--root", instance.root);
          if (ran.code !== 0) throw new Error(`${words[0]}: ${ran.stderr}`);
        }
        await kubectl("wait", "nodes", "--all", "--for=condition=Ready", "--timeout=60s");
      },
    },
  ];
}
