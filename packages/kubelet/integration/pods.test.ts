import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Pod } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeMachine, type StartingImage } from "../src/index.ts";
import { type AgentRig, isOver, isReady, isRunning, script, startAgent, waits } from "./rig/agent.ts";
import { lacking } from "./rig/containerd.ts";

const why = lacking();

const mountsOf = (uid: string): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(`/pods/${uid}/`));

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe.skipIf(why !== undefined)(`pods on containerd${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  let rig: AgentRig;
  /** Refuses pods that carry the label `refuse`. */
  beforeAll(async () => {
    rig = await startAgent({
      refreshEvery: 400,
      storageEvery: 500,
      admit: (pod) =>
        pod.metadata.labels?.["refuse"] === undefined
          ? { decision: "allow", because: [] }
          : {
              decision: "deny",
              because: [
                { says: "privileged pods are not allowed in namespace shop", command: "bulkhead allow node …" },
              ],
            },
    });
  });
  afterAll(() => rig.close());

  /** Runs a script to its end and answers what it printed. */
  const output = async (name: string, spec: Parameters<AgentRig["pod"]>[1]): Promise<string> => {
    const made = rig.pod(name, spec);
    const pod = await rig.api.until("shop", name, isOver);
    const text = rig.logOf(made);
    expect(pod?.status?.phase, text).toBe("Succeeded");
    await rig.gone(name);
    return text;
  };

  test("lives and dies whole: status, events, and nothing left", async () => {
    const made = rig.pod("whole", {});
    const uid = made.metadata.uid ?? "";
    const pod = await rig.api.until("shop", "whole", isReady);
    expect(pod?.status).toMatchObject({
      phase: "Running",
      qosClass: "BestEffort",
      containerStatuses: [{ ready: true, started: true, restartCount: 0, user: { linux: { uid: 0 } } }],
    });
    expect(pod?.status?.podIP).toMatch(/^10\.251\./);
    const link = rig.links.find((each) => each.uid === uid);
    expect(link).toMatchObject({
      namespace: "shop",
      name: "whole",
      labels: { app: "whole" },
      ips: [pod?.status?.podIP],
    });
    expect(link?.hostInterface).toMatch(/^veth/);
    expect(existsSync(link?.netns ?? "")).toBe(true);
    await rig.gone("whole", 5);
    expect(rig.removed).toContain(uid);
    expect(existsSync(join(rig.root, "pods", uid))).toBe(false);
    expect(readdirSync(join(rig.root, "logs")).some((name) => name.endsWith(uid))).toBe(false);
    expect(mountsOf(uid)).toEqual([]);
    const events = rig.api.eventsOf("whole").map((event) => event.split(":")[0]);
    expect(events).toEqual(["Pulled", "Created", "Started", "Killing"]);
  });

  test("is not alive before its packet rules are in force", async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    let failures = 0;
    await rig.restartAgent({
      podRules: {
        ensure: async (link) => {
          if (link.name === "gated" && failures++ === 0) throw new Error("the ruleset is locked");
          if (link.name === "gated") await gate;
        },
        remove: async () => {},
      },
    });
    const made = rig.pod("gated", {});
    await rig.api.until("shop", "gated", () => failures > 1);
    expect(existsSync(join(rig.root, "logs", `shop_gated_${made.metadata.uid}`, "c0"))).toBe(false);
    expect(rig.api.eventsOf("gated").join()).toContain(
      "NetworkNotReady: packet rules are not in force: the ruleset is locked",
    );
    open();
    await rig.api.until("shop", "gated", isRunning);
    await rig.gone("gated");
    await rig.restartAgent();
  });

  test("a refused pod fails with the reason, and nothing of it is made", async () => {
    const links = rig.links.length;
    rig.pod("refused", {}, { labels: { refuse: "yes" } });
    const pod = await rig.api.until("shop", "refused", isOver);
    expect(pod?.status).toMatchObject({ phase: "Failed", reason: "NodePolicy" });
    expect(pod?.status?.message).toContain(
      "privileged pods are not allowed in namespace shop. To allow it: bulkhead allow",
    );
    expect(rig.api.eventsOf("refused").join()).toContain("NodePolicy");
    expect(rig.links).toHaveLength(links);
    await rig.gone("refused");
  });

  test("runs confined: its own users, no new privileges, seccomp", async () => {
    const text = await output("confined", {
      containers: [script("cat /proc/self/uid_map; cat /proc/self/status; cat /proc/self/limits > /dev/null")],
    });
    const [, host] = /^\s+0\s+(\d+)\s+65536$/m.exec(text) ?? [];
    expect(Number(host)).toBeGreaterThanOrEqual(0x2000_0000);
    expect(text).toMatch(/^NoNewPrivs:\s1$/m);
    expect(text).toMatch(/^Seccomp:\s2$/m);
    expect(text).toMatch(/^CapInh:\s0{16}$/m);
  });

  test("two pods never share a range of users", async () => {
    const see = script("cat /proc/self/uid_map");
    rig.pod("range-a", { containers: [see] });
    rig.pod("range-b", { containers: [see] });
    const ranges = [];
    for (const name of ["range-a", "range-b"]) {
      const pod = (await rig.api.until("shop", name, isOver)) as Pod;
      ranges.push(rig.logOf(pod).trim().split(/\s+/)[1]);
    }
    expect(new Set(ranges).size).toBe(2);
    await rig.gone("range-a");
    await rig.gone("range-b");
  });

  test("sees its environment, names and resolver", async () => {
    rig.api.put("configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace: "shop" },
      data: { color: "red" },
    } as never);
    const text = await output("names", {
      hostname: "front",
      subdomain: "web",
      hostAliases: [{ ip: "1.2.3.4", hostnames: ["alias"] }],
      containers: [
        {
          ...script("env; cat /etc/hostname /etc/hosts /etc/resolv.conf"),
          env: [
            { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
            { name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } },
            { name: "BOTH", value: "$(COLOR) $(IP)" },
          ],
        },
      ],
    });
    expect(text).toMatch(/^BOTH=red 10\.251\.\d+\.\d+$/m);
    expect(text).toMatch(/^10\.251\.\d+\.\d+\tfront\.web\.shop\.svc\.cluster\.local\tfront$/m);
    expect(text).toContain("1.2.3.4\talias");
    expect(text).toContain("nameserver 10.96.0.10");
  });

  test("what it may write on the host is bounded", async () => {
    const text = await output("greedy", {
      containers: [
        script(
          "for f in /dev/termination-log /etc/hosts /etc/resolv.conf /etc/hostname; do dd if=/dev/zero of=$f bs=1M count=8 2>/dev/null; done; stat -c %s /dev/termination-log /etc/hosts; exit 0",
        ),
      ],
    });
    const sizes = text.trim().split("\n").map(Number);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(256 * 1024);
  });

  describe("volumes", () => {
    const secret = (pin: string) =>
      rig.api.put("secrets", {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "keys", namespace: "shop" },
        data: { pin: base64(pin) },
      } as never);

    test("every kind, seen by the container's root as its own", async () => {
      secret("1234");
      rig.api.put("configmaps", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "page", namespace: "shop" },
        data: { html: "<p>", other: "x" },
      } as never);
      const text = await output("kinds", {
        serviceAccountName: "robot",
        volumes: [
          { name: "disk", emptyDir: {} },
          { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
          { name: "page", configMap: { name: "page", items: [{ key: "html", path: "deep/index.html", mode: 0o400 }] } },
          { name: "keys", secret: { secretName: "keys", defaultMode: 0o440 } },
          {
            name: "all",
            projected: {
              sources: [
                { serviceAccountToken: { path: "token", audience: "vault", expirationSeconds: 700 } },
                { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
              ],
            },
          },
        ],
        containers: [
          {
            ...script(
              "echo x > /disk/file; dd if=/dev/zero of=/memory/file bs=1M count=4 2>/dev/null; stat -c '%n %u %g %a %s' /disk /disk/file /memory/file; " +
                "cat /page/deep/index.html /keys/pin /all/token /all/labels; ls /page; echo; stat -Lc '%n %u %g %a' /page/deep/index.html /keys/pin /all/token; touch /keys/new || echo readonly",
            ),
            volumeMounts: [
              { name: "disk", mountPath: "/disk" },
              { name: "memory", mountPath: "/memory" },
              { name: "page", mountPath: "/page" },
              { name: "keys", mountPath: "/keys" },
              { name: "all", mountPath: "/all" },
            ],
          },
        ],
      });
      expect(text).toContain("/disk 0 0 777");
      expect(text).toContain("/disk/file 0 0 644 2");
      expect(text).toContain("/memory/file 0 0 644 1048576");
      expect(text).toMatch(/<p>1234token-\d+app="kinds"deep/);
      expect(text).toContain("/page/deep/index.html 0 0 400");
      expect(text).toContain("/keys/pin 0 0 440");
      expect(text).toContain("readonly");
      expect(rig.api.tokens.at(-1)).toContain('"audiences":["vault"],"expirationSeconds":700');
      expect(rig.api.tokens.at(-1)).toContain('"kind":"Pod","name":"kinds"');
    });

    test("fsGroup and one common user close files to all others", async () => {
      secret("1234");
      const text = await output("grouped", {
        securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 },
        volumes: [
          { name: "keys", secret: { secretName: "keys" } },
          { name: "disk", emptyDir: {} },
        ],
        containers: [
          {
            ...script(
              "id; cat /keys/pin; stat -Lc ' %n %u %g %a' /keys/pin /disk; touch /disk/mine; stat -c '%n %u %g' /disk/mine",
            ),
            volumeMounts: [
              { name: "keys", mountPath: "/keys" },
              { name: "disk", mountPath: "/disk" },
            ],
          },
        ],
      });
      expect(text).toContain("uid=1000(web) gid=1000(web) groups=1000(web),2000");
      expect(text).toContain("1234 /keys/pin 1000 2000 640");
      expect(text).toContain("/disk 0 2000 2777");
      expect(text).toContain("/disk/mine 1000 2000");
    });

    test.each([
      ["cannot map tmpfs (Debian 12)", [6, 1] as const],
      ["can map nothing", [5, 10] as const],
    ])("a kernel that %s: files get the mapped owner instead", async (_, kernel) => {
      secret("1234");
      await rig.restartAgent({ machine: { ...probeMachine(), kernel } });
      const text = await output("unmapped", {
        securityContext: { runAsUser: 1000, fsGroup: 2000 },
        volumes: [
          { name: "keys", secret: { secretName: "keys", defaultMode: 0o400 } },
          { name: "disk", emptyDir: {} },
          { name: "memory", emptyDir: { medium: "Memory" } },
        ],
        containers: [
          {
            ...script(
              "cat /keys/pin; stat -Lc ' %n %u %g %a' /keys/pin /disk /memory /etc/hosts; echo x > /disk/new; echo x > /memory/new; echo bye > /dev/termination-log; stat -c '%n %u %g' /disk/new /memory/new",
            ),
            volumeMounts: [
              { name: "keys", mountPath: "/keys" },
              { name: "disk", mountPath: "/disk" },
              { name: "memory", mountPath: "/memory" },
            ],
          },
        ],
      });
      expect(text).toContain("1234 /keys/pin 1000 2000 440");
      expect(text).toContain("/disk 0 2000 2777");
      expect(text).toContain("/memory 0 2000 2777");
      expect(text).toContain("/etc/hosts 0 0 644");
      expect(text).toContain("/disk/new 1000 2000");
      expect(text).toContain("/memory/new 1000 2000");
      await rig.restartAgent();
    });

    test("on the host, nobody but root reaches them", async () => {
      secret("1234");
      const made = rig.pod("closed", {
        volumes: [{ name: "keys", secret: { secretName: "keys" } }],
        containers: [{ ...script(waits), volumeMounts: [{ name: "keys", mountPath: "/keys" }] }],
      });
      await rig.api.until("shop", "closed", isRunning);
      const folder = join(rig.root, "pods", made.metadata.uid ?? "");
      for (const path of [join(rig.root, "pods"), folder, join(folder, "files"), join(folder, "bounded")]) {
        expect(statSync(path).mode & 0o777, path).toBe(0o700);
      }
      expect(mountsOf(made.metadata.uid ?? "").some((line) => line.includes("/files ") && line.includes("tmpfs"))).toBe(
        true,
      );
      await rig.gone("closed");
    });

    test("changes reach a running pod all at once", async () => {
      secret("old");
      const made = rig.pod("follows", {
        volumes: [{ name: "keys", secret: { secretName: "keys" } }],
        containers: [
          {
            ...script(
              'cat /keys/pin; while [ "$(cat /keys/pin)" = old ]; do sleep 0.1; done; cat /keys/pin; ls -a /keys',
            ),
            volumeMounts: [{ name: "keys", mountPath: "/keys" }],
          },
        ],
      });
      await rig.api.until("shop", "follows", isRunning);
      secret("new");
      await rig.api.until("shop", "follows", isOver);
      expect(rig.logOf(made)).toMatch(/^oldnew/);
      await rig.gone("follows");
    });

    test("a subPath is that file or folder, and a link leads nowhere else", async () => {
      rig.api.put("configmaps", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "page", namespace: "shop" },
        data: { html: "<p>" },
      } as never);
      const text = await output("part", {
        volumes: [
          { name: "page", configMap: { name: "page" } },
          { name: "disk", emptyDir: {} },
        ],
        initContainers: [
          {
            ...script("mkdir() { :; }; echo made > /disk/in; touch /disk/sub/x"),
            volumeMounts: [
              { name: "disk", mountPath: "/disk" },
              { name: "disk", mountPath: "/disk/sub", subPath: "sub" },
            ],
          },
        ],
        containers: [
          {
            ...script("cat /index.html; ls /sub; stat -c %u /sub"),
            volumeMounts: [
              { name: "page", mountPath: "/index.html", subPath: "html" },
              { name: "disk", mountPath: "/sub", subPathExpr: "$(WHERE)" },
            ],
            env: [{ name: "WHERE", value: "sub" }],
          },
        ],
      });
      expect(text).toMatch(/^<p>x\n0\n/);
    });

    test("a link that a container made is not followed out of its volume", async () => {
      rig.pod("escape", {
        volumes: [{ name: "disk", emptyDir: {} }],
        initContainers: [
          { command: ["/bin/ln", "-s", "/etc", "/disk/out"], volumeMounts: [{ name: "disk", mountPath: "/disk" }] },
        ],
        containers: [{ ...script("ls /out"), volumeMounts: [{ name: "disk", mountPath: "/out", subPath: "out" }] }],
      });
      const pod = await rig.api.until(
        "shop",
        "escape",
        (current) => current?.status?.containerStatuses?.[0]?.state?.waiting?.reason === "CreateContainerConfigError",
      );
      expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain("leads out of its volume");
      await rig.gone("escape");
    });

    test("a path of the host, but not through a link", async () => {
      const folder = join(rig.containerd.folder, "given");
      mkdirSync(folder);
      writeFileSync(join(folder, "file"), "from the host");
      const mounted = {
        ...script("cat /host/file"),
        volumeMounts: [{ name: "host", mountPath: "/host", readOnly: true }],
      };
      const hostPath = { path: folder, type: "Directory" };
      const text = await output("host", { volumes: [{ name: "host", hostPath }], containers: [mounted] });
      expect(text).toBe("from the host\n");
      const own = { hostUsers: false, volumes: [{ name: "host", hostPath }], containers: [mounted] };
      expect(await output("own-users", own)).toBe("from the host\n");
      rig.pod("wrong", {
        volumes: [{ name: "host", hostPath: { path: folder, type: "File" } }],
        containers: [mounted],
      });
      await rig.api.until("shop", "wrong", () =>
        rig.api.eventsOf("wrong").some((event) => event.includes("is a folder, not a file")),
      );
      await rig.gone("wrong");
    });
  });

  test("init containers, then the rest; a sidecar stays until the end", async () => {
    const made = rig.pod("ordered", {
      volumes: [{ name: "disk", emptyDir: {} }],
      initContainers: [
        { ...script("echo one >> /disk/order"), volumeMounts: [{ name: "disk", mountPath: "/disk" }] },
        {
          name: "side",
          restartPolicy: "Always",
          ...script(`echo side >> /disk/order; ${waits}`),
          startupProbe: { exec: { command: ["/bin/sh", "-c", "cat /disk/order"] }, periodSeconds: 1 },
          volumeMounts: [{ name: "disk", mountPath: "/disk" }],
        },
        { name: "two", ...script("echo two >> /disk/order"), volumeMounts: [{ name: "disk", mountPath: "/disk" }] },
      ],
      containers: [{ ...script("cat /disk/order"), volumeMounts: [{ name: "disk", mountPath: "/disk" }] }],
    });
    const pod = await rig.api.until(
      "shop",
      "ordered",
      (current) =>
        isOver(current) && current?.status?.initContainerStatuses?.every(({ state }) => state?.terminated) === true,
    );
    expect(pod?.status?.phase).toBe("Succeeded");
    expect(rig.logOf(made)).toBe("one\nside\ntwo\n");
    await rig.gone("ordered");
  });

  test("a crash is restarted, its last words and log are kept", async () => {
    const made = rig.pod("crash", {
      restartPolicy: "Always",
      containers: [script("echo attempt; echo farewell > /dev/termination-log; exit 3")],
    });
    const pod = await rig.api.until(
      "shop",
      "crash",
      (current) => current?.status?.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff",
    );
    const [status] = pod?.status?.containerStatuses ?? [];
    expect(status).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 3, reason: "Error", message: "farewell\n" } },
    });
    expect(rig.logOf(made, "c0", 1)).toBe("attempt\n");
    expect(rig.api.eventsOf("crash").join()).toContain(
      "BackOff: Back-off restarting failed container c0 in pod crash_shop",
    );
    await rig.gone("crash");
  });

  test("on an error without last words, the end of the log stands in", async () => {
    rig.pod("silent", {
      containers: [{ ...script("echo it broke; exit 1"), terminationMessagePolicy: "FallbackToLogsOnError" }],
    });
    const pod = await rig.api.until("shop", "silent", isOver);
    expect(pod?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 1,
      message: "it broke\n",
    });
    await rig.gone("silent");
  });

  test("memory has its limit", async () => {
    rig.pod("hungry", {
      containers: [{ command: ["/bin/tail", "/dev/zero"], resources: { limits: { memory: "16Mi", cpu: "500m" } } }],
    });
    const pod = await rig.api.until("shop", "hungry", isOver);
    expect(pod?.status).toMatchObject({ phase: "Failed", qosClass: "Guaranteed" });
    expect(pod?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      reason: "OOMKilled",
      exitCode: 137,
    });
    await rig.gone("hungry");
  });

  test("liveness restarts, readiness only tells", async () => {
    rig.pod("probed", {
      restartPolicy: "Always",
      containers: [
        {
          ...script(`touch /tmp/alive /tmp/ready; ${waits}`),
          livenessProbe: {
            exec: { command: ["/bin/cat", "/tmp/alive"] },
            periodSeconds: 1,
            failureThreshold: 1,
            timeoutSeconds: 5,
          },
          readinessProbe: {
            exec: { command: ["/bin/cat", "/tmp/ready"] },
            periodSeconds: 1,
            failureThreshold: 1,
            timeoutSeconds: 5,
          },
          lifecycle: {
            postStart: {
              exec: {
                command: [
                  "/bin/sh",
                  "-c",
                  "while [ ! -f /tmp/alive ]; do sleep 0.05; done; (sleep 3; rm /tmp/ready; sleep 2; rm /tmp/alive) > /dev/null 2>&1 &",
                ],
              },
            },
          },
        },
      ],
    });
    await rig.api.until("shop", "probed", isReady);
    const unready = await rig.api.until("shop", "probed", (pod) => pod !== undefined && !isReady(pod));
    expect(unready?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    await rig.api.until("shop", "probed", (pod) => (pod?.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
    const events = rig.api.eventsOf("probed").join("\n");
    expect(events).toContain("Unhealthy: Liveness probe failed");
    expect(events).toContain("Killing: Container c0 failed liveness probe, will be restarted");
    await rig.gone("probed");
  });

  test("ends gracefully: preStop, then TERM, then KILL after the grace", async () => {
    const polite = rig.pod("polite", {
      terminationGracePeriodSeconds: 20,
      containers: [
        {
          ...script("trap 'echo term; exit 7' TERM; while true; do sleep 1000 & wait $!; done"),
          lifecycle: { preStop: { exec: { command: ["/bin/sh", "-c", "echo before > /proc/1/fd/1"] } } },
        },
      ],
    });
    const stubborn = rig.pod("stubborn", { containers: [script("trap '' TERM; while true; do sleep 1; done")] });
    await rig.api.until("shop", "polite", isRunning);
    await rig.api.until("shop", "stubborn", isRunning);
    const ends: Record<string, unknown> = {};
    const watch = (name: string) =>
      rig.api.until("shop", name, (pod) => {
        const end = pod?.status?.containerStatuses?.[0]?.state?.terminated;
        if (end !== undefined) ends[name] = [end.exitCode, rig.logOf(name === "polite" ? polite : stubborn)];
        return pod === undefined;
      });
    rig.api.deletePod("shop", "polite", 20);
    rig.api.deletePod("shop", "stubborn", 1);
    await Promise.all([watch("polite"), watch("stubborn")]);
    expect(ends).toEqual({ polite: [7, "before\nterm\n"], stubborn: [137, ""] });
  });

  test("a volume that grows over its limit ends its pod", async () => {
    rig.pod("hoarder", {
      volumes: [{ name: "cache", emptyDir: { sizeLimit: "1Mi" } }],
      containers: [
        {
          ...script(`dd if=/dev/zero of=/cache/file bs=1M count=3 2>/dev/null; ${waits}`),
          volumeMounts: [{ name: "cache", mountPath: "/cache" }],
        },
      ],
    });
    const pod = await rig.api.until("shop", "hoarder", isOver);
    expect(pod?.status).toMatchObject({
      phase: "Failed",
      reason: "Evicted",
      message: 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ',
    });
    await rig.gone("hoarder");
  });

  test("a deadline ends a pod", async () => {
    rig.pod("late", { activeDeadlineSeconds: 1 });
    const pod = await rig.api.until("shop", "late", isOver);
    expect(pod?.status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
    await rig.gone("late");
  });

  test("a pod in the host's network has the host's address, users and no link of its own", async () => {
    const links = rig.links.length;
    const made = rig.pod("host", { hostNetwork: true, containers: [script(`cat /proc/self/uid_map; ${waits}`)] });
    const pod = await rig.api.until("shop", "host", isRunning);
    expect(pod?.status?.podIP).toBe(pod?.status?.hostIP);
    await expect.poll(() => rig.logOf(made)).toMatch(/^\s+0\s+0\s+4294967295/);
    expect(rig.links).toHaveLength(links);
    await rig.gone("host");
  });

  test("what this node cannot do is refused, not ignored", async () => {
    rig.pod("other", { runtimeClassName: "gvisor" });
    const pod = await rig.api.until("shop", "other", isOver);
    expect(pod?.status).toMatchObject({ phase: "Failed", reason: "Unsupported" });
    expect(pod?.status?.message).toContain("spec.runtimeClassName");
    await rig.gone("other");
    rig.pod("ported", { containers: [{ ...script(waits), ports: [{ containerPort: 80, hostPort: 8080 }] }] });
    const ported = await rig.api.until("shop", "ported", isOver);
    expect(ported?.status?.message).toContain("publish a Service of type NodePort instead");
    await rig.gone("ported");
  });

  test("an ephemeral container joins a running pod", async () => {
    const made = rig.pod("debugged", {});
    await rig.api.until("shop", "debugged", isRunning);
    const current = structuredClone(rig.api.get<Pod>("pods", "shop", "debugged") as Pod);
    current.metadata.generation = 2;
    if (current.spec !== undefined) {
      current.spec.ephemeralContainers = [
        { name: "debug", image: rig.containerd.shell, targetContainerName: "c0", ...script("cat /proc/1/cmdline") },
      ];
    }
    rig.api.put("pods", current);
    const pod = await rig.api.until(
      "shop",
      "debugged",
      (each) => each?.status?.ephemeralContainerStatuses?.[0]?.state?.terminated !== undefined,
    );
    expect(pod?.status?.phase).toBe("Running");
    expect(rig.logOf(made, "debug")).toContain("trap");
    await rig.gone("debugged");
  });

  test("what cannot be pulled waits and says why", async () => {
    rig.pod("nowhere", { containers: [{ image: "127.0.0.1:1/none:1" }] });
    const pod = await rig.api.until(
      "shop",
      "nowhere",
      (each) => each?.status?.containerStatuses?.[0]?.state?.waiting?.reason === "ImagePullBackOff",
    );
    expect(pod?.status?.phase).toBe("Pending");
    expect(rig.api.eventsOf("nowhere").join()).toContain('Failed: Failed to pull image "127.0.0.1:1/none:1"');
    await rig.gone("nowhere");
  });

  test("an image whose content is not known waits, and starts as soon as more is known", async () => {
    let decision: "hold" | "deny" | "allow" = "hold";
    const asked: StartingImage[] = [];
    await rig.restartAgent({
      admitImage: async (_, image) => {
        asked.push(image);
        const because = [{ rule: "scan", says: "it is the next to be read", command: "bulkhead allow image scan" }];
        return { decision, because };
      },
    });
    rig.pod("awaited", {});
    const waitingFor = (reason: string) => (pod: Pod | undefined) =>
      pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === reason;
    const pending = await rig.api.until("shop", "awaited", waitingFor("ImageScanPending"));
    expect(pending?.status?.phase).toBe("Pending");
    expect(pending?.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain("it is the next to be read");
    expect(asked[0]).toMatchObject({ field: "spec.containers[0].image", image: rig.containerd.shell });
    const before = asked.length;
    decision = "deny";
    rig.agent.imagesChanged();
    const refused = await rig.api.until("shop", "awaited", waitingFor("ImageRefused"));
    expect(refused?.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain("bulkhead allow image scan");
    expect(asked).toHaveLength(before + 1);
    decision = "allow";
    rig.agent.imagesChanged();
    expect((await rig.api.until("shop", "awaited", isReady))?.status?.phase).toBe("Running");
    const events = rig.api.eventsOf("awaited").map((event) => event.split(":")[0]);
    expect(events).toEqual(["Pulled", "ImageScanPending", "ImageRefused", "Created", "Started"]);
    await rig.gone("awaited");
    await rig.restartAgent();
  });

  test("an image that runs as root does not, where that is forbidden", async () => {
    rig.pod("rooted", { securityContext: { runAsNonRoot: true } });
    const pod = await rig.api.until(
      "shop",
      "rooted",
      (each) => each?.status?.containerStatuses?.[0]?.state?.waiting?.reason === "CreateContainerConfigError",
    );
    expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(
      "container has runAsNonRoot and image will run as root",
    );
    await rig.gone("rooted");
  });
});
