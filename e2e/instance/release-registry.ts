import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { authorities, demands } from "../../packages/images/src/testing/npm-release.ts";

/** A registry on loopback with one release of Bulkhead, vouched for by authorities that were made for it. */
export async function releaseRegistry(version: string, file: string, folder: string) {
  const ours = await authorities();
  const { packument, attestations } = await ours.release({ version, archive: await readFile(file) });
  const shelf = new Map([
    ["/bulkhead", JSON.stringify(packument)],
    [`/-/npm/v1/attestations/bulkhead@${version}`, JSON.stringify(attestations)],
  ]);
  const server = createServer((request, response) => {
    const body = shelf.get(request.url ?? "");
    if (request.url === `/bulkhead/-/bulkhead-${version}.tgz`) createReadStream(file).pipe(response);
    else response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const [root, keys] = [join(folder, "trusted-root.json"), join(folder, "registry-keys.json")];
  await writeFile(root, ours.trustedRoot);
  await writeFile(keys, JSON.stringify(ours.keys()));
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    /** What `current follow` is given. */
    options: ["--registry", registry, "--registry-keys", keys, "--trusted-root", root, "--source", demands.repository],
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
