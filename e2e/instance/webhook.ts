import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePrivateAuthority } from "./other-registry.ts";

/** What somebody sent. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver of webhooks on loopback, over TLS of an authority of its own; it takes everything. */
export interface Webhook extends AsyncDisposable {
  readonly url: string;
  /** Of its authority, as a BriefSchedule names it. */
  readonly caBundle: string;
  readonly got: readonly Received[];
}

export async function startWebhook(): Promise<Webhook> {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-webhook-"));
  const authority = readFileSync(makePrivateAuthority(folder));
  const file = (name: string): Buffer => readFileSync(join(folder, name));
  const got: Received[] = [];
  const server = createServer({ cert: file("tls.crt"), key: file("tls.key") }, (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      got.push({ headers: request.headers, body: Buffer.concat(parts).toString("utf8") });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((listening) => {
    server.listen(0, "127.0.0.1", listening);
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/brief`,
    caBundle: authority.toString("base64"),
    got,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      rmSync(folder, { recursive: true });
      await new Promise((closed) => {
        server.close(closed);
      });
    },
  };
}
