import { chmod, mkdir, readdir, readFile, rename, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Pod, Service } from "@bulkhead/api";
import { type Client, resources } from "@bulkhead/client";
import { bulkhead, follow, kubectl, must, root, run, whole } from "./command.ts";
import { podGroup } from "./control-groups.ts";
import { checkProber, proberDeployment } from "./prober.ts";
import { expect, needed, step, test, until } from "./report.ts";
import { admin, instance, remember, shopPods, views } from "./shop.ts";

/** From a bare machine to the running shop, with what only systemd, control groups v2 and AppArmor can show. */
export async function firstBoot(repository: string): Promise<void> {
  const own = (...args: string[]): string[] => [
    process.execPath,
    join(repository, "packages/cli/bin/bulkhead.mjs"),
    ...args,
  ];
  await mkdir(join(root, "registry"), { recursive: true });
  // The parts are used where they lie, by users of their own; a clone may lie in root's home.
  for (let above = dirname(repository); above !== "/"; above = dirname(above)) await chmod(above, 0o755);
  await symlink(join(repository, ".cache/parts"), join(root, "parts"));
  await must("cp", "-r", join(repository, "registry"), join(root, "registry", "data"));

  await test("doctor sees systemd, control groups v2 and AppArmor", async () => {
    const report = JSON.parse(await must(...own("doctor", "-o", "json"))) as {
      runs: boolean;
      findings: { id: string; level: string; what: string; consequence: string }[];
    };
    const finding = (id: string) => report.findings.find((f) => f.id === id);
    const said = JSON.stringify(report.findings);
    expect(report.runs, said);
    expect(finding("cgroups")?.level === "fine", said);
    expect(finding("cgroups")?.consequence.includes("through systemd") === true, said);
    expect(finding("apparmor")?.level === "fine", said);
    expect(finding("systemd") === undefined, said);
  });

  step("bulkhead demo");
  await needed("up, and the shop answers with data that went through all three tiers", async () => {
    const command = own("demo", "--no-attack");
    // Emulated processors are slow enough for a deadline to pass; what was begun goes on.
    const said = await until(900, async () => whole(command, await follow(command, step)));
    expect(said.includes("The shop is open") && said.includes("Brass lantern"), said);
  });
  const config = await instance();
  await needed("install puts the command on the path and a unit into systemd, which takes over", async () => {
    await must(...own("install"));
    await must("systemctl", "start", "bulkhead.service");
    expect((await must("systemctl", "is-enabled", "bulkhead.service")).trim() === "enabled", "the unit is not enabled");
    await until(300, async () => void (await must(bulkhead, "status")));
    await must("systemctl", "is-active", "bulkhead.service");
  });
  await test("every move of the attack is refused", async () => {
    const { code, stdout, stderr } = await run(bulkhead, "demo", "attack");
    expect(code === 0 && stdout.includes("9 moves made just now, 9 refused."), `${stdout}${stderr}`);
  });
  const client = await admin();
  try {
    await confinement(client, config.id);
    await memoryLimit(client, `127.0.0.1:${config.registryPort}/shop/web:1`);
    await beforeReboot(client, `127.0.0.1:${config.registryPort}/shop/web:1`);
  } finally {
    client.close();
  }
}

async function onlyPod(client: Client, app: string): Promise<Pod> {
  const [pod] = await shopPods(client, app);
  expect(pod !== undefined, `no pod of ${app}`);
  return pod;
}

async function confinement(client: Client, id: string): Promise<void> {
  const web = await onlyPod(client, "web");
  await test("a pod's limits stand in control groups v2, in slices that systemd knows", async () => {
    const group = await podGroup(web);
    expect(group.folder.startsWith(`/sys/fs/cgroup/bulkhead_${id}.slice/`), group.folder);
    const limits = {
      memory: await group.pod("memory.max"),
      processes: await group.pod("pids.max"),
      weight: await group.pod("cpu.weight"),
      "container's memory": await group.container("memory.max"),
    };
    const wanted = { memory: "268435456", processes: "4096", weight: "2", "container's memory": "268435456" };
    expect(JSON.stringify(limits) === JSON.stringify(wanted), JSON.stringify(limits));
    const slice = group.folder.split("/").at(-1) ?? "";
    const property = await must("systemctl", "show", "--property=MemoryMax", "--value", slice);
    expect(property.trim() === "268435456", `systemd has MemoryMax=${property} for ${slice}`);
    const mine = await readFile(`/proc/${group.pid}/cgroup`, "utf8");
    expect(mine.startsWith("0::/") && mine.includes(slice), mine);
  });
  await test("containers run under AppArmor's profile, in their own user namespace, with seccomp", async () => {
    for (const app of ["web", "api", "db"]) {
      const { pid } = await podGroup(await onlyPod(client, app));
      const profile = (await readFile(`/proc/${pid}/attr/current`, "utf8")).trim();
      expect(profile === "cri-containerd.apparmor.d (enforce)", `${app}: ${profile}`);
      const first = Number((await readFile(`/proc/${pid}/uid_map`, "utf8")).trim().split(/\s+/)[1]);
      expect(first >= 0x2000_0000, `${app}: user namespace begins at ${first}`);
      expect(/^Seccomp:\s+2$/m.test(await readFile(`/proc/${pid}/status`, "utf8")), `${app}: no seccomp filter`);
    }
  });
  await test("on this kernel tmpfs maps no owners: a token's file has the mapped one, and the pod reads it", async () => {
    const pods = join(root, "kubelet", "pods", web.metadata.uid ?? "");
    const token = (await readdir(pods, { recursive: true })).find((path) => path.endsWith("/token"));
    expect(token !== undefined, `no token below ${pods}`);
    const { uid, gid } = await stat(join(pods, token));
    expect(uid >= 0x2000_0000 && gid >= 0x2000_0000, `the token's file belongs to ${uid}:${gid}`);
    const read =
      'const p="/var/run/secrets/kubernetes.io/serviceaccount/token";require("node:fs").readFileSync(p,"utf8").split(".").length';
    const said = await must(kubectl, "-n", "shop", "exec", "deploy/web", "--", "/usr/bin/node", "-p", read);
    expect(said.trim() === "3", `the pod read: ${said}`);
  });
}

async function memoryLimit(client: Client, image: string): Promise<void> {
  const name = { namespace: "shop", name: "glutton" };
  await test("a container that takes more memory than its limit is killed for it, and it is told", async () => {
    await client.create<Pod>(resources.pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: name,
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "glutton",
            image,
            command: ["/usr/bin/node", "-e", "const all=[];setInterval(()=>all.push(Buffer.alloc(16<<20,1)),20)"],
            resources: { limits: { memory: "128Mi" } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          },
        ],
      },
    });
    await until(90, async () => {
      const { status } = await client.get<Pod>(resources.pods, name);
      const ended = status?.containerStatuses?.[0]?.state?.terminated;
      expect(ended?.reason === "OOMKilled", JSON.stringify(status?.containerStatuses ?? status));
    });
    await client.delete(resources.pods, name, { gracePeriodSeconds: 0 });
  });
}

async function beforeReboot(client: Client, image: string): Promise<void> {
  const database = await client.get<Service>(resources.services, { namespace: "shop", name: "db" });
  const web = await client.get<Service>(resources.services, { namespace: "shop", name: "web" });
  const [databaseAddress, address] = [database.spec?.clusterIP ?? "", `http://${web.spec?.clusterIP}`];
  await test("a pod that may talk to nobody gets through to nobody", async () => {
    await client.create(resources.deployments, proberDeployment(image, databaseAddress));
    await until(90, async () => checkProber(await must(kubectl, "-n", "shop", "logs", "deploy/prober"), 20));
  });
  // What starts after the reboot starts without a registry that has it.
  await rename(join(root, "registry/data/docker"), join(root, "registry/away"));
  const pods = (await shopPods(client)).filter((p) => p.metadata.name !== "glutton").map((p) => p.metadata.uid ?? "");
  await remember({ address, database: databaseAddress, views: await views(address), pods: pods.sort() });
}
