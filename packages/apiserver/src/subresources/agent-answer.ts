import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { StatusError } from "@bulkhead/api";
import type { Exchange } from "../http/exchange.ts";
import { drained } from "../http/send.ts";
import type { Answer, KindRequest } from "../request/api-request.ts";
import type { AgentDialer } from "./agent-dialer.ts";
import { agentRefusal } from "./agent-refusal.ts";

/** How long the agent may take to begin its answer. */
const patience = 30_000;

/** What the node's agent answers to GET of this path, passed on piece by piece under a media type that we say. */
export async function agentAnswer(
  dialer: AgentDialer | undefined,
  request: Pick<KindRequest, "exchange" | "stallDeadline">,
  node: string,
  path: string,
  type: string,
): Promise<Answer> {
  const socket = await dialAgent(dialer, node);
  const response = await ask(socket, path);
  if (response.statusCode !== 200) throw await refusedBy(response, socket);
  return {
    answer: "stream",
    run: async (headers) => {
      request.exchange.head(200, { ...headers, "content-type": type });
      await passOn(request.exchange, response, socket, request.stallDeadline);
    },
  };
}

/** A connection to the node's agent, or 503 with the node's name. */
export async function dialAgent(dialer: AgentDialer | undefined, node: string): Promise<Duplex> {
  try {
    if (dialer === undefined) throw new Error("no way to agents is configured");
    return await dialer.dial(node);
  } catch (error) {
    throw new StatusError(
      { reason: "ServiceUnavailable", message: `the agent of node ${JSON.stringify(node)} cannot be reached` },
      error,
    );
  }
}

const ask = (socket: Duplex, path: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const call = httpRequest({ createConnection: () => socket, path, headers: { host: "agent", connection: "close" } });
    const timer = setTimeout(() => call.destroy(new Error(`no answer in ${patience} ms`)), patience);
    call.on("response", (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    call.on("error", (error) => {
      clearTimeout(timer);
      reject(new StatusError({ reason: "ServiceUnavailable", message: "the agent ended the request" }, error));
    });
    call.end();
  });

/** The agent's refusal with its words, of which it is bounded how many. */
async function refusedBy(response: IncomingMessage, socket: Duplex): Promise<StatusError> {
  let text = "";
  for await (const piece of response) {
    text += String(piece);
    if (text.length > 4096) break;
  }
  socket.destroy();
  return agentRefusal(response.statusCode ?? 500, text);
}

async function passOn(exchange: Exchange, from: IncomingMessage, socket: Duplex, stallDeadline: number): Promise<void> {
  exchange.onClose(() => socket.destroy());
  try {
    for await (const piece of from) {
      if (exchange.output.destroyed) break;
      if (!exchange.output.write(piece)) await drained(exchange.output, stallDeadline);
    }
    exchange.output.end();
  } catch {
    exchange.abort();
  } finally {
    socket.destroy();
  }
}
