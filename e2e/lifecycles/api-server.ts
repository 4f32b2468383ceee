import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiServer, createApiServer, type User } from "@bulkhead/apiserver";
import { type Client, createClient, resources } from "@bulkhead/client";
import {
  type ControllerDefinition,
  type ControllerSettings,
  controllerTable,
  ownClusterRoles,
  readerIdentity,
  startControllers,
} from "@bulkhead/controllers";
import { openLocalProvider } from "@bulkhead/keyring";
import { openStore } from "@bulkhead/store";
import { selfSigned } from "../../packages/client/integration/self-signed.ts";

/** A real API server on a loopback port with upstream's defaults, and our controllers beside it. */
export interface Cluster {
  readonly url: string;
  readonly admin: Client;
  clientFor(identity: string): Client;
  /** Stops the controllers, and starts them anew. */
  restartControllers(): Promise<void>;
  /** Cuts every connection; a new server takes the place after `pause` milliseconds, on the same store. */
  restartServer(pause: number): Promise<void>;
  close(): Promise<void>;
}

/** service accounts are in the groups that their names say. */
function userOf(name: string): User {
  const account = /^system:serviceaccount:([^:]+):/.exec(name);
  const groups = account === null ? [] : ["system:serviceaccounts", `system:serviceaccounts:${account[1] ?? ""}`];
  return { name, uid: "", groups: [...groups, "system:authenticated"], extra: {} };
}

const nodeUser: User = {
  name: "system:node:node-1",
  uid: "",
  groups: ["system:nodes", "system:authenticated"],
  extra: {},
};
const adminUser: User = { name: "admin", uid: "", groups: ["system:masters", "system:authenticated"], extra: {} };

export async function startCluster(settings: ControllerSettings = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), "lifecycles-"));
  const store = await openStore({
    folder: join(folder, "store"),
    sealed: (group, resource) => group === "" && resource === "secrets",
    keyProvider: await openLocalProvider({ folder: join(folder, "keys") }),
  });
  const { cert, key } = selfSigned();
  const table = controllerTable({ rootCa: () => cert, ...settings });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const identities = new Set([readerIdentity, ...table.map(({ identity }) => identity)]);
  const tokens = new Map<string, User>([
    ["admin", adminUser],
    ["node", nodeUser],
    ...[...identities].map((name): [string, User] => [`token/${name}`, userOf(name)]),
  ]);
  const makeServer = (): Promise<ApiServer> =>
    createApiServer({
      store,
      mode: "kubernetes",
      certificates: { cert, key, clientCa: undefined },
      tokens: { signingKey: String(privateKey.export({ type: "pkcs8", format: "pem" })) },
      staticTokens: tokens,
      rootCa: cert,
    });
  let server = await makeServer();
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const url = `https://127.0.0.1:${port}`;
  const client = (token: string): Client =>
    createClient({ server: url, tls: { ca: cert, servername: "localhost" }, token });
  const admin = client("admin");
  await grantOwnRoles(admin, table);
  const run = () => {
    const stop = new AbortController();
    const { stopped } = startControllers({
      clientFor: (identity) => client(`token/${identity}`),
      signal: stop.signal,
      rootCa: () => cert,
      log: quietLog,
      ...settings,
    });
    return async (): Promise<void> => {
      stop.abort();
      await stopped;
    };
  };
  let stop = run();
  return {
    url,
    admin,
    clientFor: (identity) => client(identity),
    async restartControllers() {
      await stop();
      stop = run();
    },
    async restartServer(pause) {
      await server.close(0);
      await new Promise((resolve) => setTimeout(resolve, pause));
      server = await makeServer();
      await server.listen({ host: "127.0.0.1", port });
    },
    async close() {
      await stop();
      admin.close();
      await server.close(500);
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What our own controllers may do is no default of the API server's: whoever runs them grants it. */
async function grantOwnRoles(admin: Client, table: readonly ControllerDefinition[]): Promise<void> {
  for (const role of ownClusterRoles) {
    await admin.create(resources.clusterRoles, role);
    const { name = "" } = role.metadata;
    const subjects = table
      .filter(({ clusterRole }) => clusterRole === name)
      .map(({ identity }) => ({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: identity }));
    await admin.create(resources.clusterRoleBindings, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects,
    });
  }
}

/** Only what must never happen is shown. */
const quietLog = {
  debug(): void {},
  info(): void {},
  warn(fields: object, message: string): void {
    console.warn(message, fields);
  },
  error(fields: object, message: string): void {
    console.error(message, fields);
  },
};
