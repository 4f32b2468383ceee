import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import {
  type InstanceConfig,
  type InstancePaths,
  instancePaths,
  mustRun,
  type Progress,
  readInstance,
  run,
} from "@bulkhead/host";
import type { NetworkLayout } from "@bulkhead/network";
import { reset } from "../commands/reset.ts";
import { up } from "../commands/up.ts";
import { adminClient } from "../instance/admin-client.ts";
import { attack, type MadeMove } from "./attack.ts";
import { deployShop } from "./deploy-shop.ts";

const metadataAddress = "169.254.169.254";

/**
 * Plays the metadata service inside the throwaway instance's network: packets to its address are turned to a stand-in at
 * the link's host end, so that a real one, where there is one, is never asked.
 */
async function standInMetadata(layout: NetworkLayout): Promise<() => void> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.end("metadata service (a stand-in) answered\n");
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, layout.nodeAddress, resolve));
  const where = server.address();
  const port = typeof where === "object" && where !== null ? where.port : 0;
  const table = `table ip demo { chain turn { type nat hook prerouting priority -110; ip daddr ${metadataAddress} tcp dport 80 dnat to ${layout.nodeAddress}:${port}; }; }`;
  await mustRun(["nsenter", `--net=${layout.netns}`, "--", "nft", "-f", "-"], { input: table });
  return () => server.close();
}

/**
 * The same attack on a throwaway instance with upstream's defaults, beside the given one, and removed afterwards. Proofs
 * are harmless: something answers, a Secret is read, a pod prints what it could do.
 */
export async function attackUpstream(
  beside: { readonly config: InstanceConfig; readonly paths: InstancePaths },
  folder: string,
  progress: Progress,
): Promise<MadeMove[]> {
  const root = await mkdtemp(join(beside.paths.root, "..", "bulkhead-upstream-"));
  const paths = instancePaths(root);
  await run(["chmod", "755", root]);
  await symlink(beside.paths.parts, paths.parts);
  let standIn: (() => void) | undefined;
  try {
    await up(
      { root, port: beside.config.port + 10, defaults: "kubernetes", onlyApiserver: false, trust: [] },
      progress,
    );
    const config = (await readInstance(root)) as InstanceConfig;
    const admin = await adminClient(paths);
    try {
      await deployShop({ config, paths, client: admin, folder, progress, careless: true, imagesFrom: beside });
      const { layout } = JSON.parse(await readFile(join(paths.run, "topology.json"), "utf8")) as {
        layout: NetworkLayout;
      };
      standIn = await standInMetadata(layout);
      progress.step("the same moves on upstream's defaults");
      return await attack({ config, paths, admin, onMove: (move) => progress.detail(move.title) });
    } finally {
      admin.close();
    }
  } finally {
    standIn?.();
    await reset(paths, progress).catch((error: unknown) =>
      progress.note(`${root} could not be removed whole: ${String(error)}`),
    );
    await rm(root, { recursive: true, force: true });
  }
}
