import { readdir, readFile, stat } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { resolve } from "node:path";
import {
  type InstanceConfig,
  type InstancePaths,
  instancePaths,
  isAlive,
  readInstance,
  readState,
} from "@bulkhead/host";
import { CommandFailure, NoInstanceFailure } from "../exit-codes.ts";
import { defaultRoot, installedRoot, rootToMake } from "./usual-root.ts";

/** An instance on this machine. */
export interface KnownInstance {
  readonly root: string;
  readonly config: InstanceConfig;
  readonly running: boolean;
}

/** What may say which instance a command is about. */
export interface InstanceHints {
  /** `--root` or BULKHEAD_ROOT. */
  readonly named?: string | undefined;
  /** Where the kubeconfig in use leads. */
  readonly server?: string | undefined;
  readonly installed?: string | undefined;
}

const loopback = ["127.0.0.1", "localhost", "::1"];
const machineAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));

/** Whether an instance's API answers at this address. */
export function serves(config: InstanceConfig, server: string, addresses = machineAddresses()): boolean {
  const { hostname, port } = new URL(server);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const wildcard = ["0.0.0.0", "::"].includes(config.listen);
  const here = wildcard
    ? [...loopback, ...addresses]
    : loopback.includes(config.listen)
      ? loopback
      : [config.listen, config.nodeName];
  return Number(port === "" ? 443 : port) === config.port && here.includes(host);
}

const listed = (instances: readonly KnownInstance[]): string =>
  instances.map(({ root, config }) => `\n  --root ${root}   (https://${config.listen}:${config.port})`).join("");

/**
 * The root that a command is about: what was named, else the instance that the kubeconfig leads to, else the one that the
 * command was installed for, else the only one that runs, else the usual place. Throws CommandFailure where several run.
 */
export function chooseRoot({ named, server, installed }: InstanceHints, known: readonly KnownInstance[]): string {
  if (named !== undefined) return resolve(named);
  const led = server === undefined ? undefined : known.find(({ config }) => serves(config, server));
  if (led !== undefined) return led.root;
  if (installed !== undefined && known.some(({ root }) => root === resolve(installed))) return resolve(installed);
  const running = known.filter((i) => i.running);
  if (running.length > 1)
    throw new CommandFailure(`several instances run on this machine; say which one is meant:${listed(running)}`);
  return running[0]?.root ?? resolve(installed ?? defaultRoot);
}

/** A supervisor's root by its command line: `ROOT/programs/node … ROOT/programs/supervisor.mjs ROOT …`. */
export function rootOfCommand(words: readonly string[]): string | undefined {
  const root = words[words.findIndex((word) => word.endsWith("/programs/supervisor.mjs")) + 1];
  const here = root?.startsWith("/") === true && words.includes(`${root}/programs/supervisor.mjs`);
  // One that a release is tried in is gone in a moment, and nobody's to ask.
  return here && !/\/releases\/trial-[^/]+$/.test(root) ? root : undefined;
}

async function known(root: string): Promise<KnownInstance | undefined> {
  const paths = instancePaths(root);
  const config = await readInstance(root).catch(() => undefined);
  if (config === undefined) return undefined;
  const { supervisor } = await readState(paths.run);
  return { root: paths.root, config, running: supervisor !== undefined && isAlive(supervisor) };
}

/** The instances that run here, and those in places that commands look at anyway. Needs no root. */
export async function knownInstances(): Promise<KnownInstance[]> {
  const roots = new Set([defaultRoot, ...(installedRoot() === undefined ? [] : [rootToMake(undefined)])]);
  for (const pid of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const root = rootOfCommand(words.split("\0").slice(0, -1));
    // A command line can be made up by whoever runs in a pod; a folder of root's on this machine cannot.
    const owner = root === undefined ? undefined : await stat(instancePaths(root).config).catch(() => undefined);
    if (root !== undefined && owner?.uid === 0) roots.add(root);
  }
  const found = await Promise.all([...roots].map(known));
  return found.filter((i) => i !== undefined);
}

/** Where $KUBECONFIG leads; undefined where it is unset or cannot be read. */
async function kubeconfigServer(): Promise<string | undefined> {
  const files = kubeconfigFiles();
  if (files === undefined) return undefined;
  const { clientOptionsOf, KubeconfigError, loadKubeconfig } = await import("@bulkhead/client");
  try {
    return clientOptionsOf(await loadKubeconfig(files)).options.server;
  } catch (error) {
    if (error instanceof KubeconfigError) return undefined;
    throw error;
  }
}

/** The files that $KUBECONFIG names, as kubectl reads it. */
export function kubeconfigFiles(): string[] | undefined {
  const files = (process.env["KUBECONFIG"] ?? "").split(":").filter((f) => f !== "");
  return files.length === 0 ? undefined : files;
}

/** An instance that is there. */
export interface FoundInstance {
  readonly paths: InstancePaths;
  readonly config: InstanceConfig;
}

/** The instance at a root. Throws NoInstanceFailure where there is none, with what to do. */
export async function instanceAt(root: string, others: readonly KnownInstance[] = []): Promise<FoundInstance> {
  const paths = instancePaths(root);
  const config = await readInstance(root).catch((error: NodeJS.ErrnoException) => {
    const why = error instanceof SyntaxError ? "is damaged: it is no JSON" : `cannot be read: ${error.message}`;
    throw error.code === "ENOTDIR"
      ? absent(paths.root, others)
      : new CommandFailure(`${paths.config} ${why}`, 2, error);
  });
  if (config === undefined) throw absent(paths.root, others);
  return { paths, config };
}

function absent(root: string, others: readonly KnownInstance[]): NoInstanceFailure {
  const elsewhere = others.filter((i) => i.root !== root);
  return new NoInstanceFailure(
    `there is no instance at ${root}; start one with: bulkhead up --root ${root}${elsewhere.length === 0 ? "" : `\nor name one that is here:${listed(elsewhere)}`}`,
  );
}

/** The root as a printed command must name it; undefined where a plain command of the same shell finds the usual place. */
export async function rootToSay(root: string): Promise<string | undefined> {
  if (root !== defaultRoot) return root;
  try {
    const hints = { server: await kubeconfigServer(), installed: installedRoot() };
    return chooseRoot(hints, await knownInstances()) === root ? undefined : root;
  } catch (error) {
    if (error instanceof CommandFailure) return root;
    throw error;
  }
}

/** The instance that a command is about (see `chooseRoot`), which must be there. */
export async function findInstance(named: string | undefined): Promise<FoundInstance> {
  const all = await knownInstances();
  const hints = { named, server: await kubeconfigServer(), installed: installedRoot() };
  return instanceAt(chooseRoot(hints, all), all);
}
