import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { startTestServer } from "./test-server.ts";

/** A connection on which nothing was said yet. */
async function dialled(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Says hello; there once the handshake is done. */
function shaken(socket: Socket): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const tls = connectTls({ socket, ALPNProtocols: ["h2"], rejectUnauthorized: false });
    tls.on("error", () => {});
    tls.once("secureConnect", () => resolve(tls));
    tls.once("close", () => reject(new Error("cut")));
  });
}

const overIt = (tls: TLSSocket): ClientHttp2Session => {
  const session = connectHttp2("https://localhost", { createConnection: () => tls });
  session.on("error", () => {});
  return session;
};

test("a close waits for no connection whose handshake is still to come", async () => {
  const server = await startTestServer();
  const silent = await dialled(server.port);
  const slow = await dialled(server.port);
  const ended = [silent, slow].map((socket) => once(socket, "close"));
  // Both were taken: a request that came after them is answered.
  expect((await server.call("GET", "/version")).status).toBe(200);
  const closed = server.api.close(0);
  await expect(shaken(slow)).rejects.toThrow("cut");
  await closed;
  await Promise.all(ended);
  await server.close();
});

test("whoever finishes a handshake during a close is told to go elsewhere", async () => {
  const server = await startTestServer();
  const slow = await dialled(server.port);
  expect((await server.call("GET", "/version")).status).toBe(200);
  let over = false;
  const closed = server.api.close(60_000).then(() => {
    over = true;
  });
  const session = overIt(await shaken(slow));
  await once(session, "close");
  expect(over).toBe(false);
  await server.close();
  await closed;
});
