import { notFound, StatusError } from "@bulkhead/api";
import type { KindHandler } from "../request/api-request.ts";
import { agentAnswer } from "./agent-answer.ts";
import type { AgentDialer } from "./agent-dialer.ts";

/** What of an agent can be read through the API, with the media type. Nothing here enters a container or changes one. */
const readable: ReadonlyMap<string, string> = new Map([
  ["healthz", "text/plain; charset=utf-8"],
  ["stats/summary", "application/json"],
  ["metrics", "text/plain; version=0.0.4; charset=utf-8"],
  ["metrics/resource", "text/plain; version=0.0.4; charset=utf-8"],
]);

/** nodes/proxy: upstream passes every path on to the kubelet, its exec among them; here only what may be read. */
export const nodeProxyHandler =
  (dialer: AgentDialer | undefined): KindHandler =>
  (request) => {
    const { info, services } = request;
    const path = info.rest.join("/");
    const type = readable.get(path);
    if (type === undefined)
      throw new StatusError({
        reason: "Forbidden",
        message: `nodes/proxy leads to ${[...readable.keys()].join(", ")} of a node's agent, and not to ${JSON.stringify(path)}; for containers use pods/log, pods/exec, pods/attach and pods/portforward`,
      });
    if (services.store.get({ group: "", resource: "nodes", namespace: "", name: info.name }) === undefined)
      throw notFound("", "nodes", info.name);
    return agentAnswer(dialer, request, info.name, `/${path}`, type);
  };
