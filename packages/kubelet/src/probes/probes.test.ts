import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import type { Probe } from "@bulkhead/api";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CriClient } from "../cri/client.ts";
import { decode, encode } from "../cri/protobuf.ts";
import { healthCheck } from "../cri/schema.ts";
import { countResult, freshProbe, type ProbeResult } from "./outcome.ts";
import { portOf, runGrpc, runHttp, runProbe, runTcp } from "./run.ts";

const run = (results: ProbeResult[], probe: Probe) => {
  let state = freshProbe;
  return results.map((result) => (state = countResult(state, result, probe)).healthy);
};

describe("thresholds", () => {
  test("three failures in a row by default, one success", () => {
    expect(run(["failure", "failure", "failure", "success"], {})).toEqual([undefined, undefined, false, true]);
  });
  test("in a row means in a row", () => {
    expect(run(["success", "failure", "success", "failure", "failure"], { failureThreshold: 2 })).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
  test("what could not be tried changes nothing", () => {
    expect(run(["failure", "unknown", "failure"], { failureThreshold: 2 })).toEqual([undefined, undefined, false]);
  });
  test("successes may need a threshold too", () => {
    expect(run(["success", "success"], { successThreshold: 2 })).toEqual([undefined, true]);
  });
});

describe("tries", () => {
  const server = createServer((request, response) => {
    const code = Number(request.url?.slice(1, 4));
    if (request.url === "/slow") return;
    if (request.url === "/header") response.statusCode = request.headers["x-token"] === "t" ? 200 : 403;
    else response.writeHead(code, { location: "/500" });
    response.end("body");
  });
  const closed = createTcpServer();
  let port = 0;
  let unused = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    unused = (closed.address() as AddressInfo).port;
    await new Promise<void>((resolve) => closed.close(() => resolve()));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const target = {
    containerId: "c",
    podIp: "127.0.0.1",
    container: { name: "app", ports: [{ name: "web", containerPort: 1 }] },
  };
  const get = (path: string, timeout = 2000, headers: { name: string; value: string }[] = []) =>
    runHttp(target, { port, path, httpHeaders: headers }, timeout, "test");

  test.each([
    ["/200", "success"],
    ["/302", "success"],
    ["/400", "failure"],
    ["/500", "failure"],
  ])("GET %s is a %s", async (path, result) => {
    expect((await get(path)).result).toBe(result);
  });
  test("headers are sent", async () => {
    expect((await get("/header", 2000, [{ name: "X-Token", value: "t" }])).result).toBe("success");
  });
  test("a path that no request line can carry is escaped", async () => {
    expect((await get("/200?a b\n\ud800ü")).result).toBe("success");
    expect((await get("200")).result).toBe("success");
  });
  test("what no request can carry is unknown, and nobody's end", async () => {
    const cri = { call: () => Promise.reject(new Error("unused")), events: async function* () {}, close() {} };
    const probe = (more: object): Promise<unknown> =>
      runProbe(cri as unknown as CriClient, target, { httpGet: { port, path: "/200", ...more } });
    expect(await probe({ httpHeaders: [{ name: "x", value: "a\r\nb: c" }] })).toMatchObject({ result: "unknown" });
    expect(await probe({ httpHeaders: [{ name: "é", value: "a" }] })).toMatchObject({ result: "unknown" });
    expect(await probe({ port: 70_000 })).toMatchObject({ result: "unknown" });
    expect(await probe({})).toMatchObject({ result: "success" });
  });
  test("silence is a failure", async () => {
    expect(await get("/slow", 50)).toMatchObject({ result: "failure" });
  });
  test("a port that nobody listens at is a failure", async () => {
    expect(await runTcp("127.0.0.1", unused, 1000)).toMatchObject({ result: "failure" });
    expect(await runTcp("127.0.0.1", port, 1000)).toMatchObject({ result: "success" });
  });
  test("gRPC health, by service", async () => {
    const health = new Server();
    const [asks, answers] = healthCheck;
    const definition = {
      Check: {
        path: "/grpc.health.v1.Health/Check",
        requestStream: false,
        responseStream: false,
        requestSerialize: (value: object) => encode(asks, value),
        requestDeserialize: (bytes: Buffer) => decode(asks, bytes),
        responseSerialize: (value: object) => encode(answers, value),
        responseDeserialize: (bytes: Buffer) => decode(answers, bytes),
      },
    };
    health.addService(definition, {
      Check: (call: { request: { service: string } }, answer: (error: null, value: object) => void) =>
        answer(null, { status: call.request.service === "up" ? 1 : 2 }),
    });
    const at = await new Promise<number>((resolve, reject) =>
      health.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    expect(await runGrpc("127.0.0.1", at, "up", 5000)).toMatchObject({ result: "success" });
    expect(await runGrpc("127.0.0.1", at, "down", 5000)).toMatchObject({ result: "failure" });
    health.forceShutdown();
    expect(await runGrpc("127.0.0.1", unused, "up", 2000)).toMatchObject({ result: "failure" });
  });
  test("ports by name", () => {
    expect(portOf(target.container, "web")).toBe(1);
    expect(portOf(target.container, "80")).toBe(80);
    expect(portOf(target.container, "none")).toBeUndefined();
  });
});
