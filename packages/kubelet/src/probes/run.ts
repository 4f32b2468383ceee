import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Container, EphemeralContainer, HTTPGetAction, LifecycleHandler, Probe } from "@bulkhead/api";
import { Client, credentials } from "@grpc/grpc-js";
import type { CriClient } from "../cri/client.ts";
import { CriError } from "../cri/client.ts";
import { type Decoded, decode, encode } from "../cri/protobuf.ts";
import { healthCheck } from "../cri/schema.ts";
import type { ProbeResult } from "./outcome.ts";

/** What a try found, and what to tell of it. */
export interface Finding {
  readonly result: ProbeResult;
  readonly output: string;
}

export interface ProbeTarget {
  readonly containerId: string;
  readonly podIp: string;
  readonly container: Container | EphemeralContainer;
}

const longestOutput = 1024;
const longestBody = 10 * 1024;

/** A port by number or by the name the container gives it; undefined for an unknown name. */
export function portOf(container: Pick<Container, "ports">, port: number | string): number | undefined {
  if (typeof port === "number") return port;
  const number = Number(port);
  if (Number.isInteger(number) && number > 0) return number;
  return container.ports?.find(({ name }) => name === port)?.containerPort;
}

const failed = (output: string): Finding => ({ result: "failure", output: output.slice(0, longestOutput) });

/** Tries a probe once. Never throws: what cannot be tried is `unknown`. */
export async function runProbe(cri: CriClient, target: ProbeTarget, probe: Probe): Promise<Finding> {
  try {
    return await tryProbe(cri, target, probe);
  } catch (error) {
    // A header or a host that no request can carry: the pod's mistake, not the agent's end.
    return { result: "unknown", output: String(error).slice(0, longestOutput) };
  }
}

async function tryProbe(cri: CriClient, target: ProbeTarget, probe: Probe): Promise<Finding> {
  const seconds = probe.timeoutSeconds ?? 1;
  if (probe.exec !== undefined) return runExec(cri, target.containerId, probe.exec.command ?? [], seconds);
  if (probe.httpGet !== undefined) return runHttp(target, probe.httpGet, seconds * 1000, "kube-probe/1.36");
  if (probe.tcpSocket !== undefined) {
    const port = portOf(target.container, probe.tcpSocket.port);
    if (port === undefined) return { result: "unknown", output: `no port named ${probe.tcpSocket.port}` };
    return runTcp(probe.tcpSocket.host || target.podIp, port, seconds * 1000);
  }
  if (probe.grpc !== undefined) return runGrpc(target.podIp, probe.grpc.port, probe.grpc.service ?? "", seconds * 1000);
  return { result: "unknown", output: "the probe says nothing to try" };
}

async function runExec(
  cri: CriClient,
  containerId: string,
  command: readonly string[],
  seconds: number,
): Promise<Finding> {
  try {
    const answer = await cri.call(
      "ExecSync",
      { containerId, cmd: command, timeout: seconds },
      { timeout: seconds === 0 ? 0 : seconds * 1000 + 10_000 },
    );
    const output = Buffer.concat([answer.stdout, answer.stderr]).toString("utf8", 0, longestOutput);
    return { result: answer.exitCode === 0 ? "success" : "failure", output };
  } catch (error) {
    if (error instanceof CriError && error.code === "DeadlineExceeded") {
      return failed(`command timed out after ${seconds}s`);
    }
    return { result: "unknown", output: String(error).slice(0, longestOutput) };
  }
}

/** The path with everything escaped that a request line cannot carry. */
const requestPath = (path: string): string =>
  (path.startsWith("/") ? path : `/${path}`).toWellFormed().replace(/[^!-~]/gu, encodeURIComponent);

/** A GET that passes with 200 to 399. Redirects are not followed: they could point anywhere. */
export function runHttp(target: ProbeTarget, action: HTTPGetAction, timeout: number, agent: string): Promise<Finding> {
  const port = portOf(target.container, action.port);
  if (port === undefined) return Promise.resolve({ result: "unknown", output: `no port named ${action.port}` });
  const https = action.scheme?.toUpperCase() === "HTTPS";
  const headers: Record<string, string> = { "user-agent": agent, accept: "*/*", connection: "close" };
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  return new Promise((resolve) => {
    const request = (https ? httpsRequest : httpRequest)({
      host: action.host || target.podIp,
      port,
      path: requestPath(action.path ?? ""),
      headers,
      agent: false,
      ...(https ? { rejectUnauthorized: false } : {}),
    });
    const deadline = setTimeout(() => request.destroy(new Error(`no answer within ${timeout / 1000}s`)), timeout);
    const done = (finding: Finding): void => {
      clearTimeout(deadline);
      resolve(finding);
    };
    request.once("error", (error) =>
      done(
        failed(
          `Get "${https ? "https" : "http"}://${action.host || target.podIp}:${port}${action.path ?? "/"}": ${error.message}`,
        ),
      ),
    );
    request.once("response", (response) => {
      let seen = 0;
      response.on("data", (bytes: Buffer) => {
        seen += bytes.length;
        if (seen > longestBody) response.destroy();
      });
      const code = response.statusCode ?? 0;
      const judge = (): void =>
        done(
          code >= 200 && code < 400
            ? { result: "success", output: "" }
            : failed(`HTTP probe failed with statuscode: ${code}`),
        );
      response.once("close", judge);
      response.once("error", judge);
    });
    request.end();
  });
}

export function runTcp(host: string, port: number, timeout: number): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const deadline = setTimeout(() => {
      socket.destroy();
      resolve(failed(`dial tcp ${host}:${port}: no answer within ${timeout / 1000}s`));
    }, timeout);
    socket.once("connect", () => {
      clearTimeout(deadline);
      socket.destroy();
      resolve({ result: "success", output: "" });
    });
    socket.once("error", (error) => {
      clearTimeout(deadline);
      resolve(failed(`dial tcp ${host}:${port}: ${error.message}`));
    });
  });
}

const serving = 1;

export function runGrpc(host: string, port: number, service: string, timeout: number): Promise<Finding> {
  const [asks, answers] = healthCheck;
  const client = new Client(`${host.includes(":") ? `[${host}]` : host}:${port}`, credentials.createInsecure());
  return new Promise((resolve) => {
    client.makeUnaryRequest<object, Decoded<typeof answers>>(
      "/grpc.health.v1.Health/Check",
      (value) => encode(asks, value),
      (bytes) => decode(answers, bytes),
      { service },
      { deadline: Date.now() + timeout },
      (error, value) => {
        client.close();
        if (error !== null) resolve(failed(`error: health rpc failed: ${error.details || error.message}`));
        else if (value?.status === serving) resolve({ result: "success", output: "" });
        else resolve(failed(`service unhealthy (responded with status ${value?.status})`));
      },
    );
  });
}

/** Runs a lifecycle hook; undefined when it went well, else why not. */
export async function runHook(
  cri: CriClient,
  target: ProbeTarget,
  hook: LifecycleHandler,
  timeout: number,
): Promise<string | undefined> {
  if (hook.sleep !== undefined) {
    await pause(Math.min(hook.sleep.seconds * 1000, timeout));
    return undefined;
  }
  const run =
    hook.exec === undefined
      ? hook.httpGet === undefined
        ? undefined
        : runHttp(target, hook.httpGet, timeout, "kube-lifecycle/1.36")
      : runExec(cri, target.containerId, hook.exec.command ?? [], Math.ceil(timeout / 1000));
  const finding = await run;
  return finding === undefined || finding.result === "success" ? undefined : finding.output;
}
