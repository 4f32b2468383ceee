import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRegistryClient, packLayer, type RegistryClient, sha256 } from "@bulkhead/images";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { adminToken, toolImage } from "./instance/test-image.ts";
import { applied, told, toolPodSpec } from "./instance/tool-pod.ts";
import { keptVisit, visitors } from "./instance/visitors.ts";

const reason = whyNot();
const manifests = fileURLToPath(new URL("../examples/shop/manifests", import.meta.url));

interface ImageConfig {
  readonly config: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history?: readonly object[];
}

/** Serves a page, and goes on for a while when it is told to end: traffic follows the Service a moment later. */
const serving =
  'trap "sleep 3; kill $server; exit" TERM; [ -n "$BROKEN" ] && while :; do sleep 1; done; httpd -f -p 8080 -h /www & server=$!; while :; do wait; done';

/** The page, and a distribution that has libc6 in this version: what changes from image to image is small, and read fast. */
const webLayer = (libc: string): ReturnType<typeof packLayer> => {
  const file = (path: string, text: string) => ({
    type: "file" as const,
    path,
    content: Buffer.from(text),
    mode: 0o644,
  });
  return packLayer([
    file("etc/os-release", 'ID=debian\nVERSION_CODENAME=forky\nPRETTY_NAME="Debian forky"\n'),
    file("var/lib/dpkg/status.d/libc6", `Package: libc6\nSource: glibc\nVersion: ${libc}\nArchitecture: amd64\n`),
    file("www/index.html", "Brass lantern\n"),
  ]);
};

/** Asks again and again on a few connections; what is not answered as it should be is counted. */
const load = (address: string) =>
  visitors(keptVisit(address, (text, code) => (text.includes("Brass lantern") ? undefined : `answered ${code}`)));

describe.skipIf(reason !== undefined)(
  `updates of a running shop${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let registry: RegistryClient;
    let address: string;

    beforeAll(async () => {
      instance = await startInstance();
      const host = `127.0.0.1:${instance.port + 2}`;
      const ca = await readFile(join(instance.root, "pki", "registry", "server-ca.crt"), "utf8");
      registry = createRegistryClient({ host, ca, tokenFor: adminToken(instance) });
      await registry.push("shop/web", "0", await toolImage());
      await release("1", {}, await webLayer("2.41-1"), "0");
      const labels = { app: "web" };
      const pod = {
        image: `${host}/shop/web:1`,
        command: ["sh", "-c", serving],
        ports: [{ name: "http", containerPort: 8080 }],
        grace: 30,
        container: { name: "web", readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } },
      };
      await told(instance, "create", "namespace", "shop");
      await applied(instance, [
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { name: "web", namespace: "shop" },
          spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 8080 }] }] },
        },
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web", namespace: "shop", labels },
          spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: toolPodSpec(pod) },
          },
        },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "web", namespace: "shop" },
          spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
        },
      ]);
      await told(instance, "-n", "shop", "rollout", "status", "deployment/web", "--timeout=120s");
      address = `http://${await told(instance, "-n", "shop", "get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")}`;
      await applied(instance, [
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "UpdatePolicy",
          metadata: { name: "web", namespace: "shop" },
          spec: {
            images: [`${host}/shop/web`],
            tags: { prefix: "", order: "Numeric" },
            cooldown: "1s",
            soak: "4s",
            unknown: "Allow",
          },
        },
      ]);
    });
    afterAll(async () => {
      await instance?.remove();
    });

    /** The shop's web under another tag, with something of its configuration changed; gives its digest. */
    async function release(
      tag: string,
      change: Readonly<Record<string, unknown>>,
      layer?: Awaited<ReturnType<typeof packLayer>>,
      base = "1",
    ): Promise<string> {
      const { bytes, mediaType } = await registry.resolve("shop/web", base);
      const manifest = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
        config: { digest: string; mediaType: string };
        layers: readonly object[];
      };
      const config = JSON.parse(
        Buffer.from(await registry.blob("shop/web", manifest.config.digest, 1 << 20)).toString("utf8"),
      ) as ImageConfig;
      const more = layer === undefined ? [] : [layer];
      const rootfs = { ...config.rootfs, diff_ids: [...config.rootfs.diff_ids, ...more.map(({ diffId }) => diffId)] };
      // Each layer has its line.
      const history = [...(config.history ?? []), ...more.map(() => ({ created_by: "a fixed package" }))];
      const said = config.history === undefined ? {} : { history };
      const changed = Buffer.from(
        JSON.stringify({ ...config, ...said, rootfs, config: { ...config.config, ...change } }),
      );
      const blob = { mediaType: manifest.config.mediaType, digest: sha256(changed), bytes: changed };
      const next = {
        ...manifest,
        config: { mediaType: blob.mediaType, digest: blob.digest, size: changed.length },
        layers: [
          ...manifest.layers,
          ...more.map(({ mediaType: type, digest, bytes: own }) => ({ mediaType: type, digest, size: own.length })),
        ],
      };
      const whole = Buffer.from(JSON.stringify(next));
      return registry.push("shop/web", tag, {
        manifest: { mediaType, digest: sha256(whole), bytes: whole },
        blobs: [blob, ...more],
      });
    }

    /** Changes the spec of web's Deployment or UpdatePolicy. */
    async function patched(kind: "deployment" | "updatepolicy", spec: object): Promise<void> {
      const patch = JSON.stringify({ spec });
      await told(instance, "-n", "shop", "patch", kind, "web", "--type", "merge", "-p", patch);
    }
    const setApproval = (approval: "Required" | "Automatic"): Promise<void> => patched("updatepolicy", { approval });

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
      readonly records: readonly {
        readonly outcome: string;
        readonly to: string;
        readonly message: string;
        readonly security?: boolean;
        readonly summary?: string;
      }[];
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
      const digest = await release("2", { Env: ["PATH=/usr/bin", "RELEASE=2"] });
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
      await patched("deployment", { progressDeadlineSeconds: 10 });
      const digest = await release("3", { Env: ["PATH=/usr/bin", "BROKEN=yes"] });
      await plan("--check");
      const { records, bad } = await ended(2);
      expect(records[0]).toMatchObject({
        outcome: "RolledBack",
        message: expect.stringContaining("no new pod was ready"),
      });
      expect(bad).toMatchObject([{ digest, reason: expect.stringContaining("no new pod was ready") }]);
      await patched("deployment", { progressDeadlineSeconds: 600 });
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
      await release("4", { Env: ["PATH=/usr/bin", "RELEASE=4"] });
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

    test("what is to be replaced gets the image that mends it at once, outside the window, and no request is lost", async () => {
      // Any day but today and its neighbours.
      const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][(new Date().getUTCDay() + 3) % 7];
      await patched("updatepolicy", {
        approval: "Automatic",
        windows: [{ days: [day], from: "09:00", to: "16:00", timeZone: "UTC" }],
      });
      await patched("deployment", { replicas: 2 });
      await told(instance, "-n", "shop", "rollout", "status", "deployment/web", "--timeout=60s");
      const digest = await release("5", { Env: ["PATH=/usr/bin", "RELEASE=5"] }, await webLayer("99:1"));
      const waiting = await until(
        () => plan("--check"),
        (one) => one?.reason === "OutsideWindow",
        30,
      );
      expect(waiting).toMatchObject({ reason: "OutsideWindow", candidate: { tag: "5" } });

      const past = ((await asked("history", "web")) as History).records.length;
      const stop = load(address);
      const folder = await mkdtemp(join(tmpdir(), "bulkhead-updates-"));
      try {
        const release99 = {
          status: "resolved",
          repositories: { forky: "99:1" },
          fixed_version: "99:1",
          urgency: "high",
        };
        const tracker = {
          glibc: { "CVE-2099-1234": { description: "made up", releases: { forky: release99, sid: release99 } } },
        };
        await writeFile(join(folder, "tracker.json"), JSON.stringify(tracker));
        const imported = await bulkhead("advisories", "import", folder, "--root", instance.root);
        expect(imported).toMatchObject({ code: 0 });
      } finally {
        await rm(folder, { recursive: true });
      }
      await applied(instance, [
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "ImageTrustPolicy",
          metadata: { name: "mended" },
          spec: {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
            allow: [{ registry: "*", repositories: ["shop/*"] }],
            vulnerabilities: { highest: "Low" },
            runningPods: "Replace",
          },
        },
      ]);
      const wanted = `jsonpath={.items[*].status.conditions[?(@.type=="security.bulkhead.dev/ReplacementWanted")].status}`;
      const replacement = (): Promise<string> =>
        told(instance, "-n", "shop", "get", "pods", "-l", "app=web", "-o", wanted);
      expect(await until(replacement, (all) => all.includes("True"), 120)).toMatch(/^True( True)?$/);
      const { records } = await ended(past + 1);
      expect(records[0]).toMatchObject({
        outcome: "Finished",
        to: expect.stringContaining(`shop/web:5@${digest}`),
        security: true,
        summary: expect.stringContaining("CVE-2099-1234"),
      });
      await until(running, (images) => images.split(" ").length === 2, 40);
      for (const image of (await running()).split(" ")) expect(image).toContain(digest);
      // What replaced them is in policy, and scanned before it started.
      expect(await replacement()).not.toContain("True");
      const { answered, lost } = await stop();
      expect(lost).toEqual([]);
      expect(answered).toBeGreaterThan(100);
      await patched("deployment", { replicas: 1 });
      await until(running, (images) => images.split(" ").length === 1, 40);
      await patched("updatepolicy", { windows: null });
      await told(instance, "delete", "imagetrustpolicy", "mended");
    });

    test("what Helm owns is offered as a patch to its manifests, and not touched", async () => {
      await told(instance, "-n", "shop", "label", "deployment", "web", "app.kubernetes.io/managed-by=Helm");
      await setApproval("Automatic");
      const before = await running();
      // No worse than what runs by now.
      const digest = await release("6", { Env: ["PATH=/usr/bin", "RELEASE=6"] }, await webLayer("99:1"));
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
      expect(patch.stdout).toMatch(new RegExp(`\\+ {10}image: 127\\.0\\.0\\.1:\\d+/shop/web:6@${digest}\\n`));
      expect(await running()).toBe(before);
    });
  },
);
