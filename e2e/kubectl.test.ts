import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ran, run, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { pushToolImage } from "./instance/test-image.ts";
import { applied, asList, serveScript, told, toolPod, toolPodSpec } from "./instance/tool-pod.ts";

const reason = whyNot();

describe.skipIf(reason !== undefined)(`real kubectl${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let instance: TestInstance;
  let image: string;
  let folder: string;
  let node: string;
  /** kubectl in namespace `k`; throws where it fails. */
  const k = (...args: string[]): Promise<string> => told(instance, "-n", "k", ...args);
  const tried = (...args: string[]): Promise<Ran> => instance.kubectl("-n", "k", ...args);
  const given = async (input: string | object, ...args: string[]): Promise<Ran> =>
    instance.kubectlWith(typeof input === "string" ? input : JSON.stringify(input), "-n", "k", ...args);
  const value = (what: string, path: string): Promise<string> => k("get", what, "-o", `jsonpath={${path}}`);
  const program = (): string => join(instance.root, "parts", "bin", "kubectl");
  const env = (): NodeJS.ProcessEnv => ({ ...process.env, KUBECONFIG: instance.kubeconfig, TERM: "xterm" });
  const deployment = (name: string, replicas: number, mark = "one"): object => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: "k", name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: toolPodSpec({
          image,
          command: ["sh", "-c", `echo started ${mark}\n${serveScript}`],
          container: { env: [{ name: "MARK", value: mark }] },
        }),
      },
    },
  });

  beforeAll(async () => {
    instance = await startInstance();
    folder = await mkdtemp(join(tmpdir(), "bulkhead-kubectl-"));
    image = await pushToolImage(instance);
    node = await told(instance, "get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
    await told(instance, "create", "namespace", "k");
    await applied(instance, [
      toolPod({
        namespace: "k",
        name: "p",
        image,
        labels: { app: "p", tier: "one" },
        command: ["sh", "-c", `echo first line; echo second line; ${serveScript}`],
      }),
    ]);
    await k("wait", "--for=condition=Ready", "pod/p", "--timeout=60s");
  });
  afterAll(async () => {
    await instance?.remove();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  describe("get and describe", () => {
    test("tables: plain, wide, with labels, sorted, without headers, by selector", async () => {
      expect(await k("get", "pods")).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\np +1\/1 +Running +0 /);
      expect(await k("get", "po", "-o", "wide")).toMatch(/NODE +NOMINATED NODE +READINESS GATES\n.*10\.\d+\.\d+\.\d+/);
      expect(await k("get", "pods", "--show-labels")).toContain("app=p,tier=one");
      expect(await k("get", "pods", "-L", "tier")).toMatch(/TIER\n.* one$/);
      expect(await k("get", "pods", "-l", "app=p,tier in (one,two)", "-o", "name")).toBe("pod/p");
      expect((await tried("get", "pods", "-l", "app!=p")).stderr).toContain("No resources found");
      expect(await k("get", "pods", "--field-selector", "status.phase=Running", "--no-headers")).toMatch(/^p /);
      expect(await k("get", "sa,cm")).toContain("serviceaccount/default");
      const sorted = await k("get", "cm", "--sort-by=.metadata.name", "--no-headers");
      expect(sorted.split("\n").map((line) => line.split(" ")[0])).toEqual(["kube-root-ca.crt"]);
      expect(await k("get", "netpol", "-A")).toMatch(/k +default-deny/);
    });

    test("json, yaml, jsonpath, custom columns, go-template", async () => {
      const pod = JSON.parse(await k("get", "pod", "p", "-o", "json")) as { kind: string; spec: { nodeName: string } };
      expect(pod).toMatchObject({ kind: "Pod", spec: { nodeName: node } });
      expect(await k("get", "pod", "p", "-o", "yaml")).toMatch(/^apiVersion: v1\nkind: Pod\n/);
      expect(await k("get", "pod", "p", "-o", "yaml", "--show-managed-fields")).toContain("manager: kubectl");
      expect(await value("pod/p", ".metadata.labels.tier")).toBe("one");
      expect(await k("get", "pods", "-o", "custom-columns=N:.metadata.name,P:.status.phase")).toMatch(
        /^N +P\np +Running$/,
      );
      expect(await k("get", "pods", "-o", "go-template={{range .items}}{{.metadata.name}}{{end}}")).toBe("p");
      const list = JSON.parse(await k("get", "pods", "-o", "json")) as { kind: string; items: unknown[] };
      expect(list).toMatchObject({ kind: "List", items: [{}] });
    });

    test("--watch tells changes as they come", async () => {
      const child = spawn(
        program(),
        ["-n", "k", "get", "cm", "watched", "--watch", "-o", "jsonpath={.data.a};", "--ignore-not-found"],
        {
          env: env(),
        },
      );
      await k("create", "cm", "watched", "--from-literal=a=1");
      const watch = spawn(program(), ["-n", "k", "get", "cm", "watched", "--watch", "-o", "jsonpath={.data.a};"], {
        env: env(),
      });
      let heard = "";
      watch.stdout.on("data", (part: Buffer) => (heard += String(part)));
      try {
        await until(
          async () => heard,
          (h) => h.includes("1;"),
          20,
        );
        await k("patch", "cm", "watched", "-p", '{"data":{"a":"2"}}');
        expect(
          await until(
            async () => heard,
            (h) => h.includes("2;"),
            20,
          ),
        ).toBe("1;2;");
      } finally {
        watch.kill();
        child.kill();
      }
    });

    test("describe tells a pod, its node, its events, a Secret without its value", async () => {
      const pod = await k("describe", "pod", "p");
      for (const part of [
        "Status:           Running",
        "Successfully assigned k/p",
        "Started container main",
        "SeccompProfile:   RuntimeDefault",
      ])
        expect(pod).toContain(part);
      expect(await told(instance, "describe", "node", node)).toMatch(
        /Non-terminated Pods: .*\(\d+ in total\)[\s\S]*\bk +p\b/,
      );
      await k("create", "secret", "generic", "described", "--from-literal=key=hidden-value");
      const secret = await k("describe", "secret", "described");
      expect(secret).toMatch(/key: +12 bytes/);
      expect(secret).not.toContain("hidden-value");
      expect(await k("describe", "netpol", "default-deny")).toContain("PodSelector:     <none>");
      expect(await told(instance, "describe", "ns", "k")).toContain("pod-security.kubernetes.io/enforce=restricted");
    });

    test("what is not there: exit code 1 and one clear line", async () => {
      const absent = await tried("get", "pod", "nothing");
      expect([absent.code, absent.stderr.trim()]).toEqual([
        1,
        'Error from server (NotFound): pods "nothing" not found',
      ]);
      expect((await tried("get", "gadgets")).stderr).toContain('the server doesn\'t have a resource type "gadgets"');
    });
  });

  describe("create", () => {
    test("each kind that kubectl makes by itself", async () => {
      await k(
        "create",
        "configmap",
        "made",
        "--from-literal=a=1",
        `--from-file=file=${instance.kubeconfig.replace("admin.kubeconfig", "instance.json")}`,
      );
      expect(await value("cm/made", ".data.a")).toBe("1");
      expect(await value("cm/made", ".data.file")).toContain('"format": 1');
      await k("create", "secret", "generic", "made", "--from-literal=s=x");
      expect(await value("secret/made", ".data.s")).toBe(Buffer.from("x").toString("base64"));
      await k(
        "create",
        "secret",
        "docker-registry",
        "pull",
        "--docker-server=r.example",
        "--docker-username=u",
        "--docker-password=p",
      );
      expect(await value("secret/pull", ".type")).toBe("kubernetes.io/dockerconfigjson");
      await k("create", "sa", "robot");
      await k("create", "role", "reader", "--verb=get,list", "--resource=pods,deployments.apps");
      expect(JSON.parse(await value("role/reader", ".rules"))).toContainEqual({
        apiGroups: ["apps"],
        resources: ["deployments"],
        verbs: ["get", "list"],
      });
      await k("create", "rolebinding", "reader", "--role=reader", "--serviceaccount=k:robot");
      await told(instance, "create", "clusterrole", "looker", "--verb=get", "--resource=nodes");
      await told(instance, "create", "clusterrolebinding", "looker", "--clusterrole=looker", "--user=jane");
      await k("create", "service", "clusterip", "plain", "--tcp=80:8080");
      await k("create", "service", "nodeport", "door", "--tcp=80:8080");
      expect(Number(await value("svc/door", ".spec.ports[0].nodePort"))).toBeGreaterThanOrEqual(30_000);
      await k("create", "service", "externalname", "away", "--external-name=example.com");
      expect(await value("svc/away", ".spec.externalName")).toBe("example.com");
      await k("create", "poddisruptionbudget", "budget", "--selector=app=none", "--min-available=1");
      const warned = await tried("create", "deployment", "warned", `--image=${image}`);
      expect(warned.code).toBe(0);
      expect(warned.stderr).toMatch(/Warning: .*allowPrivilegeEscalation.*bulkhead allow pod-security/);
      await k("delete", "deployment", "warned");
    });

    test("twice is AlreadyExists; a wrong object tells its field; a dry run leaves nothing", async () => {
      expect((await tried("create", "cm", "made")).stderr).toContain('configmaps "made" already exists');
      const wrong = await given(
        { apiVersion: "v1", kind: "Service", metadata: { name: "UPPER" }, spec: {} },
        "create",
        "-f",
        "-",
      );
      expect(wrong.code).toBe(1);
      expect(wrong.stderr).toContain("metadata.name");
      const unknown = await given(
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "u" }, dat: {} },
        "create",
        "-f",
        "-",
      );
      expect(unknown.stderr).toContain('unknown field "dat"');
      await k("create", "cm", "dry", "--dry-run=server");
      expect((await tried("get", "cm", "dry")).code).toBe(1);
    });

    test("a token of a ServiceAccount opens what its roles allow", async () => {
      const token = await k("create", "token", "robot", "--duration=10m");
      const as = (...args: string[]): Promise<Ran> =>
        run(program(), [
          "--kubeconfig=/dev/null",
          `--server=https://127.0.0.1:${instance.port}`,
          `--token=${token}`,
          `--certificate-authority=${join(instance.root, "pki", "admin", "server-ca.crt")}`,
          "-n",
          "k",
          ...args,
        ]);
      expect((await as("get", "pods", "-o", "name")).stdout).toContain("pod/p");
      expect((await as("get", "secrets")).stderr).toMatch(
        /system:serviceaccount:k:robot.*cannot list resource "secrets"/,
      );
      expect((await as("auth", "whoami")).stdout).toContain("system:serviceaccount:k:robot");
    });
  });

  describe("apply, diff, edit, patch, replace", () => {
    const cm = (data: object, more: object = {}): object => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "k", name: "applied", ...more },
      data,
    });

    test("client side: what left the file leaves the object, what others set stays", async () => {
      expect((await given(cm({ a: "1", b: "1" }), "apply", "-f", "-")).stdout).toContain("created");
      await k("patch", "cm", "applied", "-p", '{"data":{"theirs":"x"}}');
      expect((await given(cm({ a: "2" }), "apply", "-f", "-")).stdout).toContain("configured");
      expect(JSON.parse(await value("cm/applied", ".data"))).toEqual({ a: "2", theirs: "x" });
      expect((await given(cm({ a: "2" }), "apply", "-f", "-")).stdout).toContain("unchanged");
      expect(await k("apply", "view-last-applied", "cm/applied")).toContain('a: "2"');
    });

    test("a List, and a whole folder", async () => {
      const listed = await given(
        asList([cm({ a: "3" }), { ...cm({}), metadata: { name: "second" } }]),
        "apply",
        "-f",
        "-",
      );
      expect(listed.stdout.trim().split("\n")).toEqual(["configmap/applied configured", "configmap/second created"]);
    });

    test("server side: owners, conflicts named by field, force", async () => {
      const ssa = (data: object, ...more: string[]): Promise<Ran> =>
        given({ ...cm(data), metadata: { namespace: "k", name: "ssa" } }, "apply", "--server-side", "-f", "-", ...more);
      expect((await ssa({ a: "1", b: "1" })).stdout).toContain("serverside-applied");
      const conflict = await ssa({ a: "2" }, "--field-manager=other");
      expect(conflict.code).toBe(1);
      expect(conflict.stderr).toContain('conflict with "kubectl": .data.a');
      expect(await value("cm/ssa", ".data.a")).toBe("1");
      expect((await ssa({ a: "2" }, "--field-manager=other", "--force-conflicts")).code).toBe(0);
      expect(JSON.parse(await value("cm/ssa", ".data"))).toEqual({ a: "2", b: "1" });
      expect((await ssa({ a: "2" })).code).toBe(0);
      expect(JSON.parse(await value("cm/ssa", ".data"))).toEqual({ a: "2" });
    });

    test("diff: 1 with the difference, 0 without", async () => {
      const same = await given(cm({ a: "3" }), "diff", "-f", "-");
      expect([same.code, same.stdout]).toEqual([0, ""]);
      const other = await given(cm({ a: "4" }), "diff", "-f", "-");
      expect(other.code).toBe(1);
      expect(other.stdout).toMatch(/^-\s+a: "3"$/m);
      expect(other.stdout).toMatch(/^\+\s+a: "4"$/m);
      expect(await value("cm/applied", ".data.a")).toBe("3");
    });

    test("edit with an editor", async () => {
      const editor = join(folder, "editor");
      await writeFile(editor, '#!/bin/sh\nsed -i "s/a: \\"3\\"/a: edited/" "$1"\n');
      await chmod(editor, 0o755);
      const edited = await run(program(), ["-n", "k", "edit", "cm", "applied"], {
        env: { ...env(), EDITOR: editor, KUBE_EDITOR: editor },
      });
      expect(edited.stdout).toContain("configmap/applied edited");
      expect(await value("cm/applied", ".data.a")).toBe("edited");
    });

    test("patch: strategic, merge, json; by file; a test that fails", async () => {
      await applied(instance, [deployment("patched", 0)]);
      await k(
        "patch",
        "deploy",
        "patched",
        "-p",
        '{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"NEW","value":"n"}]}]}}}}',
      );
      expect(
        JSON.parse(
          await value("deploy/patched", ".spec.template.spec.containers[0].env[*].name".replace("[*].name", "")),
        ),
      ).toEqual(
        expect.arrayContaining([
          { name: "NEW", value: "n" },
          { name: "MARK", value: "one" },
        ]),
      );
      await k(
        "patch",
        "deploy",
        "patched",
        "--type=merge",
        "-p",
        '{"metadata":{"labels":{"m":"1"}},"spec":{"minReadySeconds":3}}',
      );
      expect(await value("deploy/patched", ".spec.minReadySeconds")).toBe("3");
      await k(
        "patch",
        "deploy",
        "patched",
        "--type=json",
        "-p",
        '[{"op":"test","path":"/spec/minReadySeconds","value":3},{"op":"remove","path":"/metadata/labels/m"}]',
      );
      expect(await value("deploy/patched", ".metadata.labels")).toBe("");
      const failed = await tried(
        "patch",
        "deploy",
        "patched",
        "--type=json",
        "-p",
        '[{"op":"test","path":"/spec/minReadySeconds","value":4},{"op":"remove","path":"/spec/minReadySeconds"}]',
      );
      expect(failed.code).toBe(1);
      expect(await value("deploy/patched", ".spec.minReadySeconds")).toBe("3");
      await k("patch", "deploy", "patched", "--subresource=scale", "--type=merge", "-p", '{"spec":{"replicas":0}}');
      await k("delete", "deploy", "patched");
    });

    test("replace, with an old version refused; --force makes it anew", async () => {
      const object = JSON.parse(await k("get", "cm", "applied", "-o", "json")) as {
        data: object;
        metadata: { uid: string };
      };
      object.data = { only: "this" };
      expect((await given(object, "replace", "-f", "-")).stdout).toContain("replaced");
      expect(JSON.parse(await value("cm/applied", ".data"))).toEqual({ only: "this" });
      const stale = await given(object, "replace", "-f", "-");
      expect(stale.stderr).toContain("Conflict");
      expect((await given(cm({ f: "1" }), "replace", "--force", "-f", "-")).code).toBe(0);
      expect(await value("cm/applied", ".metadata.uid")).not.toBe(object.metadata.uid);
    });

    test("label and annotate: set, refuse to overwrite, overwrite, remove, by selector", async () => {
      await k("label", "pod", "p", "colour=red");
      expect((await tried("label", "pod", "p", "colour=blue")).stderr).toContain("--overwrite is false");
      await k("label", "pods", "-l", "app=p", "colour=blue", "--overwrite");
      expect(await value("pod/p", ".metadata.labels.colour")).toBe("blue");
      await k("label", "pod", "p", "colour-");
      expect(await value("pod/p", ".metadata.labels.colour")).toBe("");
      await k("annotate", "pod", "p", "note=some text");
      expect(await value("pod/p", ".metadata.annotations.note")).toBe("some text");
    });
  });

  describe("workloads", () => {
    const pods = async (app: string): Promise<string[]> =>
      (await k("get", "pods", "-l", `app=${app}`, "-o", "name")).split("\n").filter((n) => n !== "");

    test("rollout: status, history, undo, restart, pause and resume", async () => {
      await applied(instance, [deployment("web", 2)]);
      expect(await k("rollout", "status", "deploy/web", "--timeout=60s")).toContain("successfully rolled out");
      await k("annotate", "deploy", "web", "kubernetes.io/change-cause=the first");
      await k("set", "env", "deploy/web", "MARK=two");
      await k("rollout", "status", "deploy/web", "--timeout=60s");
      expect(await k("rollout", "history", "deploy/web")).toMatch(/1 +the first\n2 +/);
      expect(await k("rollout", "history", "deploy/web", "--revision=2")).toContain("two");
      await k("rollout", "undo", "deploy/web");
      await k("rollout", "status", "deploy/web", "--timeout=60s");
      expect(await value("deploy/web", ".spec.template.spec.containers[0].env[0].value")).toBe("one");
      expect(await k("rollout", "history", "deploy/web")).toMatch(/\n2 [\s\S]*\n3 /);
      const before = await pods("web");
      await k("rollout", "restart", "deploy/web");
      await k("rollout", "status", "deploy/web", "--timeout=60s");
      const after = await until(
        () => pods("web"),
        (names) => !names.some((n) => before.includes(n)),
        30,
      );
      expect(after).toHaveLength(2);
      await k("rollout", "pause", "deploy/web");
      await k("set", "env", "deploy/web", "MARK=three");
      await k("rollout", "resume", "deploy/web");
      await k("rollout", "status", "deploy/web", "--timeout=60s");
    });

    test("scale, with a condition; expose; wait", async () => {
      expect((await tried("scale", "deploy/web", "--current-replicas=5", "--replicas=1")).code).toBe(1);
      await k("scale", "deploy/web", "--replicas=3");
      await k("wait", "--for=jsonpath={.status.readyReplicas}=3", "deploy/web", "--timeout=60s");
      expect(await pods("web")).toHaveLength(3);
      await k("expose", "deploy/web", "--port=80", "--target-port=8080", "--name=web");
      const slices = await until(
        () =>
          k(
            "get",
            "endpointslices",
            "-l",
            "kubernetes.io/service-name=web",
            "-o",
            "jsonpath={.items[*].endpoints[*].addresses[0]}",
          ),
        (s) => s.split(" ").length === 3,
        20,
      );
      expect(slices.split(" ")).toHaveLength(3);
      await k("scale", "deploy/web", "--replicas=1");
    });

    test("delete: cascade background, orphan and foreground; --wait; --now", async () => {
      await applied(instance, [deployment("orphan", 1), deployment("fore", 1)]);
      for (const name of ["orphan", "fore"]) await k("rollout", "status", `deploy/${name}`, "--timeout=60s");
      await k("delete", "deploy", "orphan", "--cascade=orphan");
      expect(await k("get", "rs", "-l", "app=orphan", "-o", "jsonpath={.items[0].metadata.ownerReferences}")).toBe("");
      expect(await pods("orphan")).toHaveLength(1);
      await k("delete", "rs", "-l", "app=orphan", "--cascade=background", "--timeout=60s");
      expect(
        await until(
          () => pods("orphan"),
          (p) => p.length === 0,
          30,
        ),
      ).toEqual([]);
      await k("delete", "deploy", "fore", "--cascade=foreground", "--timeout=60s");
      expect([await pods("fore"), (await tried("get", "deploy", "fore")).code]).toEqual([[], 1]);
      await k("delete", "deploy", "web", "--now", "--timeout=60s");
      expect(
        await until(
          () => pods("web"),
          (p) => p.length === 0,
          30,
        ),
      ).toEqual([]);
    });

    test("run: refused with every broken rule and a command; with overrides it runs and its output comes", async () => {
      const refused = await tried("run", "bad", `--image=${image}`);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('violates PodSecurity "restricted');
      expect(refused.stderr).toMatch(/bulkhead allow pod-security \S+ --for pod\/bad -n k/);
      const overrides = JSON.stringify({ spec: toolPodSpec({ image, command: ["sh", "-c", "echo ran here"] }) });
      const ran = await tried("run", "good", `--image=${image}`, "--restart=Never", `--overrides=${overrides}`);
      expect(ran.code, ran.stderr).toBe(0);
      expect(
        await until(
          () => tried("logs", "good"),
          (r) => r.stdout !== "",
          30,
        ),
      ).toMatchObject({ stdout: "ran here\n" });
      await k("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/good", "--timeout=30s");
    });
  });

  describe("into a pod", () => {
    test("logs: tail, since, timestamps, follow, previous, all of a selector", async () => {
      expect(await k("logs", "p")).toBe("first line\nsecond line");
      expect(await k("logs", "p", "--tail=1")).toBe("second line");
      expect(await k("logs", "p", "--timestamps", "--limit-bytes=200")).toMatch(/^\d{4}-\d\d-\d\dT\S+Z first line/);
      expect(await k("logs", "-l", "app=p", "--prefix")).toContain("[pod/p/main] first line");
      expect((await tried("logs", "p", "-c", "nope")).stderr).toContain("nope");
      await applied(instance, [
        toolPod({
          namespace: "k",
          name: "again",
          image,
          command: ["sh", "-c", "echo life $(date +%s); sleep 1; echo end; exit 3"],
        }),
      ]);
      const follow = await tried("logs", "-f", "again", "--pod-running-timeout=30s").then(async (r) =>
        r.code === 0
          ? r
          : until(
              () => tried("logs", "-f", "again"),
              (a) => a.code === 0,
              30,
            ),
      );
      expect(follow.stdout).toMatch(/^life \d+\nend\n$/);
      await until(
        () => value("pod/again", ".status.containerStatuses[0].restartCount"),
        (n) => Number(n) > 0,
        60,
      );
      expect(await k("logs", "again", "--previous")).toMatch(/^life \d+\nend$/);
      expect(await value("pod/again", ".status.containerStatuses[0].lastState.terminated.exitCode")).toBe("3");
      await k("delete", "pod", "again", "--now");
    });

    test("exec: output, error output, exit code, standard input", async () => {
      const both = await tried("exec", "p", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
      expect([both.stdout, both.code]).toEqual(["out\n", 7]);
      expect(both.stderr).toContain("err\n");
      expect((await given("to the other side", "exec", "-i", "p", "--", "cat")).stdout).toBe("to the other side");
      const large = "0123456789abcdef".repeat(1 << 16);
      expect((await given(large, "exec", "-i", "p", "--", "cat")).stdout).toBe(large);
      expect((await tried("exec", "p", "--", "no-such-program")).stderr).toContain("no-such-program");
      expect((await tried("exec", "none", "--", "true")).stderr).toContain('pods "none" not found');
    });

    test("exec -it: a terminal of its own, of our size", async () => {
      const script = join(folder, "tty");
      await writeFile(
        script,
        `stty rows 33 cols 101; ${program()} -n k exec -it p -- sh -c 'test -t 0 && echo it is a terminal; until [ "$(stty size 2>/dev/null)" = "33 101" ]; do sleep 0.2; done; stty size'`,
      );
      const ran = await run("script", ["-qec", `sh ${script}`, "/dev/null"], { env: env(), timeout: 30_000 });
      expect(ran.stdout).toContain("it is a terminal");
      expect(ran.stdout).toContain("33 101");
      expect(ran.code).toBe(0);
    });

    test("attach: what it says, and what it is told", async () => {
      await applied(instance, [
        toolPod({
          namespace: "k",
          name: "echo",
          image,
          command: ["sh", "-c", "while read line; do echo got $line; done"],
          container: { stdin: true },
        }),
      ]);
      await k("wait", "--for=condition=Ready", "pod/echo", "--timeout=60s");
      const child = spawn(program(), ["-n", "k", "attach", "-i", "echo"], { env: env() });
      let heard = "";
      child.stdout.on("data", (part: Buffer) => (heard += String(part)));
      try {
        const say = setInterval(() => child.stdin.write("hello\n"), 500);
        await until(
          async () => heard,
          (h) => h.includes("got hello"),
          20,
        );
        clearInterval(say);
        expect(heard).toContain("got hello");
      } finally {
        child.kill();
        await k("delete", "pod", "echo", "--now");
      }
    });

    test("port-forward: to a pod and through a Service, many connections", async () => {
      await k("expose", "pod", "p", "--port=80", "--target-port=8080", "--name=p");
      for (const [target, port] of [
        ["pod/p", 8080],
        ["svc/p", 80],
      ] as const) {
        const child = spawn(program(), ["-n", "k", "port-forward", target, `:${port}`], { env: env() });
        let said = "";
        child.stdout.on("data", (part: Buffer) => (said += String(part)));
        child.stderr.on("data", (part: Buffer) => (said += String(part)));
        try {
          await until(
            async () => said,
            (s) => /127\.0\.0\.1:\d+ ->/.test(s),
            20,
          );
          const local = Number(/127\.0\.0\.1:(\d+) ->/.exec(said)?.[1]);
          const call = (): Promise<string> =>
            new Promise((resolve) => {
              const socket = connect({ host: "127.0.0.1", port: local, timeout: 10_000 });
              let text = "";
              socket.on("data", (part) => (text += String(part)));
              socket.once("error", (error) => resolve(error.message)).once("close", () => resolve(text));
              socket.once("timeout", () => socket.destroy());
            });
          const answers = await Promise.all(Array.from({ length: 8 }, call));
          for (const answer of answers) expect(answer, said).toMatch(/^p /);
        } finally {
          child.kill();
        }
      }
    });

    test("cp: there and back, bytes as they were", async () => {
      const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7) % 256));
      const [there, back] = [join(folder, "there"), join(folder, "back")];
      await writeFile(there, bytes);
      await k("cp", there, "p:/tmp/copied");
      await k("cp", "p:/tmp/copied", back);
      expect((await readFile(back)).equals(bytes)).toBe(true);
    });

    test("debug: an ephemeral container under the same rules; a refused profile says why", async () => {
      const made = await tried(
        "debug",
        "p",
        `--image=${image}`,
        "--profile=restricted",
        "--container=debugger",
        "--",
        "sh",
        "-c",
        "echo from debug; sleep 60",
      );
      expect(made.code, made.stderr).toBe(0);
      expect(
        await until(
          () => tried("logs", "p", "-c", "debugger"),
          (r) => r.stdout !== "",
          30,
        ),
      ).toMatchObject({ stdout: "from debug\n" });
      const refused = await tried(
        "debug",
        "p",
        `--image=${image}`,
        "--profile=sysadmin",
        "--container=worse",
        "--",
        "sh",
      );
      expect(refused.stderr).toContain("violates PodSecurity");
    });
  });

  describe("the rest", () => {
    test("explain, api-resources, api-versions, version, cluster-info", async () => {
      expect(await k("explain", "deploy.spec.strategy")).toMatch(
        /FIELD: strategy <DeploymentStrategy>[\s\S]*rollingUpdate/,
      );
      expect(await k("explain", "pod", "--recursive")).toContain("securityContext");
      expect(await k("explain", "exceptions.spec")).toContain("expires");
      expect(await k("api-resources", "--namespaced=true", "-o", "name")).toContain("deployments.apps");
      expect(await k("api-resources", "--verbs=list", "--api-group=security.bulkhead.dev")).toMatch(/ImageTrustPolicy/);
      expect((await k("api-versions")).split("\n")).toEqual(
        expect.arrayContaining(["apps/v1", "v1", "networking.k8s.io/v1"]),
      );
      expect(await k("version")).toMatch(/Server Version: v1\.36\./);
      expect(await k("cluster-info")).toContain("is running at");
    });

    test("auth: can-i, --list, --as, whoami, reconcile", async () => {
      expect(await k("auth", "can-i", "create", "deployments")).toBe("yes");
      const no = await tried("auth", "can-i", "delete", "pods", "--as=system:serviceaccount:k:robot");
      expect([no.stdout.trim(), no.code]).toEqual(["no", 1]);
      expect(await k("auth", "can-i", "list", "pods", "--as=system:serviceaccount:k:robot")).toBe("yes");
      expect(await k("auth", "can-i", "--list", "--as=system:serviceaccount:k:robot")).toMatch(
        /deployments\.apps +\[\] +\[\] +\[get list\]/,
      );
      expect(await k("auth", "whoami", "-o", "jsonpath={.status.userInfo.groups}")).toContain("system:masters");
      expect((await tried("get", "secrets", "--as=jane")).stderr).toContain(
        'User "jane" cannot list resource "secrets"',
      );
      expect((await tried("get", "nodes", "--as=jane")).code).toBe(1);
      expect(await k("get", "node", node, "-o", "name", "--as=jane")).toBe(`node/${node}`);
    });

    test("events, by object and by type", async () => {
      expect(await k("events", "--for", "pod/p")).toMatch(/Normal +Started +Pod\/p/);
      expect(
        await k(
          "get",
          "events",
          "--field-selector",
          "involvedObject.name=p,reason=Scheduled",
          "-o",
          "jsonpath={.items[*].reason}",
        ),
      ).toBe("Scheduled");
    });

    test("top: there is no metrics API, and kubectl says so", async () => {
      const top = await tried("top", "pods");
      expect([top.code, top.stderr.trim()]).toEqual([1, "error: Metrics API not available"]);
    });

    test("config view, get --raw, create --raw", async () => {
      expect(await k("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")).toBe(
        `https://127.0.0.1:${instance.port}`,
      );
      expect(JSON.parse(await k("get", "--raw", "/version"))).toMatchObject({ major: "1", minor: "36" });
      expect(await k("get", "--raw", "/readyz?verbose")).toContain("[+]");
      expect(await k("get", "--raw", `/api/v1/nodes/${node}/proxy/`).catch((error: unknown) => String(error))).toMatch(
        /NotFound|not find|Forbidden/,
      );
    });

    test("cordon holds new pods back and says why; uncordon lets them go; taints", async () => {
      await told(instance, "cordon", node);
      await applied(instance, [toolPod({ namespace: "k", name: "held", image, command: ["sh", "-c", serveScript] })]);
      const why = await until(
        () => value("pod/held", '.status.conditions[?(@.type=="PodScheduled")].message'),
        (m) => m !== "",
        20,
      );
      expect(why).toMatch(/unschedulable/);
      expect(await told(instance, "get", "node", node)).toContain("SchedulingDisabled");
      await told(instance, "uncordon", node);
      await k("wait", "--for=condition=Ready", "pod/held", "--timeout=60s");
    });

    test("drain evicts what a budget does not keep", async () => {
      await applied(instance, [
        {
          apiVersion: "policy/v1",
          kind: "PodDisruptionBudget",
          metadata: { namespace: "k", name: "keep" },
          spec: { minAvailable: 1, selector: { matchLabels: { app: "p" } } },
        },
      ]);
      const drained = await instance.kubectl("drain", node, "--force", "--delete-emptydir-data", "--timeout=8s");
      expect(drained.code).toBe(1);
      expect(drained.stderr).toMatch(
        /Cannot evict pod as it would violate the pod's disruption budget|disruption budget/,
      );
      expect((await tried("get", "pod", "held")).code).toBe(1);
      expect(await value("pod/p", ".status.phase")).toBe("Running");
      await told(instance, "uncordon", node);
    });

    test("a namespace goes with all that is in it", async () => {
      await told(instance, "delete", "ns", "k", "--timeout=120s");
      expect((await instance.kubectl("get", "ns", "k")).code).toBe(1);
      const left = await instance.kubectl("get", "pods,cm,secrets,netpol,deploy,rs,svc", "-A", "-o", "name");
      expect(left.stdout).not.toMatch(/\bk\b/);
    });
  });
});
