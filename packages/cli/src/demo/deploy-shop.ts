import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Deployment, type KubeObject, type Pod, rowForKind, type Service } from "@bulkhead/api";
import {
  type Client,
  clientOptionsOf,
  createClient,
  hasReason,
  parseKubeconfig,
  pause,
  type Resource,
  resources,
} from "@bulkhead/client";
import type { InstanceConfig, InstancePaths, Progress } from "@bulkhead/host";
import { type BuiltImage, createRegistryClient, type RegistryClient, RegistryError } from "@bulkhead/images";
import { parseAllDocuments } from "yaml";
import { CommandFailure } from "../exit-codes.ts";
import { registryTokenFrom } from "../instance/registry-token.ts";
import { harmless } from "../output/print.ts";
import { buildShopImages } from "./shop-images.ts";

export interface Shop {
  readonly config: InstanceConfig;
  readonly paths: InstancePaths;
  readonly client: Client;
  /** The folder `shop` of the distribution. */
  readonly folder: string;
  readonly progress: Progress;
  /** As such a shop stands on many a cluster: no policies, and web's account bound to upstream's role `edit`. */
  readonly careless?: boolean;
  /** An instance whose registry has the images already. */
  readonly imagesFrom?: { readonly config: InstanceConfig; readonly paths: InstancePaths };
}

export const shopNamespace = "shop";
const tiers = ["web", "api", "db"] as const;
/** A client of the machine's own registry, with what the admin may there; root's. */
export async function ownRegistry(config: InstanceConfig, paths: InstancePaths): Promise<RegistryClient> {
  const { options } = clientOptionsOf(parseKubeconfig(await readFile(paths.kubeconfig, "utf8")));
  return createRegistryClient({
    host: `127.0.0.1:${config.registryPort}`,
    ca: await readFile(join(paths.pki, "registry", "server-ca.crt"), "utf8"),
    tokenFor: async (scope) => {
      const client = createClient(options);
      try {
        return await registryTokenFrom(client)(scope);
      } finally {
        client.close();
      }
    },
  });
}

/** Builds and pushes the shop's images unless the registry has them already. */
async function ensureImages(shop: Shop): Promise<void> {
  const registry = await ownRegistry(shop.config, shop.paths);
  const present = await Promise.all(
    tiers.map((tier) =>
      registry.resolve(`shop/${tier}`, "1").then(
        () => true,
        (error: unknown) => {
          if (error instanceof RegistryError && error.code === "absent") return false;
          throw error;
        },
      ),
    ),
  );
  if (present.every(Boolean)) return;
  if (shop.imagesFrom !== undefined) {
    const from = await ownRegistry(shop.imagesFrom.config, shop.imagesFrom.paths);
    for (const tier of tiers) await registry.push(`shop/${tier}`, "1", await fetchImage(from, `shop/${tier}`, "1"));
    return;
  }
  const scratch = await mkdtemp(join(tmpdir(), "bulkhead-shop-"));
  try {
    const images = await buildShopImages({ scratch, shop: shop.folder, progress: shop.progress });
    shop.progress.step("shop: pushing the images to the machine's own registry");
    for (const tier of tiers) {
      const digest = await registry.push(`shop/${tier}`, "1", images[tier]);
      shop.progress.note(`shop/${tier}  ${digest.slice(0, 19)}…`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** At most so many bytes of one layer: the shop's own are below 100 MB. */
const layerLimit = 512 << 20;

/** An image of a registry, whole. */
async function fetchImage(registry: RegistryClient, repository: string, tag: string): Promise<BuiltImage> {
  const { digest, mediaType, bytes } = await registry.resolve(repository, tag);
  const manifest = JSON.parse(Buffer.from(bytes).toString("utf8")) as { config: BlobName; layers: BlobName[] };
  const blobs: BuiltImage["blobs"][number][] = [];
  for (const part of [manifest.config, ...manifest.layers])
    blobs.push({ ...part, bytes: await registry.blob(repository, part.digest, layerLimit) });
  return { manifest: { digest, mediaType, bytes }, blobs };
}

interface BlobName {
  readonly mediaType: string;
  readonly digest: string;
}

const careless: KubeObject & { roleRef: object; subjects: object[] } = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name: "web-edits", namespace: "shop" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
  subjects: [{ kind: "ServiceAccount", name: "web", namespace: "shop" }],
};

async function manifests(shop: Shop): Promise<KubeObject[]> {
  const folder = join(shop.folder, "manifests");
  const objects: KubeObject[] = [];
  for (const file of (await readdir(folder)).sort()) {
    const text = (await readFile(join(folder, file), "utf8")).replaceAll(
      "REGISTRY",
      `127.0.0.1:${shop.config.registryPort}`,
    );
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as KubeObject | null;
      if (object !== null && !(shop.careless === true && object.kind === "NetworkPolicy")) objects.push(object);
    }
  }
  return shop.careless === true ? [...objects, careless] : objects;
}

function resourceFor(object: KubeObject): Resource {
  const [group, version] = object.apiVersion.includes("/")
    ? (object.apiVersion.split("/") as [string, string])
    : (["", object.apiVersion] as const);
  const row = rowForKind(group, version, object.kind);
  if (row === undefined)
    throw new CommandFailure(`the shop's manifests name ${object.apiVersion} ${object.kind}, which is not served`, 1);
  return { group, version, resource: row.resource, kind: row.kind, namespaced: row.namespaced };
}

/** Applies the shop's manifests; the database's password is made once. */
async function apply(shop: Shop): Promise<void> {
  const { client } = shop;
  shop.progress.step("shop: applying its manifests");
  for (const object of await manifests(shop)) {
    const name = { namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "" };
    await client.patch(resourceFor(object), name, "apply", object, { fieldManager: "bulkhead-demo", force: true });
    if (object.kind === "Namespace") await ensurePassword(client);
  }
}

async function ensurePassword(client: Client): Promise<void> {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: shopNamespace, name: "db" },
    stringData: { password: randomBytes(24).toString("base64url") },
  };
  await client.create(resources.secrets, secret).catch((error: unknown) => {
    if (!hasReason(error, "AlreadyExists")) throw error;
  });
}

/** How long nothing of the shop may change before waiting for it is given up, in milliseconds. */
const patience = 240_000;

/** Waits until every tier is available, for as long as something happens; says what it waits for, and on failure why. */
async function available(shop: Shop): Promise<void> {
  shop.progress.step("shop: waiting for db, api and web");
  let [seen, deadline] = ["", performance.now() + patience];
  for (;;) {
    const state = await look(shop.client).catch((error: unknown) => {
      // A server that restarts just now is none that refuses.
      if (hasReason(error, "ServiceUnavailable")) return undefined;
      throw error;
    });
    if (state?.waiting.length === 0) return;
    if (state !== undefined && state.versions !== seen)
      [seen, deadline] = [state.versions, performance.now() + patience];
    const hinders =
      state === undefined ? "the API server does not answer" : (state.reasons[0] ?? state.waiting.join(", "));
    shop.progress.detail(hinders);
    if (performance.now() > deadline)
      throw new CommandFailure(
        `the shop is not available, and nothing of it has changed for four minutes: ${state?.reasons.slice(0, 2).join("; ") || hinders}. Look closer with: kubectl -n shop describe pods`,
        1,
      );
    await pause(300);
  }
}

interface ShopState {
  /** Tiers that are not available yet. */
  readonly waiting: readonly string[];
  /** Changes whenever one of its Deployments or pods does. */
  readonly versions: string;
  /** What hinders its pods, the newest first. */
  readonly reasons: readonly string[];
}

async function look(client: Client): Promise<ShopState> {
  const [deployments, pods] = await Promise.all([
    client.list<Deployment>(resources.deployments, { namespace: shopNamespace }),
    client.list<Pod>(resources.pods, { namespace: shopNamespace }),
  ]);
  const there = new Map(deployments.items.map((d) => [d.metadata.name ?? "", d]));
  const waiting = tiers.filter((tier) => {
    const deployment = there.get(tier);
    return deployment === undefined || (deployment.status?.availableReplicas ?? 0) < (deployment.spec?.replicas ?? 1);
  });
  const versions = [...deployments.items, ...pods.items].map((o) => o.metadata.resourceVersion).join(",");
  return { waiting, versions, reasons: waiting.length === 0 ? [] : await whatHinders(client, pods.items) };
}

/** What the shop's pods and their Events say of why they do not run, the newest first. */
async function whatHinders(client: Client, pods: readonly Pod[]): Promise<string[]> {
  const events = await client.list(resources.events, { namespace: shopNamespace, fieldSelector: "type=Warning" });
  const waiting = pods.flatMap((p) =>
    (p.status?.containerStatuses ?? []).flatMap(({ state }) =>
      state?.waiting?.message === undefined
        ? []
        : [`${p.metadata.name ?? ""}: ${state.waiting.reason ?? ""} ${state.waiting.message}`],
    ),
  );
  const told = events.items
    .filter((e) => e.reason !== "Unhealthy" && pods.some((p) => p.metadata.name === e.involvedObject.name))
    .toSorted((a, b) => (a.lastTimestamp ?? "").localeCompare(b.lastTimestamp ?? ""))
    .map((e) => `${e.involvedObject.name ?? ""}: ${e.reason ?? ""} ${e.message ?? ""}`);
  return [...waiting, ...told.reverse()].map(harmless);
}

/** Where the shop answers: its Service's address, and the node port on the host. */
export interface ShopAddress {
  readonly service: string;
  readonly nodePort: number | undefined;
}

/** Builds, deploys and waits for the shop. */
export async function deployShop(shop: Shop): Promise<ShopAddress> {
  await ensureImages(shop);
  await apply(shop);
  await available(shop);
  const web = await shop.client.get<Service>(resources.services, { namespace: shopNamespace, name: "web" });
  return { service: `http://${web.spec?.clusterIP ?? ""}`, nodePort: web.spec?.ports?.[0]?.nodePort };
}
