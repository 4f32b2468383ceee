import { chmod, chown, mkdir, readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Log } from "@bulkhead/api";
import {
  type InstanceConfig,
  type InstancePaths,
  instancePaths,
  readInstance,
  readTable,
  writeTable,
} from "@bulkhead/host";
import { probeMachine } from "@bulkhead/kubelet";
import { leafRows, renewCertificates } from "../pki/certificates.ts";
import { makeImageSigningKey } from "../pki/image-signing-key.ts";
import { makeSigningKeys } from "../pki/token-key.ts";
import { controllerIdentities } from "../wiring/controller-names.ts";
import { writeAccess } from "./access-file.ts";
import { writeAdminKubeconfig } from "./admin-kubeconfig.ts";
import { boundingSet } from "./capabilities.ts";
import { prepareContainerd } from "./containerd.ts";
import { prepareFilter } from "./filter.ts";
import { prepareNetwork, readLayout } from "./network.ts";
import { prepareNodePolicy } from "./node-policy.ts";
import { ownAccess, ownRegistryAccess } from "./own-access.ts";
import { prepareRegistry, registryHost } from "./registry.ts";
import { processTable, withRegistryPreparation } from "./table.ts";
import { writeTopology } from "./topology.ts";

/**
 * Makes everything that the programs of an instance find when they start: folders and their owners, the network
 * namespace, certificates, configurations, the table of processes. As root; idempotent; repairs what is missing.
 */
export async function prepareInstance(root: string, log: Log): Promise<void> {
  const config = await readInstance(root);
  if (config === undefined) throw new Error(`${root} holds no instance; start it with: bulkhead up --root ${root}`);
  const paths = instancePaths(root);
  await folders(config, paths);
  const layout = config.onlyApiserver ? undefined : await prepareNetwork(config, paths, log);
  await renew(root, log, config);
  await makeSigningKeys(config, paths);
  await makeImageSigningKey(config, paths);
  const whole = layout !== undefined;
  if (whole) await prepareNodePolicy(config, paths);
  const containerd = whole ? await prepareContainerd(config, paths) : undefined;
  const registry = whole ? await prepareRegistry(config, paths, layout) : undefined;
  await writeAdminKubeconfig(config, paths);
  if (whole)
    await writeAccess(
      paths,
      [ownAccess, ownRegistryAccess].flatMap((each) => Object.values(each).flat()),
    );
  await writeTopology(paths, { config, layout, registry: registryHost(config) });
  const table = processTable({
    config,
    paths,
    layout,
    containerdConfig: containerd,
    registryConfig: registry?.file,
    build: (await readFile(join(paths.programs, "built"), "utf8").catch(() => "")).trim(),
    possible: boundingSet(),
    apparmor: probeMachine().apparmor,
    filter: await prepareFilter(paths),
  });
  await writeTable(paths.run, registry === undefined ? table : withRegistryPreparation(table, registry.digest));
}

/** Where the machine is reached from elsewhere; addresses that hold on one link only are left out. Sorted. */
export function machineAddresses(interfaces: ReturnType<typeof networkInterfaces>): string[] {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const reached = all.filter(({ internal, address }) => !internal && !/^(fe[89ab]|169\.254\.)/i.test(address));
  return [...new Set(reached.map(({ address }) => address))].sort();
}

/** Renews certificates alone; the supervisor has it run twice a day. */
export async function renew(root: string, log: Log, known?: InstanceConfig): Promise<void> {
  const config = known ?? (await readInstance(root));
  if (config === undefined) return;
  const paths = instancePaths(root);
  const layout = await readLayout(paths);
  const addresses = {
    api: [
      ...(layout === undefined ? [] : [layout.apiAddress, layout.nodeAddress]),
      ...(["0.0.0.0", "::"].includes(config.listen) ? machineAddresses(networkInterfaces()) : [config.listen]),
    ],
    // Pods know it by their gateway's address.
    registry: layout === undefined ? [] : [layout.gatewayAddress],
  };
  const changed = await renewCertificates(root, config, leafRows(config, addresses, controllerIdentities), Date.now());
  if (changed.length > 0) log.info({ certificates: changed.length }, "certificates made or renewed");
  if (changed.some((c) => c.endsWith("admin.crt"))) await writeAdminKubeconfig(config, paths);
  // A whole preparation writes the table itself, afterwards.
  if (known === undefined && layout !== undefined && changed.some((c) => c.endsWith("registry/tls.crt"))) {
    const { digest } = await prepareRegistry(config, paths, layout);
    await writeTable(paths.run, withRegistryPreparation(await readTable(paths.run), digest));
  }
}

async function folders(config: InstanceConfig, paths: InstancePaths): Promise<void> {
  const rows: readonly (readonly [string, number, number])[] = [
    [paths.root, 0o755, 0],
    [paths.run, 0o711, 0],
    [paths.logs, 0o750, 0],
    [paths.apiserver, 0o700, config.users.apiserver],
    [paths.containerd, 0o700, 0],
    // Pods' users pass through on the way to their own volumes.
    [paths.kubelet, 0o711, 0],
    [paths.cni, 0o700, 0],
    [paths.network, 0o700, 0],
  ];
  for (const [path, mode, owner] of rows) {
    await mkdir(path, { recursive: true, mode });
    await chown(path, owner, owner);
  }
  // The agent, root, makes its sockets in there: nobody else may put anything in its way.
  for (const [name, reader] of [
    ["dns", config.users.dns],
    ["lent", config.users.controllers],
  ] as const) {
    const folder = join(paths.run, name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chown(folder, 0, reader);
    await chmod(folder, 0o710);
  }
}
