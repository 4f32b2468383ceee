import { readFileSync } from "node:fs";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";

/** One HTTP/2 connection to an API server, as client-go keeps it. Bodies are bytes: what is measured is the server. */
export interface ApiClient {
  /** Asks; gives the answer's bytes. Throws when the code is another. */
  ask(method: string, path: string, body?: Uint8Array, code?: number): Promise<Buffer>;
  /** Opens a stream and gives its pieces as they come. */
  stream(path: string, onData: (piece: Buffer) => void): ClientHttp2Stream;
  close(): void;
}

/** Connects as the user of a kubeconfig that Bulkhead wrote. */
export async function connectApi(kubeconfig: string): Promise<ApiClient> {
  const text = readFileSync(kubeconfig, "utf8");
  const value = (name: string): string => new RegExp(`${name}: (\\S+)`).exec(text)?.[1] ?? "";
  const pem = (name: string): Buffer => Buffer.from(value(name), "base64");
  const session: ClientHttp2Session = connect(value("server"), {
    ca: pem("certificate-authority-data"),
    cert: pem("client-certificate-data"),
    key: pem("client-key-data"),
    settings: { initialWindowSize: 16 * 2 ** 20 },
  });
  await new Promise<void>((resolve, reject) => session.once("connect", () => resolve()).once("error", reject));
  session.setLocalWindowSize(64 * 2 ** 20);
  session.setMaxListeners(0);
  return {
    ask: (method, path, body, code = method === "POST" ? 201 : 200) =>
      new Promise((resolve, reject) => {
        const stream = session.request(
          {
            ":method": method,
            ":path": path,
            ...(body === undefined ? {} : { "content-type": "application/json", "content-length": body.length }),
          },
          { endStream: body === undefined },
        );
        const parts: Buffer[] = [];
        let status = 0;
        stream.on("response", (headers) => (status = headers[":status"] ?? 0));
        stream.on("data", (part: Buffer) => void parts.push(part));
        stream.on("error", reject);
        stream.on("end", () => {
          const bytes = Buffer.concat(parts);
          if (status === code) resolve(bytes);
          else reject(new Error(`${method} ${path}: ${status} ${bytes.toString("utf8", 0, 300)}`));
        });
        if (body !== undefined) stream.end(body);
      }),
    stream: (path, onData) => {
      const stream = session.request({ ":path": path });
      stream.on("data", onData);
      stream.on("error", () => undefined);
      return stream;
    },
    close: () => session.destroy(),
  };
}
