/** The API server of an instance: `apiserver ROOT`. An unprivileged user; holds the keys, the store and the audit log. */
import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createApiServer, notifierAuthenticator, type ServingCertificates } from "@bulkhead/apiserver";
import { instancePaths } from "@bulkhead/host";
import { openLocalProvider } from "@bulkhead/keyring";
import { openStore } from "@bulkhead/store";
import { auditKeyFile, tokenKeyFile } from "../pki/token-key.ts";
import { readAccess } from "../prepare/access-file.ts";
import { tokenIssuer } from "../prepare/names.ts";
import { notifierDigestsFile } from "../prepare/registry.ts";
import { readTopology } from "../prepare/topology.ts";
import { agentDialer } from "../wiring/agent-dialer.ts";
import { collectAtRest } from "../wiring/collect-at-rest.ts";
import { onFilesChanged } from "../wiring/file-watch.ts";
import { identityMemory } from "../wiring/identity-memory.ts";
import { apiServerRegistries, imageResolver } from "../wiring/image-resolver.ts";
import { fatal, jsonLog, rootArgument, untilStopped } from "../wiring/json-log.ts";
import { followNodePolicy, nodePolicyCopy } from "../wiring/node-policy-copy.ts";
import { followRegistries } from "../wiring/registries-copy.ts";
import {
  readNotifierDigests,
  registryTokenService,
  registryTokenSignerFiles,
} from "../wiring/registry-token-service.ts";

const root = rootArgument("apiserver");
const log = jsonLog("apiserver");
const paths = instancePaths(root);
process.on("uncaughtException", fatal(log, "an error nobody caught"));

const { config, layout, registry } = await readTopology(root);
const file = (name: string): string => join(paths.pki, "apiserver", name);
const read = (path: string): Promise<string> => readFile(path, "utf8");
const certificates = async (): Promise<ServingCertificates> => ({
  cert: await read(file("tls.crt")),
  key: await read(file("tls.key")),
  clientCa: await read(file("client-ca.crt")),
});

const store = await openStore({
  folder: join(paths.apiserver, "store"),
  log,
  sealed: (group, resource) => group === "" && resource === "secrets",
  keyProvider: await openLocalProvider({ folder: join(paths.apiserver, "keys") }),
  workerUrl: fileURLToPath(new URL("./store-writer.mjs", import.meta.url)),
  audit: { signingKey: createPrivateKey(await read(auditKeyFile(paths))) },
  onFailure: fatal(log, "the store's writer failed"),
}).catch(fatal(log, "the store could not be opened"));

const registryTokens = layout === undefined ? undefined : await registryTokenService(config, paths);
let notifiers = await readNotifierDigests(paths);
const followed = followNodePolicy(nodePolicyCopy(paths));
const server = await createApiServer({
  store,
  log,
  mode: config.defaults,
  certificates: await certificates(),
  tokens: { signingKey: await read(tokenKeyFile(paths)), issuer: tokenIssuer },
  agents: agentDialer(config, paths),
  ...(registryTokens === undefined
    ? {}
    : {
        registryTokens,
        authenticators: [notifierAuthenticator(() => notifiers)],
        images: imageResolver(apiServerRegistries(paths, registry, registryTokens, followRegistries(paths))),
      }),
  identities: {
    memory: identityMemory(paths),
    ...(config.learningHours === undefined ? {} : { learning: config.learningHours * 3_600_000 }),
    hostAddresses: () =>
      Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []),
  },
  rootCa: await read(file("server-ca.crt")),
  // What the node will refuse is told when a template is written.
  ...(layout === undefined ? {} : { ownAccess: await readAccess(root) }),
  ...(layout === undefined ? {} : { nodePolicy: (now) => followed.at(now) }),
  ...(layout === undefined ? {} : { serviceCidr: layout.serviceCidr, advertise: `${layout.apiAddress}:443` }),
}).catch(fatal(log, "the API server could not start"));

const { port } = await server
  .listen({ host: config.listen, port: config.port })
  .catch(fatal(log, `cannot listen on ${config.listen}:${config.port}; is another program there?`));
// The supervisor opened the socket inside the instance's network namespace: Service kubernetes, for pods.
if (layout !== undefined) await server.listen({ fd: 3 });
collectAtRest();
log.info({ listen: config.listen, port, head: store.head }, "serving");

onFilesChanged([file("tls.crt"), file("client-ca.crt")], () => {
  certificates().then(
    (next) => server.renew(next),
    (error: unknown) => log.error({ error: String(error) }, "renewed certificates could not be read"),
  );
});

if (registryTokens !== undefined)
  onFilesChanged([...registryTokenSignerFiles(paths), notifierDigestsFile(paths)], () => {
    Promise.all([registryTokens.reload(), readNotifierDigests(paths)]).then(
      ([, digests]) => {
        notifiers = digests;
      },
      (error: unknown) => log.error({ error: String(error) }, "the registry's renewed key could not be read"),
    );
  });

const until = untilStopped();
until.addEventListener("abort", () => {
  server
    .close()
    .then(() => store.close())
    .then(() => process.exit(0), fatal(log, "could not stop in order"));
});
