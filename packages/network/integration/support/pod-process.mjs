// What runs in a test pod's network namespace: answers on ports with its own name and who asked, and tries connections
// when told to. One JSON line in, one JSON line out.
import dgram from "node:dgram";
import net from "node:net";
import readline from "node:readline";

const name = process.argv[2];
const answer = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const open = new Map();

function tcp({ to, port, ms, from }) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: to, port, ...(from === undefined ? {} : { localAddress: from }) });
    const timer = setTimeout(() => finish("timeout"), ms);
    function finish(result) {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    }
    socket.on("data", (data) => finish(`ok ${data}`));
    socket.on("error", (error) => finish(error.code));
    socket.on("end", () => finish("closed"));
  });
}

function udp({ to, port, ms, from }) {
  return new Promise((resolve) => {
    const socket = dgram.createSocket(to.includes(":") ? "udp6" : "udp4");
    const timer = setTimeout(() => finish("timeout"), ms);
    function finish(result) {
      clearTimeout(timer);
      socket.close();
      resolve(result);
    }
    socket.on("message", (data) => finish(`ok ${data}`));
    socket.on("error", (error) => finish(error.code));
    if (from !== undefined) socket.bind({ address: from });
    socket.connect(port, to, (error) => {
      if (error) return finish(error.code);
      socket.send("hello");
    });
  });
}

const commands = {
  listen: ({ protocol, port, address }) =>
    new Promise((resolve, reject) => {
      if (protocol === "UDP") {
        const socket = dgram.createSocket("udp4");
        socket.on("error", reject);
        socket.on("message", (_data, peer) => socket.send(`${name} ${peer.address}`, peer.port, peer.address));
        socket.bind(port, address ?? "0.0.0.0", () => resolve("listening"));
        return;
      }
      const server = net.createServer((socket) => {
        socket.on("error", () => {});
        socket.write(`${name} ${socket.remoteAddress}`);
        socket.on("data", (data) => socket.write(data));
      });
      server.on("error", reject);
      server.listen(port, address ?? "0.0.0.0", () => resolve("listening"));
    }),
  try: (command) => (command.protocol === "UDP" ? udp(command) : tcp(command)),
  // A connection that stays: opened here, spoken over with `say`.
  open: ({ to, port, key, ms }) =>
    new Promise((resolve) => {
      const socket = net.connect({ host: to, port });
      const timer = setTimeout(() => resolve("timeout"), ms);
      socket.once("data", (data) => {
        clearTimeout(timer);
        open.set(key, { socket, broken: undefined });
        resolve(`ok ${data}`);
      });
      socket.on("error", (error) => {
        clearTimeout(timer);
        const entry = open.get(key);
        if (entry !== undefined) entry.broken = error.code;
        resolve(error.code);
      });
    }),
  say: ({ key, ms }) =>
    new Promise((resolve) => {
      const { socket, broken } = open.get(key);
      if (broken !== undefined) return resolve(broken);
      const timer = setTimeout(() => resolve("timeout"), ms);
      socket.once("data", (data) => {
        clearTimeout(timer);
        resolve(`ok ${data}`);
      });
      socket.once("error", (error) => {
        clearTimeout(timer);
        resolve(error.code);
      });
      socket.write("again");
    }),
  // A UDP socket that stays, so that its connection in the kernel does too.
  hold: ({ to, port, key, ms }) =>
    new Promise((resolve) => {
      const socket = dgram.createSocket("udp4");
      socket.connect(port, to, () => {
        open.set(key, { socket });
        resolve(commands.again({ key, ms }));
      });
    }),
  again: ({ key, ms }) =>
    new Promise((resolve) => {
      const { socket } = open.get(key);
      const timer = setTimeout(() => resolve("timeout"), ms);
      socket.removeAllListeners();
      socket.once("error", (error) => (clearTimeout(timer), resolve(error.code)));
      socket.once("message", (data) => (clearTimeout(timer), resolve(`ok ${data}`)));
      socket.send("hello");
    }),
  // One DNS message, as hexadecimal, there and back.
  dns: ({ to, hex, transport, ms }) =>
    new Promise((resolve) => {
      const message = Buffer.from(hex, "hex");
      const timer = setTimeout(() => finish("timeout"), ms ?? 1000);
      let socket;
      function finish(result) {
        clearTimeout(timer);
        if (transport === "tcp") socket.destroy();
        else socket.close();
        resolve(result);
      }
      if (transport === "tcp") {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(message.length);
        let received = Buffer.alloc(0);
        socket = net.connect({ host: to, port: 53 }, () => socket.write(Buffer.concat([length, message])));
        socket.on("data", (data) => {
          received = Buffer.concat([received, data]);
          if (received.length > 2 && received.length >= received.readUInt16BE(0) + 2)
            finish(received.subarray(2).toString("hex"));
        });
      } else {
        socket = dgram.createSocket("udp4");
        socket.on("message", (data) => finish(data.toString("hex")));
        socket.connect(53, to, (error) => (error ? finish(error.code) : socket.send(message)));
      }
      socket.on("error", (error) => finish(error.code));
    }),
  // As many connections as fit in `ms`, one after the other; tells how many passed.
  // A lost SYN is sent again after a second: whoever has no answer before that lost one.
  flood: async ({ to, port, protocol, ms }) => {
    const results = {};
    for (const end = Date.now() + ms; Date.now() < end; ) {
      const one = protocol === "UDP" ? await udp({ to, port, ms: 900 }) : await tcp({ to, port, ms: 900 });
      const word = one.split(" ")[0];
      results[word] = (results[word] ?? 0) + 1;
    }
    return results;
  },
};

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, ...command } = JSON.parse(line);
  try {
    answer({ id, result: await commands[command.do](command) });
  } catch (error) {
    answer({ id, result: `failed ${error.message}` });
  }
});
process.stdin.on("end", () => process.exit(0));
answer({ id: 0, result: "ready" });
