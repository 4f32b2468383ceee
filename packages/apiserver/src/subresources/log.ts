import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type FieldError, invalid, StatusError } from "@bulkhead/api";
import type { Exchange } from "../http/exchange.ts";
import { drained } from "../http/send.ts";
import { type Answer, type KindHandler, textAnswer } from "../request/api-request.ts";
import { badNumber } from "../request/errors.ts";
import type { AgentDialer } from "./agent-dialer.ts";
import { agentRefusal } from "./agent-refusal.ts";
import { containerOf, podNamed } from "./pod-target.ts";

const passed = ["follow", "previous", "sinceSeconds", "sinceTime", "timestamps", "tailLines", "limitBytes"] as const;

const atLeast: Readonly<Record<string, number>> = { tailLines: 0, sinceSeconds: 1, limitBytes: 1 };

function check(query: URLSearchParams, name: string): void {
  const errors: FieldError[] = [];
  for (const [field, minimum] of Object.entries(atLeast)) {
    const value = query.get(field);
    if (value === null) continue;
    if (!/^-?\d+$/.test(value)) throw badNumber("ParseInt", value);
    if (Number(value) < minimum)
      errors.push({
        reason: "FieldValueInvalid",
        field,
        message: `Invalid value: ${value}: must be greater than ${minimum === 0 ? "or equal to 0" : "0"}`,
      });
  }
  if (query.has("sinceSeconds") && query.has("sinceTime"))
    errors.push({
      reason: "FieldValueForbidden",
      field: "sinceSeconds",
      message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
    });
  if (errors.length > 0) throw invalid("", "PodLogOptions", name, errors);
}

/** pods/log: the agent's log stream, passed on piece by piece. */
export const logHandler =
  (dialer: AgentDialer | undefined): KindHandler =>
  async (request): Promise<Answer> => {
    const { info, namespace, services } = request;
    check(info.query, info.name);
    const pod = podNamed(services.store, namespace, info.name);
    const container = containerOf(pod, info.query.get("container") ?? "");
    const node = pod.spec?.nodeName ?? "";
    if (node === "") return { ...(textAnswer(204, "") as Extract<Answer, { answer: "body" }>), type: "" };
    const query = new URLSearchParams();
    for (const name of passed) {
      const value = info.query.get(name);
      if (value !== null) query.set(name, value);
    }
    const path = `/containerLogs/${[namespace, info.name, container].map(encodeURIComponent).join("/")}?${query.toString()}`;
    const socket = await dialAgent(dialer, node);
    const response = await ask(socket, path);
    if (response.statusCode !== 200) throw await refusedBy(response, socket);
    return {
      answer: "stream",
      run: async (headers) => {
        request.exchange.head(200, { ...headers, "content-type": "text/plain" });
        await passOn(request.exchange, response, socket, request.stallDeadline);
      },
    };
  };

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
    call.on("response", resolve);
    call.on("error", (error) =>
      reject(new StatusError({ reason: "ServiceUnavailable", message: "the agent ended the request" }, error)),
    );
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
