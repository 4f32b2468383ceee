import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bulkhead, startInstance, type TestInstance, whyNot } from "./instance/instance.ts";
import { applied, told } from "./instance/tool-pod.ts";

const reason = whyNot();
/** All our memory: what a hostile client may make the server hold. Kilobytes. */
const memoryBound = 320 * 1024;

describe.skipIf(reason !== undefined)(`hostile requests${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  let instance: TestInstance;
  let identity: { ca: Buffer; cert: Buffer; key: Buffer };
  let ca: Buffer;
  /** A user who may read ConfigMaps in namespace `mine`, and nothing else. */
  let token: string;
  let pid: number;

  const serverPid = (): number =>
    (
      JSON.parse(readFileSync(join(instance.root, "run", "processes.json"), "utf8")) as {
        processes: { name: string; identity: { pid: number } }[];
      }
    ).processes.find((p) => p.name === "apiserver")?.identity.pid ?? -1;
  const memory = (): number =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? Number.NaN);

  beforeAll(async () => {
    instance = await startInstance("--only=apiserver");
    const file = (name: string): Buffer => readFileSync(join(instance.root, "pki", "admin", name));
    ca = file("server-ca.crt");
    identity = { ca, cert: file("admin.crt"), key: file("admin.key") };
    pid = serverPid();
    const rule = { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] };
    await applied(instance, [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "mine" } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "theirs" } },
      ...["mine", "theirs"].map((namespace) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace, name: "note" },
        data: { text: `belongs-to-${namespace}` },
      })),
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { namespace: "mine", name: "reader" },
        rules: [rule],
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { namespace: "mine", name: "reader" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "mallory" }],
      },
    ]);
    const made = await bulkhead("token", "--root", instance.root, "--user", "mallory");
    expect(made.code, made.stderr).toBe(0);
    token = made.stdout.trim();
  });
  afterEach(async () => {
    // Whatever came: the same process answers, within its memory.
    expect(await told(instance, "get", "--raw", "/readyz")).toBe("ok");
    expect(serverPid()).toBe(pid);
    expect(memory()).toBeLessThan(memoryBound);
  });
  afterAll(async () => {
    await instance?.remove();
  });

  const dial = (as: object = identity, protocols = ["http/1.1"]): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({
        host: "127.0.0.1",
        port: instance.port,
        ALPNProtocols: protocols,
        ca,
        ...as,
      });
      socket.once("secureConnect", () => resolve(socket)).once("error", reject);
    });
  /** Everything that comes until the server closes or there is silence for so long. */
  const heard = (socket: TLSSocket, silence = 3000): Promise<string> =>
    new Promise((resolve) => {
      let text = "";
      const done = (): void => {
        socket.destroy();
        resolve(text);
      };
      socket.setTimeout(silence, done);
      socket.on("data", (part: Buffer) => (text += part.toString("latin1")));
      socket.once("close", done).once("error", done);
    });
  /** Sends bytes as they are and gives the first answer's code and body. */
  const raw = async (
    head: string,
    body: string | Buffer = "",
    as: object = identity,
  ): Promise<{ readonly code: number; readonly text: string }> => {
    const socket = await dial(as);
    const answer = heard(socket);
    socket.write(head);
    socket.write(body);
    const text = await answer;
    return { code: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text };
  };
  const post = (body: string | Buffer, type = "application/json", query = ""): ReturnType<typeof raw> =>
    raw(
      `POST /api/v1/namespaces/mine/configmaps${query} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`,
      body,
    );
  const get = (path: string, as?: object, headers = ""): ReturnType<typeof raw> =>
    raw(`GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`, "", as);
  const bearer = (): string => `Authorization: Bearer ${token}\r\n`;
  const isStatus = (text: string): boolean => text.includes('"kind":"Status"') && text.includes('"apiVersion":"v1"');

  describe("bodies", () => {
    const wrapped = (inside: string): string =>
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"h"},"data":${inside}}`;

    test.each([
      ["a million arrays", (): string => wrapped("[".repeat(1_000_000))],
      [
        "a hundred thousand objects, closed",
        (): string => wrapped(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`),
      ],
      ["nothing but quotes", (): string => '"'.repeat(500_001)],
      ["half a document", (): string => wrapped('{"a":"b"').slice(0, 60)],
      ["no object", (): string => "[]"],
      ["null", (): string => "null"],
      ["bad bytes", (): string => wrapped('{"a":"\u0000"}')],
    ])("JSON: %s is 400 with a Status", async (_, make) => {
      const { code, text } = await post(make());
      expect(code, text.slice(0, 300)).toBe(400);
      expect(isStatus(text)).toBe(true);
    });

    test("YAML: aliases that multiply are refused", async () => {
      const lines = ["a: &a [x,x,x,x,x,x,x,x,x]"];
      for (let n = 1; n < 12; n++) {
        const before = String.fromCharCode(96 + n);
        const now = String.fromCharCode(97 + n);
        lines.push(`${now}: &${now} [${Array.from({ length: 9 }, () => `*${before}`).join(",")}]`);
      }
      const bomb = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: h\n${lines.join("\n")}\n`;
      const { code, text } = await post(bomb, "application/yaml");
      expect(code, text.slice(0, 300)).toBe(400);
      expect(isStatus(text)).toBe(true);
    });

    test("YAML: a deep one, and one with a foreign tag, are refused", async () => {
      expect([400, 413]).toContain((await post("[".repeat(200_000), "application/yaml")).code);
      const tagged = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: h\ndata: !!js/function 'x'\n";
      expect((await post(tagged, "application/yaml")).code).toBeGreaterThanOrEqual(400);
    });

    test("protobuf that is none, and a media type that is not spoken", async () => {
      const { code } = await post(
        Buffer.from("k8s\0\xff\xff\xff\xff", "latin1"),
        "application/vnd.kubernetes.protobuf",
      );
      expect(code).toBe(400);
      expect((await post("x", "text/html")).code).toBe(415);
    });

    test("a hundred megabytes, announced: 413 before they are sent", async () => {
      const { code, text } = await raw(
        `POST /api/v1/namespaces/mine/configmaps HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${100 << 20}\r\n\r\n`,
        "{",
      );
      expect(code).toBe(413);
      expect(isStatus(text)).toBe(true);
    });

    test("a hundred megabytes, not announced: 413 or the end, long before they are sent", async () => {
      const socket = await dial();
      const answer = heard(socket, 10_000);
      socket.write(
        "POST /api/v1/namespaces/mine/configmaps HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      const slice = Buffer.alloc(64 << 10, "x");
      let sent = 0;
      while (!socket.destroyed && sent < 100 << 20) {
        const room = socket.write(`10000\r\n`) && socket.write(slice) && socket.write("\r\n");
        sent += slice.length;
        if (!room)
          await new Promise<void>((resolve) => {
            const go = (): void => {
              socket.removeListener("drain", go).removeListener("close", go);
              resolve();
            };
            socket.once("drain", go).once("close", go);
            if (socket.destroyed) go();
          });
      }
      expect(await answer).toMatch(/^(HTTP\/1\.1 413|$)/);
      expect(sent).toBeLessThan(64 << 20);
    });

    test("keys that stand twice: refused when strict, warned of else, the last one counts", async () => {
      const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}';
      const strict = await post(twice, "application/json", "?fieldValidation=Strict");
      expect(strict.code).toBe(400);
      expect(strict.text).toContain("duplicate field");
      const warned = await post(twice, "application/json", "?fieldValidation=Warn");
      expect(warned.code).toBe(201);
      expect(warned.text).toMatch(/^warning: 299 - .*duplicate field/im);
      expect(await told(instance, "-n", "mine", "get", "cm", "twice", "-o", "jsonpath={.data.a}")).toBe("2");
    });

    test("__proto__ is refused in words and changes no other object; constructor is a key as any other", async () => {
      const refused = await post(
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto"},"data":{"__proto__":"p"}}',
      );
      expect(refused.code).toBe(400);
      expect(refused.text).toContain("__proto__");
      const made = await post(
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto"},"data":{"constructor":"c","toString":"t"}}',
      );
      expect(made.code).toBe(201);
      const data = JSON.parse(await told(instance, "get", "--raw", "/api/v1/namespaces/mine/configmaps/proto")) as {
        data: object;
      };
      expect(Object.entries(data.data).toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
        ["constructor", "c"],
        ["toString", "t"],
      ]);
      for (const [type, patch] of [
        [
          "application/merge-patch+json",
          '{"__proto__":{"polluted":"yes"},"metadata":{"__proto__":{"labels":{"polluted":"yes"}}}}',
        ],
        ["application/strategic-merge-patch+json", '{"__proto__":{"polluted":"yes"}}'],
        ["application/json-patch+json", '[{"op":"add","path":"/__proto__/polluted","value":"yes"}]'],
        ["application/json-patch+json", '[{"op":"add","path":"/constructor/prototype/polluted","value":"yes"}]'],
        [
          "application/apply-patch+yaml",
          '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto"},"__proto__":{"polluted":"yes"}}',
        ],
      ] as const)
        await raw(
          `PATCH /api/v1/namespaces/mine/configmaps/proto?fieldManager=h HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${patch.length}\r\nConnection: close\r\n\r\n`,
          patch,
        );
      const other = await get("/api/v1/namespaces/theirs/configmaps/note");
      expect(other.code).toBe(200);
      expect(other.text).not.toContain("polluted");
      expect(await told(instance, "-n", "mine", "get", "cm", "note", "-o", "json")).not.toContain("polluted");
    });
  });

  describe("connections", () => {
    // The three wait for deadlines of ten to thirty seconds, and do so beside each other.
    test.concurrent("a body that dribbles ends at its own deadline, and others do not wait for it", async () => {
      const slow = await Promise.all(Array.from({ length: 20 }, () => dial()));
      const ends = slow.map((socket) => heard(socket, 60_000));
      for (const socket of slow) {
        socket.write(
          "POST /api/v1/namespaces/mine/configmaps HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
        );
        socket.on("error", () => undefined);
      }
      const drip = setInterval(() => {
        for (const socket of slow) if (!socket.destroyed) socket.write(" ");
      }, 1000);
      expect((await get("/api/v1/namespaces/mine/configmaps/note")).code).toBe(200);
      const answers = await Promise.all(ends);
      clearInterval(drip);
      for (const answer of answers) expect(answer).toMatch(/^(HTTP\/1\.1 (408|400|504|413)|$)/);
    }, 90_000);

    test.concurrent("a session that says nothing during the handshake is closed", async () => {
      const { connect } = await import("node:net");
      const ended = await Promise.all(
        Array.from(
          { length: 50 },
          () =>
            new Promise<boolean>((resolve) => {
              const socket = connect(instance.port, "127.0.0.1");
              socket.setTimeout(40_000, () => resolve(false));
              socket.once("close", () => resolve(true)).on("error", () => undefined);
              socket.resume();
            }),
        ),
      );
      expect(ended).toEqual(ended.map(() => true));
    }, 60_000);

    test.concurrent("headers that dribble end at their deadline", async () => {
      const sockets = await Promise.all(Array.from({ length: 10 }, () => dial()));
      const ends = sockets.map((socket) => heard(socket, 60_000));
      for (const socket of sockets) socket.write("GET /version HTTP/1.1\r\nHost: x\r\n");
      const drip = setInterval(() => {
        for (const socket of sockets) if (!socket.destroyed) socket.write("X-A: b\r\n");
      }, 1000);
      const answers = await Promise.all(ends);
      clearInterval(drip);
      for (const answer of answers) expect(answer).toMatch(/^(HTTP\/1\.1 408|$)/);
    }, 60_000);

    test("headers without end are refused", async () => {
      const many = Array.from({ length: 20_000 }, (_, n) => `X-${n}: y`).join("\r\n");
      const flood = await raw(`GET /version HTTP/1.1\r\nHost: x\r\n${many}\r\n\r\n`);
      expect([0, 400, 431]).toContain(flood.code);
      const long = await raw(`GET /version HTTP/1.1\r\nHost: x\r\nX-Long: ${"y".repeat(1 << 20)}\r\n\r\n`);
      expect([0, 400, 431]).toContain(long.code);
    });

    const session = (): Promise<ClientHttp2Session> =>
      new Promise((resolve, reject) => {
        const made = connectHttp2(`https://127.0.0.1:${instance.port}`, identity);
        made.once("connect", () => resolve(made)).once("error", reject);
        made.on("error", () => undefined);
      });

    /** A frame of HTTP/2 as an attacker writes it: no library stands between. */
    const frame = (type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer => {
      const head = Buffer.alloc(9);
      head.writeUIntBE(payload.length, 0, 3);
      head[3] = type;
      head[4] = flags;
      head.writeUInt32BE(stream, 5);
      return Buffer.concat([head, payload]);
    };
    const preface = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0)]);
    /** :method GET, :scheme https, :path /, :authority x. */
    const hpack = Buffer.from([0x82, 0x87, 0x84, 0x41, 1, 0x78]);
    /** Sends frames in bursts until the server ends the connection; how many went out, and whether it did. */
    const flood = async (first: Buffer, frames: (n: number) => Buffer): Promise<{ sent: number; ended: boolean }> => {
      const socket = await dial(identity, ["h2"]);
      const end = heard(socket, 15_000);
      socket.write(Buffer.concat([preface, first]));
      let sent = 0;
      while (!socket.destroyed && sent < 20_000) {
        socket.write(Buffer.concat(Array.from({ length: 200 }, (_, n) => frames(sent + n))));
        sent += 200;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const ended = socket.destroyed;
      socket.destroy();
      await end;
      return { sent, ended };
    };

    test("HTTP/2: streams opened only to be reset close the session (CVE-2023-44487)", async () => {
      const cancel = Buffer.from([0, 0, 0, 8]);
      const done = await flood(Buffer.alloc(0), (n) =>
        Buffer.concat([frame(1, 5, n * 2 + 1, hpack), frame(3, 0, n * 2 + 1, cancel)]),
      );
      expect(done.ended).toBe(true);
      expect(done.sent).toBeLessThan(20_000);
    });

    test("HTTP/2: CONTINUATION without end closes the session (CVE-2023-45288)", async () => {
      // A literal field `a` with a value of 300 bytes.
      const more = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 0xad, 0x01]), Buffer.alloc(300, 0x62)]);
      const done = await flood(frame(1, 0, 1, hpack), () => frame(9, 0, 1, more));
      expect(done.ended).toBe(true);
      expect(done.sent).toBeLessThan(20_000);
    });

    test("HTTP/2: a session beside them goes on", async () => {
      const one = await session();
      const code = await new Promise<number>((resolve, reject) => {
        const stream = one.request({ ":path": "/version" });
        stream.once("response", (h) => resolve(Number(h[":status"]))).once("error", reject);
        stream.resume().end();
      });
      one.destroy();
      expect(code).toBe(200);
    });

    test("HTTP/2: headers without end end the stream or the session", async () => {
      const one = await session();
      const code = await new Promise<number>((resolve) => {
        const headers: Record<string, string> = { ":path": "/version" };
        for (let n = 0; n < 400; n++) headers[`x-${n}`] = "y".repeat(1000);
        try {
          const stream = one.request(headers);
          stream.once("response", (h) => resolve(Number(h[":status"])));
          stream.once("error", () => resolve(0)).once("close", () => resolve(0));
          stream.end();
        } catch {
          resolve(0);
        }
        one.once("close", () => resolve(0));
      });
      expect([0, 400, 431]).toContain(code);
      one.destroy();
    });

    test("thousands at a time: 429 with a time to wait, the rest is answered, memory is bounded", async () => {
      const sessions = await Promise.all(Array.from({ length: 16 }, session));
      const codes = new Map<number, number>();
      let waits = 0;
      const note = (code: number): Map<number, number> => codes.set(code, (codes.get(code) ?? 0) + 1);
      const write = Buffer.from(
        JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "many-" } }),
      );
      await Promise.all(
        Array.from(
          { length: 3200 },
          (_, n) =>
            new Promise<void>((resolve) => {
              const stream = sessions[n % sessions.length]?.request({
                ":method": "POST",
                ":path": "/api/v1/namespaces/mine/configmaps",
                "content-type": "application/json",
              });
              if (stream === undefined) return resolve();
              stream.once("response", (headers) => {
                note(Number(headers[":status"]));
                if (Number(headers[":status"]) === 429 && Number(headers["retry-after"]) >= 1) waits += 1;
              });
              stream.once("error", () => note(0));
              stream.once("close", resolve);
              stream.resume();
              stream.end(write);
            }),
        ),
      );
      for (const one of sessions) one.destroy();
      expect([...codes.keys()].filter((code) => ![201, 429].includes(code))).toEqual([]);
      expect(codes.get(201)).toBeGreaterThanOrEqual(200);
      expect(waits).toBe(codes.get(429) ?? 0);
      expect(waits).toBeGreaterThan(0);
      // What was acknowledged is there, and nothing else.
      const kept = await told(instance, "-n", "mine", "get", "cm", "-o", "name");
      expect(kept.split("\n").filter((name) => name.includes("/many-"))).toHaveLength(codes.get(201) ?? -1);
    });
  });

  describe("addresses", () => {
    test.each([
      ["a selector of a megabyte", `/api/v1/configmaps?labelSelector=${"a".repeat(1 << 20)}`],
      ["a selector of many values", `/api/v1/configmaps?labelSelector=a+in+(${"a,".repeat(6000)}b)`],
      ["a selector with bad bytes", "/api/v1/configmaps?labelSelector=%00%ff%3d1"],
      ["a selector with an unclosed list", "/api/v1/configmaps?labelSelector=a+in+(b"],
      ["a field selector that is none", "/api/v1/configmaps?fieldSelector=spec.secret%3D1"],
      ["a limit that is no number", "/api/v1/configmaps?limit=ten"],
      ["a continue token of another kind", "/api/v1/configmaps?limit=1&continue=%7B%22a%22%3A1%7D"],
      ["a revision that is none", "/api/v1/configmaps?resourceVersion=-1"],
    ])("%s is refused or answered within bounds", async (name, path) => {
      const { code, text } = await get(path);
      if (name.includes("many values")) expect([200, 400, 431]).toContain(code);
      // No answer at all: the connection was closed over it.
      else expect([0, 400, 414, 431]).toContain(code);
      expect(text).not.toContain("belongs-to");
    });

    test("a label with bad bytes is not kept", async () => {
      for (const value of ["a b", "é", "-x", "x".repeat(64), "a/b", "a\nb"]) {
        const { code, text } = await post(
          JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "label", labels: { key: value } } }),
        );
        expect(code, value).toBe(422);
        expect(text).toContain("metadata.labels");
      }
      const lone = await post(
        Buffer.from(
          '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"label","labels":{"k":"\xff\xfe"}}}',
          "latin1",
        ),
      );
      expect([400, 422]).toContain(lone.code);
    });

    const theirs = [
      "/api/v1/namespaces/theirs/configmaps/note",
      "/api/v1/namespaces/mine/../theirs/configmaps/note",
      "/api/v1/namespaces/mine/%2e%2e/theirs/configmaps/note",
      "/api/v1/namespaces/mine/%2E%2E/theirs/configmaps/note",
      "/api/v1/namespaces/mine/configmaps/../../theirs/configmaps/note",
      "/api/v1/namespaces/mine/configmaps/..%2f..%2ftheirs%2fconfigmaps%2fnote",
      "/api/v1/namespaces/mine%2f..%2ftheirs/configmaps/note",
      "/api/v1/namespaces/mine%2fconfigmaps/note",
      "//api/v1/namespaces/theirs/configmaps/note",
      "/api/v1//namespaces/theirs/configmaps/note",
      "/api/v1/namespaces//theirs/configmaps/note",
      "/api/v1/namespaces/mine/configmaps/note%00",
      "/api/v1/namespaces/%6dine/../theirs/configmaps/note",
      "/api/v1/namespaces/mine;x=/theirs/configmaps/note",
      "/api/v1/namespaces/mine\\..\\theirs/configmaps/note",
      "/api/v1/watch/namespaces/theirs/configmaps/note",
      "/api/v1/configmaps?fieldSelector=metadata.namespace%3Dmine",
      "/api/v1/namespaces/mine/configmaps/note/../../../theirs/configmaps/note",
      "/apis/../api/v1/namespaces/theirs/configmaps/note",
      "/api/v1/proxy/namespaces/theirs/configmaps/note",
      "https://x/api/v1/namespaces/theirs/configmaps/note",
      "/api/v1/namespaces/mine/configmaps/note%",
      "/api/v1/namespaces/mine/configmaps/%E0%A4%A",
    ];
    test("no way of writing a path leads out of a namespace", async () => {
      const own = await get("/api/v1/namespaces/mine/configmaps/note", {}, bearer());
      expect(own.code).toBe(200);
      expect(own.text).toContain("belongs-to-mine");
      for (const path of theirs) {
        const { code, text } = await get(path, {}, bearer());
        expect(text, path).not.toContain("belongs-to-theirs");
        expect(code, path).not.toBe(200);
        expect(code, path).toBeLessThan(500);
      }
    });

    test("an object's name cannot carry a path", async () => {
      for (const name of ["..", ".", "a/b", "a%2fb", "A", "a..b/", "\u0000", "a".repeat(254)]) {
        const { code } = await post(JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } }));
        expect(code, name).toBe(422);
      }
    });

    test("headers that lie do not change who asks", async () => {
      for (const lie of [
        "Impersonate-User: kubernetes-admin\r\n",
        "Impersonate-Group: system:masters\r\n",
        "Impersonate-User: system:admin\r\nImpersonate-Group: system:masters\r\n",
        "X-Remote-User: kubernetes-admin\r\nX-Remote-Group: system:masters\r\n",
        "X-Original-URL: /api/v1/namespaces/mine/configmaps/note\r\n",
        "X-Http-Method-Override: GET\r\n",
      ]) {
        const { code, text } = await get("/api/v1/namespaces/theirs/configmaps/note", {}, `${bearer()}${lie}`);
        expect([400, 401, 403], lie).toContain(code);
        expect(text).not.toContain("belongs-to-theirs");
      }
    });
  });

  describe("upgrades", () => {
    test.each(["websocket", "SPDY/3.1", "h2c", "TLS/1.0"])(
      "to %s, refused, carry no credential on (CVE-2018-1002105)",
      async (protocol) => {
        for (const path of [
          "/api/v1/namespaces/mine/configmaps/note",
          "/api/v1/namespaces/mine/pods/none/exec?command=id&stdout=true",
          "/api/v1/namespaces/mine/pods/none/portforward?ports=1",
        ]) {
          const upgrade = `GET ${path} HTTP/1.1\r\nHost: x\r\n${bearer()}Connection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`;
          const behind = "GET /api/v1/namespaces/mine/configmaps/note HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
          const { text } = await raw(upgrade, behind, {});
          expect(text).not.toMatch(/^HTTP\/1\.1 101/m);
          const bodies = text.split(/(?=HTTP\/1\.1 \d{3})/).slice(1);
          // The request behind had no credential: it is nobody's, whatever stood before it on the connection.
          for (const answer of bodies) expect(answer).not.toContain("belongs-to-mine");
        }
      },
    );
  });
});
