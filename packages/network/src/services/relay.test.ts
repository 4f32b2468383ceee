import dgram from "node:dgram";
import net from "node:net";
import { silentLog } from "@bulkhead/api";
import { afterEach, expect, test } from "vitest";
import { createNodePortRelay, type NodePortRelay } from "./relay.ts";
import type { ServicePort } from "./service-ports.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const port = (protocol: "TCP" | "UDP", nodePort: number): ServicePort => ({
  namespace: "shop",
  name: "web",
  portName: "",
  protocol,
  port: 80,
  nodePort,
  clusterIps: [],
  affinitySeconds: undefined,
  internal: [],
  external: [],
});

function relay(): NodePortRelay {
  // Target and source stand for the link's ends: here both are loopback addresses.
  const made = createNodePortRelay({
    listen: ["127.0.0.1"],
    target: "127.0.0.2",
    source: "127.0.0.3",
    log: silentLog,
    portOnHost: () => 0,
  });
  ends.push(() => made.close());
  return made;
}

test("TCP: bytes both ways, half-closed ends wait, the source is the relay's own", async () => {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    let heard = "";
    socket.on("data", (data) => (heard += data.toString()));
    // Answers only after the client said that it is done.
    socket.on("end", () => socket.end(`${socket.remoteAddress} ${heard}`));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.2", resolve));
  ends.push(() => server.close());
  const { port: nodePort } = server.address() as net.AddressInfo;
  const made = relay();
  made.update([port("TCP", nodePort)]);
  const at = (await made.settled()).get(`TCP 127.0.0.1 ${nodePort}`);
  const said = await new Promise<string>((resolve, reject) => {
    const socket = net.connect({ host: "127.0.0.1", port: at ?? 0 }, () => socket.end("hello"));
    socket.on("data", (data) => resolve(data.toString()));
    socket.on("error", reject);
  });
  expect(said).toBe("127.0.0.3 hello");
  made.update([]);
  await made.settled();
  const refused = await new Promise<string>((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port: at ?? 0 });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    socket.on("connect", () => resolve("connected"));
  });
  expect(refused).toBe("ECONNREFUSED");
});

test("UDP: each client has answers of its own", async () => {
  const server = dgram.createSocket("udp4");
  server.on("message", (data, peer) => server.send(`${peer.address} ${data.toString()}`, peer.port, peer.address));
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.2", resolve));
  ends.push(() => server.close());
  const nodePort = server.address().port;
  const made = relay();
  made.update([port("UDP", nodePort)]);
  const at = (await made.settled()).get(`UDP 127.0.0.1 ${nodePort}`);
  const ask = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = dgram.createSocket("udp4");
      socket.on("message", (data) => {
        socket.close();
        resolve(data.toString());
      });
      socket.send(text, at, "127.0.0.1");
    });
  expect(await Promise.all([ask("one"), ask("two")])).toEqual(["127.0.0.3 one", "127.0.0.3 two"]);
});

test("a port that another program holds is told and does not end anything", async () => {
  const holder = net.createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  ends.push(() => holder.close());
  const { port: taken } = holder.address() as net.AddressInfo;
  const warned: object[] = [];
  const made = createNodePortRelay({
    listen: ["127.0.0.1"],
    target: "127.0.0.2",
    source: "127.0.0.3",
    log: { ...silentLog, warn: (fields) => void warned.push(fields) },
  });
  ends.push(() => made.close());
  made.update([port("TCP", taken)]);
  expect((await made.settled()).get(`TCP 127.0.0.1 ${taken}`)).toBeUndefined();
  expect(warned).toHaveLength(1);
});
