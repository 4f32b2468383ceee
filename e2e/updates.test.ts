import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRegistryClient, type RegistryClient, sha256 } from "@bulkhead/images";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { adminToken } from "./instance/test-image.ts";
import { applied, told } from "./instance/tool-pod.ts";

const reason = whyNot();
const manifests = fileURLToPath(new URL("../examples/shop/manifests", import.meta.url));

interface ImageConfig {
  readonly config: Readonly<Record<string, unknown>>;
}

/** Asks again and again on a few connections; what is not answered as it should be is counted. */
function load(address: string): () => Promise<{ readonly answered: number; readonly lost: readonly string[] }> {
  let going = true;
  let answered = 0;
  const lost: string[] = [];
  const one = async (): Promise<void> => {
    while (going) {
      try {
        const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) });
        if ((await answer.text()).includes("Brass lantern")) answered++;
        else lost.push(`answered ${answer.status}`);
      } catch (error) {
        lost.push(error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const all = Promise.all([one(), one(), one(), one()]);
  return async () => {
    going = false;
    await all;
    return { answered, lost };
  };
}

describe.skipIf(reason !== undefined)(
  `updates of a running shop${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let registry: RegistryClient;
    let address: string;

    beforeAll(async () => {
      instance = await startInstance();
      const demo = await bulkhead("demo", "--root", instance.root, "--port", String(instance.port));
      expect(demo.code).toBe(0);
      address = `http://${await told(instance, "-n", "shop", "get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")}`;
      const host = `127.0.0.1:${instance.port + 2}`;
      const ca = await readFile(join(instance.root, "pki", "registry", "server-ca.crt"), "utf8");
      registry = createRegistryClient({ host, ca, tokenFor: adminToken(instance) });
      await told(instance, "-n", "shop", "patch", "deployment", "web", "-p", '{"spec":{"progressDeadlineSeconds":20}}');
      await applied(instance, [
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "UpdatePolicy",
          metadata: { name: "web", namespace: "shop" },
          spec: {
            images: [`${host}/shop/web`],
            tags: { prefix: "", order: "Numeric" },
            cooldown: "1s",
            soak: "10s",
            unknown: "Allow",
          },
        },
      ]);
    });
    afterAll(async () => {
      await instance?.remove();
    });

    /** The shop's web under another tag, with something of its configuration changed; gives its digest. */
    async function release(tag: string, change: Readonly<Record<string, unknown>>): Promise<string> {
      const { bytes, mediaType } = await registry.resolve("shop/web", "1");
      const manifest = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
        config: { digest: string; mediaType: string };
      };
      const config = JSON.parse(
        Buffer.from(await registry.blob("shop/web", manifest.config.digest, 1 << 20)).toString("utf8"),
      ) as ImageConfig;
      const changed = Buffer.from(JSON.stringify({ ...config, config: { ...config.config, ...change } }));
      const blob = { mediaType: manifest.config.mediaType, digest: sha256(changed), bytes: changed };
      const next = { ...manifest, config: { mediaType: blob.mediaType, digest: blob.digest, size: changed.length } };
      const whole = Buffer.from(JSON.stringify(next));
      return registry.push("shop/web", tag, {
        manifest: { mediaType, digest: sha256(whole), bytes: whole },
        blobs: [blob],
      });
    }

    async function setApproval(approval: "Required" | "Automatic"): Promise<void> {
      const patch = JSON.stringify({ spec: { approval } });
      await told(instance, "-n", "shop", "patch", "updatepolicy", "web", "--type", "merge", "-p", patch);
    }

    const asked = async (...words: string[]): Promise<unknown> => {
      const ran = await bulkhead("update", ...words, "-n", "shop", "--root", instance.root, "-o", "json");
      expect(ran.stderr).toBe("");
      return JSON.parse(ran.stdout);
    };
    interface Plan {
      readonly updates: readonly {
        readonly workload: string;
        readonly reason: string;
        readonly candidate?: { tag: string };
      }[];
    }
    interface History {
      readonly records: readonly { readonly outcome: string; readonly to: string; readonly message: string }[];
      readonly bad: readonly { readonly digest: string; readonly reason: string }[];
    }
    const plan = async (...words: string[]): Promise<Plan["updates"][number] | undefined> =>
      ((await asked("plan", ...words)) as Plan).updates.find(({ workload }) => workload === "Deployment/web");
    const ended = async (count: number): Promise<History> =>
      until(
        async () => (await asked("history", "web")) as History,
        ({ records }) => records.length >= count,
        120,
      );
    const running = (): Promise<string> =>
      told(
        instance,
        "-n",
        "shop",
        "get",
        "pods",
        "-l",
        "app=web",
        "-o",
        "jsonpath={.items[*].spec.containers[0].image}",
      );

    test("a new tag goes out under load, and no request is lost", async () => {
      const stop = load(address);
      const digest = await release("2", { Env: ["PATH=/usr/bin", "NODE_ENV=production", "RELEASE=2"] });
      expect(await plan("--check")).toMatchObject({ candidate: { tag: "2" } });
      const { records, bad } = await ended(1);
      expect(records[0]).toMatchObject({ outcome: "Finished", to: expect.stringContaining(`shop/web:2@${digest}`) });
      expect(bad).toEqual([]);
      await until(running, (images) => images.split(" ").length === 1, 40);
      expect(await running()).toContain(digest);
      const { answered, lost } = await stop();
      expect(lost).toEqual([]);
      expect(answered).toBeGreaterThan(100);
    });

    test("one that never gets ready is taken back, no request is lost, and it is remembered with its reason", async () => {
      const stop = load(address);
      const before = await running();
      const digest = await release("3", { Entrypoint: ["/usr/bin/node", "-e", "setInterval(() => {}, 1000)"] });
      await plan("--check");
      const { records, bad } = await ended(2);
      expect(records[0]).toMatchObject({
        outcome: "RolledBack",
        message: expect.stringContaining("no new pod was ready"),
      });
      expect(bad).toMatchObject([{ digest, reason: expect.stringContaining("no new pod was ready") }]);
      expect(await until(running, (images) => images === before, 40)).toBe(before);
      expect(
        (
          await until(
            () => plan("--check"),
            (one) => one?.reason !== "RollingOut",
            20,
          )
        )?.reason,
      ).toBe("KnownBad");
      const { lost } = await stop();
      expect(lost).toEqual([]);
      const events = await told(instance, "-n", "shop", "get", "events", "-o", "jsonpath={.items[*].reason}");
      for (const one of ["ImageUpdateStarted", "ImageUpdateFinished", "ImageUpdateFailed", "ImageUpdateRolledBack"])
        expect(events).toContain(one);
    });

    test("where a person is to be asked, nothing goes out before the yes", async () => {
      await setApproval("Required");
      await release("4", { Env: ["PATH=/usr/bin", "NODE_ENV=production", "RELEASE=4"] });
      const waiting = await until(
        () => plan("--check"),
        (one) => one?.reason === "ApprovalWanted",
        30,
      );
      expect(waiting).toMatchObject({ reason: "ApprovalWanted", candidate: { tag: "4" } });
      expect((await bulkhead("update", "apply", "web", "-n", "shop", "--root", instance.root)).code).toBe(0);
      expect((await ended(3)).records[0]).toMatchObject({
        outcome: "Finished",
        to: expect.stringContaining("shop/web:4@"),
      });
      expect((await bulkhead("update", "apply", "web", "-n", "shop", "--root", instance.root)).code).toBe(1);
    });

    test("what Helm owns is offered as a patch to its manifests, and not touched", async () => {
      await told(instance, "-n", "shop", "label", "deployment", "web", "app.kubernetes.io/managed-by=Helm");
      await setApproval("Automatic");
      const before = await running();
      const digest = await release("5", { Env: ["PATH=/usr/bin", "NODE_ENV=production", "RELEASE=5"] });
      expect(
        (
          await until(
            () => plan("--check"),
            (one) => one?.reason === "OwnedByOther",
            30,
          )
        )?.reason,
      ).toBe("OwnedByOther");
      const patch = await bulkhead(
        "update",
        "plan",
        "-n",
        "shop",
        "--root",
        instance.root,
        "-o",
        "git-patch",
        "--from",
        manifests,
      );
      expect(patch.code).toBe(0);
      expect(patch.stdout).toContain("-          image: REGISTRY/shop/web:1\n");
      expect(patch.stdout).toMatch(new RegExp(`\\+ {10}image: 127\\.0\\.0\\.1:\\d+/shop/web:5@${digest}\\n`));
      expect(await running()).toBe(before);
    });
  },
);
