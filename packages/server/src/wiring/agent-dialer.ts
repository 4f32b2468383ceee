import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { StatusError } from "@bulkhead/api";
import type { AgentDialer } from "@bulkhead/apiserver";
import type { InstanceConfig, InstancePaths } from "@bulkhead/host";

/** The way to this machine's agent: mutual TLS on loopback, the agent's certificate checked against the node's name. */
export function agentDialer(config: InstanceConfig, paths: InstancePaths): AgentDialer {
  const file = (name: string): string => join(paths.pki, "apiserver", name);
  const absent = (why: string, cause?: unknown): StatusError =>
    new StatusError(
      { reason: "ServiceUnavailable", message: `the agent of node ${config.nodeName} does not answer: ${why}` },
      cause,
    );
  return {
    dial: async (node) => {
      if (node !== config.nodeName) throw absent(`node ${node} is not this machine`);
      const [cert, key, ca] = await Promise.all([
        readFile(file("agent-client.crt")),
        readFile(file("agent-client.key")),
        readFile(file("server-ca.crt")),
      ]);
      return new Promise<TLSSocket>((resolve, reject) => {
        const socket = connect({
          host: "127.0.0.1",
          port: config.agentPort,
          cert,
          key,
          ca,
          servername: config.nodeName,
          minVersion: "TLSv1.3",
          ALPNProtocols: ["http/1.1"],
        });
        socket.setTimeout(10_000, () => socket.destroy(new Error("no answer in ten seconds")));
        socket.once("secureConnect", () => {
          socket.setTimeout(0);
          resolve(socket);
        });
        socket.once("error", (error) => reject(absent(error.message, error)));
      });
    },
  };
}
