import net from "node:net";
import { silentLog } from "@bulkhead/api";
import { afterEach, expect, test, vi } from "vitest";
import { type Forwarder, type ForwardOptions, startForwarder } from "./forward.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function target(handle: (socket: net.Socket) => void): Promise<number> {
  const held = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    held.add(socket);
    socket.on("error", () => socket.destroy());
    handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    for (const socket of held) socket.destroy();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

async function forward(port: number, more: Partial<ForwardOptions> = {}): Promise<Forwarder> {
  const made = await startForwarder({
    socket: { host: "127.0.0.1", port: 0 },
    target: { host: "127.0.0.1", port },
    clients: ["127.0.0.0/8"],
    log: silentLog,
    ...more,
  });
  ends.push(() => made.close());
  return made;
}

/** What the socket gets until the other end closes. */
const answer = (socket: net.Socket): Promise<string> =>
  new Promise((resolve) => {
    let heard = "";
    socket.on("data", (data) => (heard += data.toString()));
    socket.on("error", () => resolve("broken"));
    socket.on("close", () => resolve(heard));
  });

test("bytes pass both ways as they are, and a half-closed end waits for its answer", async () => {
  const port = await target((socket) => {
    let heard = 0;
    socket.on("data", (data) => (heard += data.length));
    socket.on("end", () => socket.end(`got ${heard}`));
  });
  const { port: door } = await forward(port);
  const client = net.connect(door, "127.0.0.1");
  client.end(Buffer.alloc(3_000_000, 7));
  expect(await answer(client)).toBe("got 3000000");
});

test("a target that reads nothing stops the sender: the door holds no more than the sockets' own buffers", async () => {
  const port = await target((socket) => socket.pause());
  const { port: door } = await forward(port);
  const client = net.connect(door, "127.0.0.1");
  ends.push(() => client.destroy());
  const before = process.memoryUsage().arrayBuffers;
  const piece = Buffer.alloc(1 << 20);
  let taken = 0;
  const full = new Promise<void>((resolve) => {
    const write = (): void => {
      const timer = setTimeout(resolve, 500);
      client.write(piece, () => {
        clearTimeout(timer);
        taken++;
        if (taken === 256) resolve();
        else write();
      });
    };
    write();
  });
  await full;
  expect(taken).toBeLessThan(256);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20);
});

test("strangers, and more connections than one address or all may have, are turned away; a place is given back", async () => {
  const port = await target((socket) => {
    socket.write("in");
    socket.on("end", () => socket.end()).resume();
  });
  const limits = { connections: 3, perClient: 2, idleMs: 60_000 };
  const { port: door } = await forward(port, { limits, clients: ["127.0.0.0/30", "127.0.0.4/32"] });
  const enter = async (from: string): Promise<net.Socket | undefined> => {
    const socket = net.connect({ port: door, host: "127.0.0.1", localAddress: from });
    ends.push(() => socket.destroy());
    const first = await new Promise<string>((resolve) => {
      socket.once("data", (data) => resolve(data.toString()));
      socket.once("error", () => resolve("out"));
      socket.once("close", () => resolve("out"));
    });
    return first === "in" ? socket : undefined;
  };
  expect(await enter("127.0.0.9")).toBeUndefined();
  const one = await enter("127.0.0.2");
  expect([one !== undefined, (await enter("127.0.0.2")) !== undefined]).toEqual([true, true]);
  expect(await enter("127.0.0.2")).toBeUndefined();
  expect(await enter("127.0.0.3")).toBeDefined();
  expect(await enter("127.0.0.4")).toBeUndefined();
  one?.destroy();
  await vi.waitFor(async () => expect(await enter("127.0.0.4")).toBeDefined());
});

test("where nobody answers behind it, and after silence, the client is let go", async () => {
  const port = await target(() => undefined);
  const limits = { connections: 8, perClient: 8, idleMs: 50 };
  const quiet = await forward(port, { limits });
  expect(await answer(net.connect(quiet.port, "127.0.0.1"))).toBe("");
  const gone = net.createServer();
  await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
  const { port: nobody } = gone.address() as net.AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const { port: door } = await forward(nobody);
  expect(["", "broken"]).toContain(await answer(net.connect(door, "127.0.0.1")));
});
