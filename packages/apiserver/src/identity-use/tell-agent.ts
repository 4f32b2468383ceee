import { request as httpRequest } from "node:http";
import { dialAgent } from "../subresources/agent-answer.ts";
import type { AgentDialer } from "../subresources/agent-dialer.ts";
import type { IdentityReport } from "./identity-signal.ts";

/** Where on its port a node's agent takes reports. */
const identitySignalsPath = "/identitySignals";

const patience = 10_000;

/** Hands a report to the agent of the pod's node; rejects where that did not take it. */
export async function tellAgent(dialer: AgentDialer | undefined, report: IdentityReport): Promise<void> {
  const socket = await dialAgent(dialer, report.pod.node ?? "");
  const body = JSON.stringify(report);
  await new Promise<void>((resolve, reject) => {
    const call = httpRequest({
      createConnection: () => socket,
      method: "POST",
      path: identitySignalsPath,
      headers: { host: "agent", connection: "close", "content-type": "application/json" },
      timeout: patience,
    });
    call.on("timeout", () => call.destroy(new Error(`no answer in ${patience} ms`)));
    call.on("error", reject);
    call.on("response", (response) => {
      response.resume();
      if (response.statusCode === 204) resolve();
      else reject(new Error(`the agent answered ${response.statusCode}`));
    });
    call.end(body);
  }).finally(() => socket.destroy());
}
