import type net from "node:net";

/** Passes bytes both ways at the pace of the slower end; a half-closed end waits, a broken one ends both. */
export function join(client: net.Socket, inner: net.Socket): void {
  const end = (): void => {
    client.destroy();
    inner.destroy();
  };
  for (const socket of [client, inner]) {
    socket.on("error", end);
    socket.on("close", end);
  }
  client.pipe(inner);
  inner.pipe(client);
}
