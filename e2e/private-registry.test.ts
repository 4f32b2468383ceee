import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, freePorts, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import {
  lackingRegistry,
  login,
  makePrivateAuthority,
  type OtherRegistry,
  startDoor,
  startOtherRegistry,
} from "./instance/other-registry.ts";
import { toolImage } from "./instance/test-image.ts";
import { applied, told, toolPod, toolPodSpec } from "./instance/tool-pod.ts";

const reason = whyNot() ?? lackingRegistry();

describe.skipIf(reason !== undefined)(
  `private registries${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let folder: string;
    let ca: string;
    let origin: OtherRegistry;
    /** A mirror's registry, and what one comes to it by. */
    let mirror: OtherRegistry;
    let door: Awaited<ReturnType<typeof startDoor>>;
    let plain: OtherRegistry;
    let digest: string;

    const registry = (...words: string[]) => bulkhead("registry", ...words, "--root", instance.root);

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "bulkhead-registries-"));
      ca = makePrivateAuthority(folder);
      const port = await freePorts();
      origin = await startOtherRegistry(folder, port, { tls: true, auth: true });
      const behind = await freePorts();
      mirror = await startOtherRegistry(folder, behind, { tls: false, auth: false });
      door = await startDoor(folder, port + 1, behind);
      plain = await startOtherRegistry(folder, port + 2, { tls: false, auth: true });
      await origin.push("shop/web", "1", await toolImage());
      // Other bytes: what a node has by digest it does not pull.
      await mirror.push("shop/api", "1", await toolImage("mirrored"));
      digest = await plain.push("shop/job", "1", await toolImage("plain"));
      instance = await startInstance("--trust", origin.host, "--trust", plain.host);
      for (const namespace of ["shop", "bank"]) await told(instance, "create", "namespace", namespace);
    });
    afterAll(async () => {
      await instance?.remove();
      for (const one of [origin, door, mirror, plain]) await one?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    async function deploy(namespace: string, name: string, image: string, secrets: readonly string[]): Promise<void> {
      const imagePullSecrets = secrets.map((one) => ({ name: one }));
      await applied(instance, [
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { namespace, name },
          spec: {
            selector: { matchLabels: { app: name } },
            template: {
              metadata: { labels: { app: name } },
              spec: toolPodSpec({ image, command: ["sleep", "3600"], spec: { imagePullSecrets } }),
            },
          },
        },
      ]);
    }
    const rolledOut = (namespace: string, name: string) =>
      told(instance, "-n", namespace, "rollout", "status", `deployment/${name}`, "--timeout=90s");
    const imageOf = (namespace: string, name: string) =>
      told(
        instance,
        "-n",
        namespace,
        "get",
        "pod",
        "-l",
        `app=${name}`,
        "-o=jsonpath={.items[0].spec.containers[0].image}",
      );
    /** Why a Deployment has no pods, as its events say it, once they say what is looked for. */
    const refusal = (namespace: string, name: string, word: string) =>
      until(
        async () => {
          const events = await told(
            instance,
            "-n",
            namespace,
            "get",
            "events",
            "--field-selector=reason=FailedCreate",
            `-o=jsonpath={range .items[*]}{.involvedObject.name} {.message}{"\\n"}{end}`,
          );
          return events
            .split("\n")
            .filter((line) => line.startsWith(`${name}-`))
            .join("\n");
        },
        (text) => text.includes(word),
        40,
      );
    const secret = (namespace: string, host: string) =>
      told(
        instance,
        "-n",
        namespace,
        "create",
        "secret",
        "docker-registry",
        "pull",
        `--docker-server=${host}`,
        `--docker-username=${login.username}`,
        `--docker-password=${login.password}`,
      );

    test("one of an authority that nobody named is not believed, and the command is said; then it holds at once", async () => {
      await deploy("shop", "web", `${origin.host}/shop/web:1`, ["pull"]);
      expect(await refusal("shop", "web", "--ca FILE")).toContain(`bulkhead registry set ${origin.host} --ca FILE`);
      const set = await registry("set", origin.host, "--ca", ca);
      expect([set.code, set.stdout]).toEqual([
        0,
        expect.stringContaining("over TLS of the authority CN=private authority"),
      ]);
      // Listed by a policy already.
      expect(set.stdout).not.toContain("may run here yet");
    });

    test("without the pull secret it is refused, and what to make is said", async () => {
      expect(await refusal("shop", "web", "pull secret pull is not there")).toContain(
        `kubectl -n shop create secret docker-registry pull --docker-server=${origin.host}`,
      );
      await deploy("bank", "web", `${origin.host}/shop/web:1`, []);
      expect(await refusal("bank", "web", "no pull secret")).toContain("imagePullSecrets");
    });

    test("with it the tag is resolved, pulled and runs; whose secret was opened stands in the audit log", async () => {
      await secret("shop", origin.host);
      await rolledOut("shop", "web");
      expect(await imageOf("shop", "web")).toMatch(new RegExp(`^${origin.host}/shop/web:1@sha256:[0-9a-f]{64}$`));
      const { stdout } = await bulkhead(
        "audit",
        "search",
        "--namespace",
        "shop",
        "--resource",
        "pods",
        "-o",
        "json",
        "--root",
        instance.root,
      );
      expect(stdout).toContain('"images.security.bulkhead.dev/pull-secrets-read":"shop/pull"');
      expect(stdout).not.toContain(login.password);
    });

    test("the update loop finds newer tags with what the Deployment is pulled with, and has no other credential", async () => {
      await origin.push("shop/web", "2", await toolImage("newer"));
      await applied(instance, [
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "UpdatePolicy",
          metadata: { name: "web", namespace: "shop" },
          spec: { images: [`${origin.host}/shop/web`], tags: { prefix: "", order: "Numeric" }, approval: "Required" },
        },
      ]);
      const plan = await until(
        () =>
          told(
            instance,
            "-n",
            "shop",
            "get",
            "updatepolicy",
            "web",
            "-o=jsonpath={.status.workloads[*]['reason','message']}",
          ),
        (text) => text !== "" && !text.includes("ScanPending"),
        60,
      );
      expect(plan).toMatch(/NotScanned|ApprovalWanted|CoolingDown/);
      // The node's worker read the candidate's bytes, which came by the same credential.
      expect(plan).not.toMatch(/could not be scanned|credentials/);
      const ask = (as: string, image: string) =>
        instance.kubectl(
          "get",
          "--raw",
          `/registry/credential?namespace=shop&deployment=web&image=${encodeURIComponent(image)}`,
          `--as=${as}`,
        );
      const updater = "system:serviceaccount:kube-system:image-update-controller";
      expect((await ask(updater, `${origin.host}/shop/web`)).stdout).toContain(origin.host);
      for (const [who, image] of [
        [updater, `${origin.host}/shop/other`],
        ["system:serviceaccount:shop:default", `${origin.host}/shop/web`],
        ["system:serviceaccount:kube-system:deployment-controller", `${origin.host}/shop/web`],
      ] as const)
        expect((await ask(who, image)).stderr, `${who} ${image}`).toContain("Forbidden");
      const { stdout } = await bulkhead(
        "audit",
        "search",
        "--namespace",
        "shop",
        "-o",
        "json",
        "--root",
        instance.root,
      );
      expect(stdout).toContain('"subresource":"pull-credential"');
      expect(stdout).not.toContain(login.password);
      await told(instance, "-n", "shop", "delete", "updatepolicy", "web");
    });

    test("another namespace may not pull by it, until its ServiceAccount brings a secret of its own", async () => {
      expect(await told(instance, "-n", "bank", "get", "pods", "-o=name")).toBe("");
      await secret("bank", origin.host);
      await told(
        instance,
        "-n",
        "bank",
        "patch",
        "serviceaccount",
        "default",
        "-p",
        '{"imagePullSecrets":[{"name":"pull"}]}',
      );
      await rolledOut("bank", "web");
    });

    test("a mirror answers for tag and bytes while the registry is away, and hears no credential", async () => {
      expect((await registry("set", door.host, "--ca", ca)).stdout).toContain(
        `no image of ${door.host} may run here yet`,
      );
      const set = await registry("set", origin.host, "--ca", ca, "--mirror", door.host);
      expect(set.stdout).toContain(`first at ${door.host}, then itself`);
      await origin.stop();
      await deploy("shop", "api", `${origin.host}/shop/api:1`, ["pull"]);
      await rolledOut("shop", "api");
      expect(await imageOf("shop", "api")).toContain(`${origin.host}/shop/api:1@sha256:`);
      for (const agent of ["bulkhead", "containerd"])
        expect(door.asked.some((one) => one.agent.startsWith(agent) && one.path.includes("/v2/shop/api/"))).toBe(true);
      expect(door.asked.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    });

    test("plain HTTP is spoken once root says so, with a warning, and not before", async () => {
      await told(instance, "-n", "shop", "delete", "secret", "pull");
      await secret("shop", plain.host);
      await deploy("shop", "job", `${plain.host}/shop/job:1`, ["pull"]);
      expect(await refusal("shop", "job", "plain HTTP")).toContain(`bulkhead registry set ${plain.host} --plain-http`);
      // Nor by the node, for what needs no resolving: containerd by itself would try it on loopback.
      await applied(instance, [
        toolPod({
          namespace: "shop",
          name: "by-digest",
          image: `${plain.host}/shop/job@${digest}`,
          command: ["sleep", "3600"],
          spec: { imagePullSecrets: [{ name: "pull" }] },
        }),
      ]);
      const waiting = await until(
        () =>
          told(
            instance,
            "-n",
            "shop",
            "get",
            "pod",
            "by-digest",
            "-o=jsonpath={.status.containerStatuses[0].state.waiting}",
          ),
        (text) => text.includes("HTTPS client"),
        20,
      );
      expect(waiting).toContain("server gave HTTP response to HTTPS client");
      expect(plain.heard().filter((line) => line.includes("containerd"))).toEqual([]);
      const set = await registry("set", plain.host, "--plain-http");
      expect(set.stdout).toContain("reads the pull secrets' passwords");
      await rolledOut("shop", "job");
      await told(instance, "-n", "shop", "wait", "pod/by-digest", "--for=condition=Ready", "--timeout=60s");
      expect(plain.heard().some((line) => line.includes("containerd"))).toBe(true);
    });

    test("a broken file changes nothing, and is told by list, status and doctor", async () => {
      const file = join(instance.root, "registries.json");
      const good = await readFile(file, "utf8");
      await writeFile(file, good.replace('"plainHttp": true', '"plainHttp": "yes"'));
      const listed = await registry("list");
      expect([listed.code, listed.stderr]).toEqual([
        1,
        expect.stringContaining(`registries["${plain.host}"].plainHttp: must be true or false`),
      ]);
      for (const command of ["status", "doctor"])
        expect((await bulkhead(command, "--root", instance.root)).stdout, command).toContain("must be true or false");
      await told(instance, "-n", "shop", "rollout", "restart", "deployment/job");
      await rolledOut("shop", "job");
      await writeFile(file, good);
      const hosts = JSON.parse((await registry("list", "-o", "json")).stdout) as { registries: { host: string }[] };
      expect(hosts.registries.map(({ host }) => host)).toEqual([origin.host, door.host, plain.host].sort());
    });

    test("the scanner and why image go by the same file on the node", async () => {
      const config = join(folder, "config.json");
      await writeFile(config, JSON.stringify({ auths: { [plain.host]: login } }));
      const scanned = await bulkhead(
        "image",
        "scan",
        `${plain.host}/shop/job:1`,
        "--pull-secret",
        config,
        "--root",
        instance.root,
        "-o",
        "json",
      );
      expect(scanned.stderr).not.toContain("cannot be reached");
      expect(JSON.parse(scanned.stdout)).toBeTypeOf("object");
      const why = await bulkhead(
        "why",
        "image",
        `${plain.host}/shop/job:1`,
        "-n",
        "shop",
        "--pull-secret",
        config,
        "--root",
        instance.root,
      );
      expect([why.code, why.stdout]).toEqual([0, expect.stringContaining("@sha256:")]);
    });
  },
);
