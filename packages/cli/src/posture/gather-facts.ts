import {
  type AuditProbe,
  controlPlaneFromPods,
  factsKinds,
  factsOfInstance,
  kindKeyOf,
  kinds,
  type NodeFacts,
  nodeFactsOf,
  type RegistryFacts,
  type UnreadKind,
} from "@bulkhead/analysis";
import { type KubeObject, type Node, type Pod, StatusError } from "@bulkhead/api";
import { auditDecision, defaultAuditPolicy } from "@bulkhead/audit";
import type { Client } from "@bulkhead/client";
import { lookAtPosture } from "@bulkhead/host";
import type { RegistriesFile } from "@bulkhead/images";
import { auditLookFacts, readAuditLooks } from "../audit/audit-looks.ts";
import { lookAtBackups } from "../backup/look-at-backups.ts";
import type { Cluster } from "../instance/cluster.ts";
import { readRegistries } from "../registry/registries-file.ts";
import type { GatheredObjects } from "./gather-cluster.ts";

/** Kubelets asked at a time. */
const atOnce = 8;

const isOf =
  <T extends KubeObject>(kind: { readonly key: string; readonly of?: T }) =>
  (object: KubeObject): object is T =>
    kindKeyOf(object) === kind.key;

/** What a kubelet says of its settings, through the API server; undefined where we may not ask, or it does not say. */
async function configzOf(client: Client, node: string): Promise<unknown> {
  try {
    const { status, body } = await client.raw("GET", `/api/v1/nodes/${encodeURIComponent(node)}/proxy/configz`);
    return status === 200 ? (JSON.parse(body.toString("utf8")) as unknown) : undefined;
  } catch (error) {
    if (error instanceof StatusError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function nodesOf(client: Client, nodes: readonly Node[], ours: string | undefined): Promise<NodeFacts[]> {
  const waiting = [...nodes];
  const facts: NodeFacts[] = [];
  const lanes = Array.from({ length: atOnce }, async () => {
    for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
      const { name = "" } = node.metadata;
      facts.push(nodeFactsOf(node, name === ours ? undefined : await configzOf(client, name)));
    }
  });
  await Promise.all(lanes);
  return facts;
}

/** Of which nobody tells anything yet: said, so that no control takes it for health. */
const untold = (there: readonly KubeObject[], unread: readonly UnreadKind[], why: string): UnreadKind[] =>
  factsKinds
    .filter(({ key }) => !there.some((o) => kindKeyOf(o) === key) && !unread.some(({ kind }) => kind === key))
    .map(({ key }) => ({ kind: key, why }));

/**
 * What no object of the API says: the control plane's settings from its pods, each node's from its kubelet, and of an
 * instance on this machine what the machine shows us.
 */
export async function gatherFacts(
  { client, instance, paths }: Pick<Cluster, "client" | "instance" | "paths">,
  { objects, unread }: GatheredObjects,
  /** Also ask apt which security updates wait: some seconds. */
  updates: boolean,
): Promise<GatheredObjects> {
  const nodes = await nodesOf(client, objects.filter(isOf(kinds.node)), instance?.nodeName);
  if (instance === undefined) {
    const plane = controlPlaneFromPods(objects.filter(isOf<Pod>(kinds.pod)));
    const gaps = [...plane.unread, ...unread.filter(({ kind }) => kind === kinds.node.key).map(asNodeFacts)];
    const found = [...nodes, ...plane.objects];
    return { objects: found, unread: [...gaps, ...untold(found, gaps, "the API of a cluster does not tell of it")] };
  }
  const { nodeName, node: seen, certificates } = await lookAtPosture({ root: paths.root, updates });
  const registries = await readRegistries(paths).catch(() => undefined);
  const remotes = registries instanceof Map ? remotesOf(registries, paths.registries) : undefined;
  const backups = await lookAtBackups(paths, instance);
  const looks = await readAuditLooks(paths);
  const found = [
    ...(backups === undefined ? [] : [backups]),
    ...factsOfInstance({
      nodeName: instance.nodeName,
      defaults: instance.defaults,
      listen: instance.listen,
      registryPort: instance.registryPort,
      onlyApiserver: instance.onlyApiserver,
      where: paths.config,
      auditLevel,
      ...(looks === undefined ? {} : auditLookFacts(looks, paths, Date.now())),
      ...(remotes === undefined ? {} : { remotes }),
      ...(certificates === undefined ? {} : { certificates }),
    }),
    ...nodes.map((node) => (node.metadata.name === nodeName ? { ...node, facts: { ...node.facts, ...seen } } : node)),
  ];
  const gaps: UnreadKind[] =
    backups === undefined ? [{ kind: kinds.backupFacts.key, why: "their record is root's: ask as root" }] : [];
  return { objects: found, unread: [...gaps, ...untold(found, gaps, "this instance does not tell of it")] };
}

/** The audit policy that an instance is under: it has no other. */
const auditLevel = ({ verb, group, resource, namespace }: AuditProbe) =>
  auditDecision(defaultAuditPolicy, {
    user: "anybody",
    groups: [],
    verb,
    resource: { group, resource, subresource: "" },
    namespace,
    path: "",
  }).level;

const remotesOf = (registries: RegistriesFile, where: string): NonNullable<RegistryFacts["facts"]["remotes"]> => ({
  value: [...registries].flatMap(([host, { plainHttp, mirrors }]) => [
    { host, plainHttp, skipsVerification: false },
    ...mirrors.map((mirror) => ({
      host: mirror,
      plainHttp: registries.get(mirror)?.plainHttp === true,
      skipsVerification: false,
      mirrorOf: host,
    })),
  ]),
  where,
});

const asNodeFacts = ({ why }: UnreadKind): UnreadKind => ({ kind: kinds.nodeFacts.key, why });
