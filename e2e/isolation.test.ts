import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { filterMeans } from "@bulkhead/host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, run, startInstance, type TestInstance, until, whyNot } from "./instance/instance.ts";
import { pushToolImage } from "./instance/test-image.ts";
import { applied, serveScript, told, toolPod } from "./instance/tool-pod.ts";

const reason = whyNot();
const filters = await filterMeans();

type Own = "apiserver" | "controllers" | "dns" | "registry";
const own: readonly Own[] = ["apiserver", "controllers", "dns", "registry"];

/** Capabilities in the order of their bits in /proc/PID/status. */
const capabilities =
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE".split(
    " ",
  );

/** The row of the document's table of capabilities: those always held, and those held where AppArmor is on. */
function documented(name: string): readonly [readonly string[], readonly string[]] {
  const text = readFileSync(new URL("../ARCHITECTURE.md", import.meta.url), "utf8");
  const row = text.split("\n").find((line) => line.startsWith(`| ${name} `) && line.includes("SYS_ADMIN"));
  const words = (cell: string | undefined): string[] => cell?.match(/[A-Z][A-Z_]+/g) ?? [];
  const [, , always, apparmor] = row?.split("|") ?? [];
  return [words(always), words(apparmor)];
}

/** As the product asks: the module is on and its parser there. */
const hasApparmor = (): boolean =>
  existsSync("/sys/module/apparmor/parameters/enabled") &&
  readFileSync("/sys/module/apparmor/parameters/enabled", "utf8").trim() === "Y" &&
  ["/sbin/apparmor_parser", "/usr/sbin/apparmor_parser"].some((path) => existsSync(path));

interface ProcessFacts {
  readonly pid: number;
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly bounding: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
  readonly noNewPrivileges: boolean;
  /** Of seccomp: 0 nothing, 2 filters. */
  readonly seccomp: string;
}

function factsOf(pid: number): ProcessFacts {
  const status = new Map(
    readFileSync(`/proc/${pid}/status`, "utf8")
      .split("\n")
      .map((line) => line.split(":\t") as [string, string]),
  );
  const numbers = (name: string): number[] => (status.get(name) ?? "").trim().split(/\s+/).filter(Boolean).map(Number);
  const caps = (name: string): bigint => BigInt(`0x${status.get(name) ?? "f"}`);
  return {
    pid,
    uids: numbers("Uid"),
    gids: numbers("Gid"),
    groups: numbers("Groups"),
    effective: caps("CapEff"),
    permitted: caps("CapPrm"),
    bounding: caps("CapBnd"),
    inheritable: caps("CapInh"),
    ambient: caps("CapAmb"),
    noNewPrivileges: status.get("NoNewPrivs") === "1",
    seccomp: status.get("Seccomp") ?? "",
  };
}

describe.skipIf(reason !== undefined)(
  `what each process cannot do${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let instance: TestInstance;
    let image: string;
    let users: Readonly<Record<Own, number>>;
    const at = (...parts: string[]): string => join(instance.root, ...parts);
    const pidOf = (name: string): number => {
      const state = JSON.parse(readFileSync(at("run", "processes.json"), "utf8")) as {
        supervisor: { pid: number };
        processes: { name: string; identity: { pid: number } }[];
      };
      return name === "supervisor"
        ? state.supervisor.pid
        : (state.processes.find((p) => p.name === name)?.identity.pid ?? -1);
    };
    /** Runs a program as one of our users, with nothing but that. */
    const as = (
      user: Own,
      ...command: string[]
    ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
      run("setpriv", [
        `--reuid=${users[user]}`,
        `--regid=${users[user]}`,
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
        ...command,
      ]);

    beforeAll(async () => {
      instance = await startInstance();
      image = await pushToolImage(instance);
      users = (JSON.parse(readFileSync(at("instance.json"), "utf8")) as { users: Record<Own, number> }).users;
    });
    afterAll(async () => {
      await instance?.remove();
    });

    test("each unprivileged process has a user of its own, no capability and no way to one", () => {
      expect(new Set(Object.values(users)).size).toBe(own.length);
      for (const name of own) {
        const facts = factsOf(pidOf(name));
        const user = users[name];
        expect(facts, name).toMatchObject({
          uids: [user, user, user, user],
          gids: [user, user, user, user],
          groups: [],
          effective: 0n,
          permitted: 0n,
          bounding: 0n,
          inheritable: 0n,
          ambient: 0n,
          noNewPrivileges: true,
        });
      }
    });

    test.skipIf(filters === undefined)("each unprivileged process is under a seccomp filter", () => {
      for (const name of own) expect(`${name} ${factsOf(pidOf(name)).seccomp}`).toBe(`${name} 2`);
      // A filter would be on every container as well, privileged ones among them.
      expect(factsOf(pidOf("containerd")).seccomp).toBe(factsOf(process.pid).seccomp);
    });

    test.each(["agent", "containerd", "supervisor"])(
      "the %s is root with what ARCHITECTURE.md says, and no more",
      (name) => {
        const facts = factsOf(pidOf(name));
        expect(facts.uids).toEqual([0, 0, 0, 0]);
        expect(facts.noNewPrivileges).toBe(name === "agent");
        expect([facts.inheritable, facts.ambient]).toEqual([0n, 0n]);
        const held = facts.bounding | facts.effective | facts.permitted;
        const may = factsOf(process.pid).bounding;
        const [said, withApparmor] = documented(name);
        const apparmor = hasApparmor() ? withApparmor : [];
        const bits = [...said, ...apparmor].map((capability) => capabilities.indexOf(capability));
        expect(bits.filter((bit) => bit === -1)).toEqual([]);
        const wanted = bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
        expect(held.toString(16)).toBe((wanted & may).toString(16));
      },
    );

    test("the supervisor holds no network socket of the host", () => {
      const pid = pidOf("supervisor");
      const sockets = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
          return inode === undefined ? [] : [inode];
        } catch {
          return [];
        }
      });
      const network = ["tcp", "tcp6", "udp", "udp6", "raw", "packet"]
        .map((table) => `/proc/net/${table}`)
        .filter((file) => existsSync(file))
        .map((file) => readFileSync(file, "utf8"))
        .join("\n")
        .split(/\s+/);
      expect(sockets.filter((inode) => network.includes(inode))).toEqual([]);
    });

    test("no process that runs as a user of its own is started with a secret on its command line or in its environment", () => {
      for (const name of [...own, "agent", "supervisor"]) {
        const pid = pidOf(name);
        const words = `${readFileSync(`/proc/${pid}/cmdline`, "utf8")}\0${readFileSync(`/proc/${pid}/environ`, "utf8")}`;
        expect(words, name).not.toMatch(/PRIVATE KEY|password|secret|token/i);
      }
    });

    test("what belongs to root or to another process cannot be read", async () => {
      const secrets: readonly (readonly [path: string, reader: Own | undefined])[] = [
        ["admin.kubeconfig", undefined],
        ["node-policy.json", undefined],
        ["pki/ca/client-ca.key", undefined],
        ["pki/ca/server-ca.key", undefined],
        ["pki/admin/admin.key", undefined],
        ["pki/agent/node.key", undefined],
        ["pki/agent/network.key", undefined],
        ["pki/agent/tls.key", undefined],
        ["pki/ca/registry-token-ca.key", undefined],
        ["logs/agent.log", undefined],
        ["pki/apiserver/tls.key", "apiserver"],
        ["pki/apiserver/service-account.key", "apiserver"],
        ["pki/apiserver/agent-client.key", "apiserver"],
        ["pki/apiserver/audit.key", "apiserver"],
        ["pki/apiserver/registry-token.key", "apiserver"],
        ["pki/controllers/system.kube-scheduler.key", "controllers"],
        ["pki/registry/tls.key", "registry"],
        ["registry/config.yml", "registry"],
      ];
      for (const [path, reader] of secrets) {
        expect(readFileSync(at(path)).length, path).toBeGreaterThan(0);
        for (const user of own) {
          const read = await as(user, "cat", at(path));
          expect(`${user} ${path} ${read.code === 0}`).toBe(`${user} ${path} ${user === reader}`);
        }
      }
    });

    test("the store and its master key are the apiserver's alone; nobody of ours may write what it runs", async () => {
      const files = [...readdirSync(at("apiserver", "keys")), ...readdirSync(at("apiserver", "store"))];
      expect(files.length).toBeGreaterThan(1);
      for (const user of own) {
        expect((await as(user, "ls", at("apiserver", "store"))).code === 0, user).toBe(user === "apiserver");
        // Where root writes, nobody else may: a link put in the way would lead root's write elsewhere.
        const prepared = ["pki", "pki/apiserver", "pki/controllers", "pki/registry", "registry", "run/dns", "logs"];
        for (const path of [
          "programs",
          "parts",
          "run",
          "cni",
          "containerd",
          "network",
          "kubelet/pods",
          ".",
          ...prepared,
        ])
          expect((await as(user, "test", "-w", at(path))).code, `${user} writes ${path}`).not.toBe(0);
      }
    });

    test("containerd's sockets are root's", async () => {
      const sockets = (await run("find", [at("run"), "-type", "s"])).stdout.trim().split("\n");
      const containerd = sockets.filter((s) => s.includes("containerd"));
      expect(containerd.length).toBeGreaterThan(0);
      const call = (path: string): string[] => [
        process.execPath,
        "-e",
        `require("node:net").connect(${JSON.stringify(path)}).once("connect",()=>{console.log("in");process.exit()}).once("error",e=>{console.log(e.code);process.exit()})`,
      ];
      for (const socket of containerd) {
        const [program = "", ...args] = call(socket);
        expect((await run(program, args)).stdout.trim()).toBe("in");
        for (const user of own) expect((await as(user, program, ...args)).stdout.trim(), user).toBe("EACCES");
      }
    });

    test("a process cannot signal or look into another's", async () => {
      const agent = pidOf("agent");
      for (const user of own) {
        const others = ["agent", "supervisor", "containerd", ...own.filter((o) => o !== user)].map(pidOf);
        for (const pid of others) {
          expect(pid).toBeGreaterThan(1);
          expect((await as(user, "sh", "-c", `kill -0 ${pid}`)).code, `${user} signals ${pid}`).not.toBe(0);
          expect((await as(user, "cat", `/proc/${pid}/environ`)).code, `${user} reads ${pid}`).not.toBe(0);
        }
      }
      expect(factsOf(agent).pid).toBe(agent);
    });

    describe("the agent's port", () => {
      const ask = (identity: { cert: string; key: string } | undefined, path: string): Promise<number | string> =>
        new Promise((resolve) => {
          const asked = request(
            {
              host: "127.0.0.1",
              port: instance.port + 1,
              path,
              ca: readFileSync(at("pki", "admin", "server-ca.crt")),
              checkServerIdentity: () => undefined,
              ...(identity === undefined
                ? {}
                : { cert: readFileSync(at(identity.cert)), key: readFileSync(at(identity.key)) }),
            },
            (response) => {
              response.resume();
              resolve(response.statusCode ?? 0);
            },
          );
          asked.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
          asked.end();
        });

      test("answers the apiserver's certificate and no other", async () => {
        const good = { cert: "pki/apiserver/agent-client.crt", key: "pki/apiserver/agent-client.key" };
        expect(await ask(good, "/healthz")).toBe(200);
        expect(await ask(good, "/pods/../../etc/passwd")).toBe(404);
        expect(await ask(undefined, "/healthz")).not.toBe(200);
        for (const name of ["pki/admin/admin", "pki/agent/node", "pki/controllers/system.kube-scheduler"])
          expect(await ask({ cert: `${name}.crt`, key: `${name}.key` }, "/healthz"), name).not.toBe(200);
      });
    });

    test("through the API, an agent can be read by whom RBAC lets, and nothing more", async () => {
      const node = await told(instance, "get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
      const proxy = `/api/v1/nodes/${node}/proxy`;
      const summary = JSON.parse(await told(instance, "get", "--raw", `${proxy}/stats/summary`)) as {
        node: { nodeName: string };
      };
      expect(summary.node.nodeName).toBe(node);
      expect(await told(instance, "get", "--raw", `${proxy}/healthz`)).toBe("ok");
      expect(await told(instance, "get", "--raw", `${proxy}/metrics/resource`)).toContain(
        "node_cpu_usage_seconds_total",
      );
      for (const path of ["exec/evil/fine/x/main?command=id", "containerLogs/kube-system/x/y", "pods"]) {
        const refused = await instance.kubectl("get", "--raw", `${proxy}/${path}`);
        expect([path, refused.code === 0]).toEqual([path, false]);
        expect(refused.stderr).toContain("Forbidden");
      }
      const viewer = ["--as=somebody", "--as-group=system:authenticated"];
      const refused = await instance.kubectl("get", "--raw", `${proxy}/stats/summary`, ...viewer);
      expect(refused.stderr).toContain('cannot get resource "nodes/proxy"');
    });

    describe("identities at the API", () => {
      const with_ = (name: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
        run(at("parts", "bin", "kubectl"), [
          `--server=https://127.0.0.1:${instance.port}`,
          `--certificate-authority=${at("pki/admin/server-ca.crt")}`,
          `--client-certificate=${at(`${name}.crt`)}`,
          `--client-key=${at(`${name}.key`)}`,
          "--kubeconfig=/dev/null",
          ...args,
        ]);

      test.each([
        ["pki/agent/node", ["get", "secrets", "-A"]],
        ["pki/agent/node", ["create", "ns", "theirs"]],
        ["pki/agent/node", ["label", "node", "--all", "node-restriction.kubernetes.io/x=y"]],
        ["pki/agent/network", ["get", "secrets", "-A"]],
        ["pki/agent/network", ["delete", "networkpolicies", "--all", "-A"]],
        ["pki/controllers/system.kube-scheduler", ["get", "secrets", "-A"]],
        ["pki/controllers/system.serviceaccount.kube-system.deployment-controller", ["get", "secrets", "-A"]],
        [
          "pki/controllers/system.serviceaccount.kube-system.deployment-controller",
          ["-n", "default", "run", "x", "--image=x"],
        ],
        [
          "pki/controllers/system.serviceaccount.kube-system.endpointslice-controller",
          ["delete", "services", "--all", "-A"],
        ],
      ])("%s may not %j", async (name, args) => {
        const ran = await with_(name, ...args);
        expect(ran.code).not.toBe(0);
        expect(ran.stderr).toMatch(/Forbidden|forbidden/);
      });
    });

    describe("with the control plane in an attacker's hands", () => {
      /** Everything that the API decides by is opened, with an administrator's rights. */
      beforeAll(async () => {
        await applied(instance, [
          {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: "evil", labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
          },
        ]);
        await told(instance, "-n", "evil", "delete", "networkpolicy", "--all");
        await told(
          instance,
          "patch",
          "imagetrustpolicy",
          "default",
          "--type=merge",
          "-p",
          JSON.stringify({ spec: { allow: [{ registry: "*", repositories: ["*"] }] } }),
        );
      });

      const foreign = `registry.elsewhere.example/tools/miner@sha256:${"0".repeat(64)}`;
      const mark = (): string => at("mark");
      const evil: readonly (readonly [
        name: string,
        spec: object,
        container: object,
        field: RegExp,
        command: RegExp,
      ])[] = [
        [
          "privileged",
          {},
          { securityContext: { privileged: true } },
          /spec\.containers\[0\]\.securityContext\.privileged/,
          /bulkhead allow node privileged-namespace evil/,
        ],
        [
          "host-network",
          { hostNetwork: true },
          {},
          /spec\.hostNetwork/,
          /bulkhead allow node privileged-namespace evil/,
        ],
        ["host-users", { hostUsers: true }, {}, /spec\.hostUsers/, /bulkhead allow node privileged-namespace evil/],
        ["host-pid", { hostPID: true }, {}, /spec\.hostPID/, /bulkhead allow node privileged-namespace evil/],
        [
          "capability",
          {},
          { securityContext: { capabilities: { add: ["SYS_ADMIN"] } } },
          /capabilities/,
          /bulkhead allow node privileged-namespace evil/,
        ],
        [
          "unconfined",
          { securityContext: { seccompProfile: { type: "Unconfined" } } },
          {},
          /seccompProfile/,
          /bulkhead allow node privileged-namespace evil/,
        ],
        [
          "host-path",
          { volumes: [{ name: "host", hostPath: { path: "/tmp", type: "Directory" } }] },
          { volumeMounts: [{ name: "host", mountPath: "/host" }] },
          /spec\.volumes\[0\]\.hostPath\.path/,
          /bulkhead allow node host-path \/tmp/,
        ],
        [
          "foreign",
          {},
          { image: foreign },
          /spec\.containers\[0\]\.image/,
          /bulkhead allow node registry registry\.elsewhere\.example/,
        ],
        [
          "foreign-init",
          { initContainers: [{ name: "init", image: foreign }] },
          {},
          /spec\.initContainers\[0\]\.image/,
          /bulkhead allow node registry/,
        ],
      ];

      test.each(evil)("no pod that is %s starts", async (name, spec, container, field, command) => {
        const node = (await told(instance, "get", "nodes", "-o", "jsonpath={.items[0].metadata.name}")).trim();
        // Bound by hand as well: the scheduler is of the control plane.
        await applied(instance, [
          toolPod({
            namespace: "evil",
            name,
            image,
            command: ["sh", "-c", `echo ran; echo ${name} > /host/${mark()}; sleep 3600`],
            spec: { ...spec, nodeName: node },
            container,
          }),
        ]);
        const status = await until(
          async () =>
            JSON.parse(await told(instance, "-n", "evil", "get", "pod", name, "-o", "json")) as {
              status: { phase: string; reason?: string; message?: string; containerStatuses?: { state: object }[] };
            },
          (pod) => pod.status.phase !== "Pending",
          30,
        );
        expect(status.status.phase).toBe("Failed");
        expect(status.status.reason).toMatch(/^[A-Z]\w+$/);
        expect(status.status.message).toMatch(field);
        expect(status.status.message).toMatch(command);
        expect(status.status.message).toContain("node-policy.json");
        expect(existsSync(mark())).toBe(false);
        for (const c of status.status.containerStatuses ?? []) expect(c.state).not.toHaveProperty("running");
        const sandboxes = await run(at("parts", "bin", "ctr"), [
          "--address",
          (await run("find", [at("run"), "-name", "containerd.sock"])).stdout.trim(),
          "--namespace",
          "k8s.io",
          "containers",
          "list",
          `labels."io.kubernetes.pod.name"==${name}`,
        ]);
        expect(sandboxes.code).toBe(0);
        expect(sandboxes.stdout.trim().split("\n")).toHaveLength(1);
      });

      test("why and check say beforehand what the node will say", async () => {
        const asked = join(instance.root, "host-users.json");
        writeFileSync(
          asked,
          JSON.stringify(
            toolPod({ namespace: "evil", name: "asked", image, command: ["true"], spec: { hostUsers: true } }),
          ),
        );
        for (const words of [
          ["why", "pod", asked],
          ["check", asked],
        ]) {
          const said = await bulkhead(...words, "--root", instance.root);
          expect(said.code, words[0]).toBe(1);
          expect(said.stdout).toMatch(/spec\.hostUsers/);
          expect(said.stdout).toContain("bulkhead allow node privileged-namespace evil");
        }
      });

      test("an ordinary pod still starts there: it is the node that told them apart", async () => {
        await applied(instance, [
          toolPod({ namespace: "evil", name: "fine", image, command: ["sh", "-c", serveScript] }),
        ]);
        await told(instance, "-n", "evil", "wait", "--for=condition=Ready", "pod/fine", "--timeout=60s");
      });

      test("an ephemeral container with more rights does not start", async () => {
        const pod = JSON.parse(await told(instance, "-n", "evil", "get", "pod", "fine", "-o", "json")) as {
          spec: { ephemeralContainers?: object[] };
        };
        pod.spec.ephemeralContainers = [
          { name: "debug", image, command: ["sleep", "3600"], securityContext: { privileged: true } },
        ];
        const replaced = await instance.kubectlWith(
          JSON.stringify(pod),
          "replace",
          "--raw",
          "/api/v1/namespaces/evil/pods/fine/ephemeralcontainers",
          "-f",
          "-",
        );
        expect(replaced.code).toBe(0);
        const state = await until(
          () =>
            told(
              instance,
              "-n",
              "evil",
              "get",
              "pod",
              "fine",
              "-o",
              "jsonpath={.status.ephemeralContainerStatuses[0].state}",
            ),
          (s) => s !== "" && !s.includes("ContainerCreating"),
          20,
        );
        expect(state).not.toContain("running");
        expect(state).toContain("bulkhead allow node privileged-namespace evil");
      });

      test("the file that decides is root's, and the API has no way to it", () => {
        const policy = JSON.parse(readFileSync(at("node-policy.json"), "utf8")) as Record<string, unknown>;
        expect(policy).toEqual({
          privilegedNamespaces: [],
          hostPaths: [],
          registries: [`127.0.0.1:${instance.port + 2}`],
        });
      });
    });
  },
);
