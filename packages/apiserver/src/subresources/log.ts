import { type FieldError, invalid } from "@bulkhead/api";
import { type Answer, type KindHandler, textAnswer } from "../request/api-request.ts";
import { badNumber } from "../request/errors.ts";
import { agentAnswer } from "./agent-answer.ts";
import type { AgentDialer } from "./agent-dialer.ts";
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
    return agentAnswer(dialer, request, node, path, "text/plain");
  };
