import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureNetwork, writeCniFiles } from "../src/index.ts";
import { runOnHost } from "./support/instance.ts";
import { lacking } from "./support/machine.ts";
import { createWorld, type World } from "./support/world.ts";

const pluginDir = process.env["BULKHEAD_PARTS"] === undefined ? "" : join(process.env["BULKHEAD_PARTS"], "cni");
const missing = lacking() || (existsSync(join(pluginDir, "ptp")) ? "" : "needs CNI plugins in BULKHEAD_PARTS/cni");

interface CniResult {
  readonly interfaces?: readonly { readonly name: string; readonly sandbox?: string }[];
  readonly ips?: readonly { readonly address: string; readonly gateway: string }[];
  readonly code?: number;
  readonly msg?: string;
}

describe.skipIf(missing !== "")(`the CNI plugin inside our namespace ${missing}`, () => {
  let world: World;
  let folder: string;
  let sandbox: ChildProcess;

  beforeAll(async () => {
    world = createWorld();
    folder = await mkdtemp(join(tmpdir(), "bulkhead-cni-"));
    await ensureNetwork({ layout: world.layout, log: silentLog, run: runOnHost(world) });
    await writeCniFiles({
      layout: world.layout,
      confDir: join(folder, "conf"),
      binDir: join(folder, "bin"),
      ipamDir: join(folder, "ipam"),
      pluginDir,
    });
    // A sandbox in a user namespace of its own, known by its process only.
    sandbox = spawn("unshare", ["--user", "--map-root-user", "--net", "sleep", "60"], { stdio: "ignore" });
    await once(sandbox, "spawn");
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  afterAll(async () => {
    sandbox?.kill();
    await world?.close();
    await rm(folder, { recursive: true });
  });

  async function cni(command: "ADD" | "DEL" | "VERSION", netns: string): Promise<CniResult> {
    const { plugins, name, cniVersion } = JSON.parse(
      await readFile(join(folder, "conf", "10-bulkhead.conflist"), "utf8"),
    );
    const [plugin] = plugins;
    const env = {
      PATH: "/usr/bin:/bin",
      CNI_COMMAND: command,
      CNI_CONTAINERID: "sandbox-1",
      CNI_NETNS: netns,
      CNI_IFNAME: "eth0",
      CNI_PATH: join(folder, "bin"),
    };
    const child = spawn(join(folder, "bin", "ptp"), { env, stdio: ["pipe", "pipe", "inherit"] });
    // It may end without having read.
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify({ ...plugin, name, cniVersion }));
    let out = "";
    child.stdout.on("data", (data: Buffer) => (out += data.toString()));
    await once(child, "close");
    return out.trim() === "" ? {} : (JSON.parse(out) as CniResult);
  }
  const leases = async (): Promise<string[]> =>
    (await readdir(join(folder, "ipam", "bulkhead"))).filter((f) => /^\d/.test(f));

  test("links a sandbox given as /proc/PID/ns/net, and takes the link and the address back", async () => {
    const netns = `/proc/${sandbox.pid}/ns/net`;
    const added = await cni("ADD", netns);
    expect(added.ips?.[0]).toMatchObject({ address: "10.201.0.2/16", gateway: world.layout.gatewayAddress });
    const hostInterface = added.interfaces?.find((i) => (i.sandbox ?? "") === "")?.name ?? "";
    const inside = (...args: string[]): string =>
      execFileSync("ip", ["-n", world.layout.netnsName, ...args], { encoding: "utf8" });
    expect(inside("-br", "link", "show", hostInterface)).toContain("UP");
    expect(inside("route", "show", "10.201.0.2")).toContain(hostInterface);
    expect(execFileSync("ip", ["-br", "link"], { encoding: "utf8" })).not.toContain(hostInterface);
    expect(await leases()).toEqual(["10.201.0.2"]);
    await cni("DEL", netns);
    expect(await leases()).toEqual([]);
    expect(inside("-br", "link")).not.toContain(hostInterface);
  });

  test("answers VERSION, and without the namespace refuses to add but still gives addresses back", async () => {
    expect(await cni("VERSION", "")).toHaveProperty("supportedVersions");
    const netns = `/proc/${sandbox.pid}/ns/net`;
    await cni("ADD", netns);
    execFileSync("ip", ["netns", "delete", world.layout.netnsName]);
    const refused = await cni("ADD", netns);
    expect(refused).toMatchObject({ code: 100, msg: expect.stringContaining("is not there") as string });
    await cni("DEL", netns);
    expect(await leases()).toEqual([]);
  });
});
