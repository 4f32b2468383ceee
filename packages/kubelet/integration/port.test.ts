import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { Pod } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentRig, isOver, isRunning, script, startAgent } from "./rig/agent.ts";
import { lackingOpenssl, type Pair, testAuthority } from "./rig/certificates.ts";
import { lacking } from "./rig/containerd.ts";

const why = lacking() ?? lackingOpenssl();

interface Answer {
  readonly code: number;
  readonly body: string;
}

describe.skipIf(why !== undefined)(`the agent's port${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  let rig: AgentRig;
  let pod: Pod;
  let api: Pair;
  let other: Pair;
  let serving: Pair;
  let foreign: Pair;
  let ca: Buffer;
  const reports: unknown[] = [];
  const folder = mkdtempSync(join(tmpdir(), "bk-ca-"));

  beforeAll(async () => {
    const authority = testAuthority(folder);
    ca = authority.ca;
    api = authority.issue("apiserver");
    other = authority.issue("somebody");
    foreign = testAuthority(folder).issue("apiserver");
    serving = authority.issue("agent");
    rig = await startAgent({
      serving: {
        ...serving,
        clientCa: ca,
        clientNames: ["apiserver"],
        port: 0,
        metrics: () => "own_total 1\n",
        identitySignal: (report) => void reports.push(report),
      },
      logLimits: { maxSize: 20_000, maxFiles: 3 },
    });
    pod = rig.pod("talker", {
      containers: [
        script(
          "echo one; sleep 1; echo two >&2; sleep 1.2; echo three; trap 'echo end; exit 0' TERM; while true; do sleep 1000 & wait $!; done",
        ),
      ],
    });
    await rig.api.until("shop", "talker", isRunning);
    while (!rig.logOf(pod).includes("three")) await pause(50);
  });
  afterAll(async () => {
    await rig.close();
    rmSync(folder, { recursive: true });
  });

  const open = (path: string, options: { as?: Pair; method?: string; headers?: Record<string, string> } = {}) =>
    request({
      host: "127.0.0.1",
      port: rig.agent.port,
      path,
      method: options.method ?? "GET",
      headers: options.headers ?? {},
      ca,
      ...(options.as ?? api),
      agent: false,
    });

  const get = (path: string, as?: Pair): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const call = open(path, as === undefined ? {} : { as });
      call.once("error", reject);
      call.once("response", (response: IncomingMessage) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => (body += text));
        response.once("end", () => resolve({ code: response.statusCode ?? 0, body }));
      });
      call.end();
    });

  test("opens to the API server's certificate alone", async () => {
    expect(await get("/healthz")).toEqual({ code: 200, body: "ok" });
    expect((await get("/healthz", other)).code).toBe(403);
    await expect(get("/healthz", foreign)).rejects.toThrow();
    const bare = new Promise((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port: rig.agent.port, path: "/healthz", ca, agent: false });
      call.once("response", resolve).once("error", reject).end();
    });
    await expect(bare).rejects.toThrow();
  });

  test("takes reports of identities from the API server alone, whole and not too long", async () => {
    const post = (body: string, as?: Pair): Promise<number> =>
      new Promise((resolve, reject) => {
        const call = open("/identitySignals", { method: "POST", ...(as === undefined ? {} : { as }) });
        call.once("error", reject);
        call.once("response", (response: IncomingMessage) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        call.end(body);
      });
    expect(await post('{"signal":"TokenUsedElsewhere"}')).toBe(204);
    expect(await post("{}", other)).toBe(403);
    expect(await post("{")).toBe(400);
    expect(await post(JSON.stringify("x".repeat(70_000)))).toBe(400);
    expect(reports).toEqual([{ signal: "TokenUsedElsewhere" }]);
    expect((await get("/identitySignals")).code).toBe(404);
  });

  test("takes new certificates while it runs", async () => {
    const next = testAuthority(folder);
    const caller = next.issue("apiserver");
    const own = next.issue("agent");
    const [oldCa, oldApi] = [ca, api];
    rig.agent.renewServing({ ...own, clientCa: next.ca });
    ca = next.ca;
    expect(await get("/healthz", caller)).toEqual({ code: 200, body: "ok" });
    await expect(get("/healthz", oldApi)).rejects.toThrow();
    ca = oldCa;
    rig.agent.renewServing({ ...serving, clientCa: oldCa });
    expect((await get("/healthz")).code).toBe(200);
  });

  describe("logs", () => {
    const logs = (query = "", name = "talker", container = "c0") =>
      get(`/containerLogs/shop/${name}/${container}?${query}`);
    test.each([
      ["", "one\ntwo\nthree\n"],
      ["tailLines=1", "three\n"],
      ["tailLines=0", ""],
      ["limitBytes=5", "one\nt"],
      ["stream=Stderr", "two\n"],
      ["sinceTime=2100-01-01T00:00:00Z", ""],
      ["sinceSeconds=3600&tailLines=2", "two\nthree\n"],
    ])("?%s", async (query, body) => {
      expect(await logs(query)).toEqual({ code: 200, body });
    });
    test("with times", async () => {
      expect((await logs("timestamps=true&tailLines=1")).body).toMatch(/^\d{4}-\d\d-\d\dT\S+Z three\n$/);
    });
    test.each([
      ["", "none", "c0", 404],
      ["", "talker", "none", 404],
      ["previous=true", "talker", "c0", 400],
      ["tailLines=-1", "talker", "c0", 400],
      ["sinceTime=yesterday", "talker", "c0", 400],
    ])("?%s of %s/%s is %i", async (query, name, container, code) => {
      expect((await logs(query, name, container)).code).toBe(code);
    });
    test("follow a container over a rotation to its end, and lose nothing", async () => {
      const made = rig.pod("long", {
        containers: [
          script(
            'i=0; while [ $i -lt 1500 ]; do i=$((i+1)); echo "line $i ............................................"; [ $((i % 300)) = 0 ] && sleep 2.2; done; exit 0',
          ),
        ],
      });
      await rig.api.until("shop", "long", isRunning);
      const { body } = await logs("follow=true", "long");
      const seen = body
        .trim()
        .split("\n")
        .map((line) => Number(line.split(" ")[1]));
      expect(seen.at(-1)).toBe(1500);
      expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => 1501 - seen.length + index));
      expect(seen[0]).toBe(1);
      await rig.api.until("shop", "long", isOver);
      const files = readdirSync(join(rig.root, "logs", `shop_long_${made.metadata.uid}`, "c0"));
      expect(files.length).toBeGreaterThan(1);
      expect(files.length).toBeLessThanOrEqual(3);
      await rig.gone("long");
    });
  });

  test("stats", async () => {
    const { code, body } = await get("/stats/summary");
    expect(code).toBe(200);
    const summary = JSON.parse(body) as {
      node: { nodeName: string };
      pods: { podRef: { name: string }; containers: { memory: { workingSetBytes: number } }[] }[];
    };
    expect(summary.node.nodeName).toBe("node-1");
    const talker = summary.pods.find(({ podRef }) => podRef.name === "talker");
    expect(talker?.containers[0]?.memory.workingSetBytes).toBeGreaterThan(0);
    expect(await get("/metrics")).toMatchObject({ code: 200, body: "own_total 1\n" });
    const metrics = await get("/metrics/resource");
    expect(metrics.code).toBe(200);
    expect(metrics.body).toMatch(/^node_cpu_usage_seconds_total \d/m);
    expect(metrics.body).toMatch(/^pod_memory_working_set_bytes\{namespace="\w+",pod="talker"\} [1-9]/m);
    expect(metrics.body).toMatch(
      /^container_cpu_usage_seconds_total\{container="\w+",namespace="\w+",pod="talker"\} /m,
    );
  });

  describe("streams", () => {
    interface Upgraded {
      readonly code: number;
      readonly socket: Duplex | undefined;
      readonly response: IncomingMessage;
      readonly first: Buffer;
    }
    const upgrade = (path: string, headers: Record<string, string>, method = "GET"): Promise<Upgraded> =>
      new Promise((resolve, reject) => {
        const call = open(path, { method, headers });
        call.once("error", reject);
        call.once("upgrade", (response: IncomingMessage, socket: Duplex, first: Buffer) =>
          resolve({ code: response.statusCode ?? 0, socket, response, first }),
        );
        call.once("response", (response: IncomingMessage) => {
          response.resume();
          resolve({ code: response.statusCode ?? 0, socket: undefined, response, first: Buffer.alloc(0) });
        });
        call.end();
      });
    const key = randomBytes(16).toString("base64");
    const webSocket = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-key": key,
      "sec-websocket-version": "13",
      "sec-websocket-protocol": "v4.channel.k8s.io",
    };

    /** Payloads of unmasked frames, by channel. */
    const frames = async (socket: Duplex, first: Buffer): Promise<Map<number, string>> => {
      const chunks = [first];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      const all = Buffer.concat(chunks);
      const found = new Map<number, string>();
      for (let at = 0; at + 2 <= all.length; ) {
        const short = (all[at + 1] ?? 0) & 127;
        const [length, head] = short === 126 ? [all.readUInt16BE(at + 2), 4] : [short, 2];
        const opcode = (all[at] ?? 0) & 15;
        const payload = all.subarray(at + head, at + head + length);
        if (opcode === 2 && length > 1) {
          found.set(payload[0] ?? 0, (found.get(payload[0] ?? 0) ?? "") + payload.subarray(1).toString());
        }
        at += head + length;
        if (opcode === 8) break;
      }
      return found;
    };

    const uid = () => pod.metadata.uid ?? "";
    const command = (...words: string[]) => words.map((word) => `command=${encodeURIComponent(word)}`).join("&");

    test("a command over WebSocket, byte for byte", async () => {
      const { code, socket, response, first } = await upgrade(
        `/exec/shop/talker/${uid()}/c0?${command("/bin/sh", "-c", "echo out; echo err >&2; exit 3")}&stdout=1&stderr=true`,
        webSocket,
      );
      expect(code).toBe(101);
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      expect(response.headers["sec-websocket-accept"]).toBe(accept);
      const found = await frames(socket as Duplex, first);
      expect(found.get(1)).toBe("out\n");
      expect(found.get(2)).toBe("err\n");
      expect(found.get(3)).toContain('"reason":"NonZeroExitCode"');
    });

    test("SPDY is offered as the runtime offers it", async () => {
      const headers = { connection: "Upgrade", upgrade: "SPDY/3.1", "x-stream-protocol-version": "v4.channel.k8s.io" };
      const { code, socket, response } = await upgrade(
        `/exec/shop/talker/${uid()}/c0?${command("/bin/true")}&stdout=1`,
        headers,
        "POST",
      );
      expect([code, response.headers.upgrade]).toEqual([101, "SPDY/3.1"]);
      socket?.destroy();
      const forward = { connection: "Upgrade", upgrade: "SPDY/3.1", "x-stream-protocol-version": "portforward.k8s.io" };
      const forwarded = await upgrade(`/portForward/shop/talker/${uid()}`, forward, "POST");
      expect(forwarded.code).toBe(101);
      forwarded.socket?.destroy();
    });

    test.each([
      ["another pod's UID", "/exec/shop/talker/other/c0?command=id&stdout=1", 404],
      ["no such container", (id: string) => `/exec/shop/talker/${id}/none?command=id&stdout=1`, 404],
      ["no command", (id: string) => `/exec/shop/talker/${id}/c0?stdout=1`, 400],
      ["no stream", (id: string) => `/exec/shop/talker/${id}/c0?command=id`, 400],
      ["no such verb", (id: string) => `/run/shop/talker/${id}/c0?command=id&stdout=1`, 404],
      ["a bad port", (id: string) => `/portForward/shop/talker/${id}?port=70000`, 400],
    ])("%s is refused before anything is opened", async (_, path, code) => {
      expect((await upgrade(typeof path === "string" ? path : path(uid()), webSocket)).code).toBe(code);
    });
  });
});
