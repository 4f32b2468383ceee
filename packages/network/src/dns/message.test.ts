import packet from "dns-packet";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeResponse, encodeUpstreamQuery, fit, parseQuery, parseUpstream, type Query, reuse } from "./message.ts";
import { createRecordTable } from "./record-table.ts";
import { createResponder } from "./server.ts";

function query(name: string, type = "A", edns?: number, id = 7): Query {
  const parsed = parseQuery(
    packet.encode({
      type: "query",
      id,
      flags: 0x100,
      questions: [{ name, type }],
      additionals: edns === undefined ? [] : [{ type: "OPT", name: ".", udpPayloadSize: edns, flags: 0, options: [] }],
    }),
  );
  if (parsed.kind !== "query") throw new Error(parsed.kind);
  return parsed.query;
}
const many = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ type: "A" as const, name: "a.test", ttl: 5, data: `10.0.0.${i}` }));

const responder = createResponder({
  authority: { zone: "cluster.local", cidrs: [], ttl: 5 },
  table: () => createRecordTable(),
  upstream: { ask: () => Promise.resolve(undefined) },
});

test("no bytes make it throw, hang or answer more than they ask", async () => {
  const valid = packet.encode({
    type: "query",
    id: 9,
    flags: 0x100,
    questions: [{ name: "web.shop.svc.cluster.local", type: "A" }],
  });
  const mangled = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
    const copy = Buffer.from(valid);
    for (const [at, byte] of changes) copy[at] = byte;
    return copy;
  });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }).map((b) => Buffer.from(b)),
    mangled,
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (message) => {
      const response = await responder(message, "udp");
      if (response === undefined) return;
      expect(response.readUInt16BE(0)).toBe(message.readUInt16BE(0));
      expect(response.readUInt16BE(2) & 0x8000).toBe(0x8000);
      expect(response.length).toBeLessThanOrEqual(1232);
    }),
    { numRuns: 2_000 },
  );
});

test("a response is no question; two questions, answers in a query, other opcodes and classes are refused", () => {
  const base = packet.encode({ type: "query", id: 9, flags: 0x100, questions: [{ name: "a.test", type: "A" }] });
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(base);
    copy.writeUInt16BE(value, at);
    return copy;
  };
  expect(parseQuery(changed(2, 0x8100))).toEqual({ kind: "noise" });
  expect(parseQuery(base.subarray(0, 11))).toEqual({ kind: "noise" });
  expect(parseQuery(changed(2, 0x2100))).toEqual({ kind: "fault", id: 9, rcode: "NOTIMP" });
  for (const at of [4, 6, 8])
    expect(parseQuery(changed(at, at === 4 ? 2 : 1))).toMatchObject({ kind: "fault", rcode: "FORMERR" });
  expect(parseQuery(changed(base.length - 2, 3))).toMatchObject({ kind: "fault", rcode: "REFUSED" });
});

test("types that we have no name for go there and back unchanged", () => {
  const asked = query("a.test", "UNKNOWN_65");
  expect(packet.decode(encodeUpstreamQuery(5, asked)).questions).toMatchObject([
    { name: "a.test", type: "UNKNOWN_65" },
  ]);
});

test("answers of the asked name point at the question and read back whole", () => {
  const asked = query("Web.shop.svc.cluster.local", "A", 4096);
  const answers = [
    { type: "CNAME" as const, name: "web.shop.svc.cluster.local", ttl: 5, data: "b.test" },
    { type: "A" as const, name: "b.test", ttl: 5, data: "10.0.0.1" },
  ];
  const decoded = packet.decode(
    encodeResponse(asked, { rcode: "NOERROR", authoritative: true, answers, authorities: [] }),
  );
  expect(decoded.answers).toMatchObject([
    { name: "Web.shop.svc.cluster.local", data: "b.test" },
    { name: "b.test", data: "10.0.0.1" },
  ]);
  expect(decoded.additionals).toMatchObject([{ type: "OPT", udpPayloadSize: 1232 }]);
});

test.each([
  [undefined, 30, false],
  [undefined, 40, true],
  [4096, 70, false],
  [4096, 90, true],
  [100, 29, false],
])("payload size %s, %i answers: cut is %s", (edns, answers, cut) => {
  const asked = query("a.test", "A", edns);
  const whole = encodeResponse(asked, {
    rcode: "NOERROR",
    authoritative: false,
    answers: many(answers),
    authorities: [],
  });
  const fitted = fit(asked, whole, "udp");
  expect([(fitted.readUInt16BE(2) & 0x200) !== 0, fitted.length < whole.length]).toEqual([cut, cut]);
  expect(packet.decode(fitted).questions[0]?.name).toBe("a.test");
  expect(fit(asked, whole, "tcp")).toBe(whole);
});

test("an upstream's answer counts only under our id and for our question", () => {
  const asked = query("a.test");
  const answer = packet.encode({
    type: "response",
    id: 5,
    flags: 0x8180,
    questions: [{ name: "A.Test", type: "A" }],
    answers: many(2),
  });
  expect(parseUpstream(answer, 5, asked)).toMatchObject({ rcode: 0, ttl: 5, truncated: false });
  expect(parseUpstream(answer, 6, asked)).toBeUndefined();
  expect(parseUpstream(answer, 5, query("b.test"))).toBeUndefined();
  expect(parseUpstream(answer, 5, query("a.test", "AAAA"))).toBeUndefined();
  expect(parseUpstream(answer.subarray(0, 20), 5, asked)).toBeUndefined();
  const kept = parseUpstream(answer, 5, asked)?.bytes ?? Buffer.alloc(0);
  const other = packet.decode(reuse(kept, query("a.TEST", "A", undefined, 99)));
  expect([other.id, other.questions[0]?.name, other.answers.length]).toEqual([99, "a.TEST", 2]);
});
