import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { createRegistryClient } from "@bulkhead/images";
import { expect, test } from "vitest";
import { issue, makeAuthority } from "../pki/authority.ts";

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));

test("a registry cannot send the API server to an address that speaks no TLS", async () => {
  const authority = await makeAuthority("test", Date.now());
  const leaf = await issue(
    authority,
    { commonName: "registry", server: true, ipAddresses: ["127.0.0.1"], days: 1 },
    Date.now(),
  );
  let reached = 0;
  const inner = createHttp((_, response) => {
    reached++;
    response.end("secret");
  });
  const target = await listen(inner);
  const registry = createHttps({ cert: leaf.certificate, key: leaf.key }, (_, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${target}/latest/meta-data` }).end();
  });
  const client = createRegistryClient({ host: `127.0.0.1:${await listen(registry)}`, ca: authority.certificate });
  try {
    await expect(client.resolve("shop/web", "1")).rejects.toMatchObject({ code: "refused" });
    expect(reached).toBe(0);
  } finally {
    inner.close();
    registry.close();
  }
});
