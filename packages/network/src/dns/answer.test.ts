import packet from "dns-packet";
import { expect, test } from "vitest";
import { type Authority, answerFromTable, isClient } from "./answer.ts";
import { parseQuery, type Query } from "./message.ts";
import { createRecordTable, type RecordTable } from "./record-table.ts";

const authority: Authority = { zone: "cluster.local", cidrs: ["10.201.0.0/16", "10.202.0.0/16"], ttl: 5 };

function table(): RecordTable {
  const made = createRecordTable();
  made.apply({ name: "web.shop.svc.cluster.local", records: [{ type: "A", address: "10.202.0.9" }] });
  made.apply({
    name: "many.shop.svc.cluster.local",
    records: [1, 2, 3].map((n) => ({ type: "A", address: `10.201.0.${n}` })),
  });
  made.apply({
    name: "alias.shop.svc.cluster.local",
    records: [{ type: "CNAME", target: "web.shop.svc.cluster.local" }],
  });
  made.apply({
    name: "loop.shop.svc.cluster.local",
    records: [{ type: "CNAME", target: "loop.shop.svc.cluster.local" }],
  });
  made.apply({ name: "out.shop.svc.cluster.local", records: [{ type: "CNAME", target: "example.test" }] });
  return made;
}

function query(name: string, type: string): Query {
  const parsed = parseQuery(packet.encode({ type: "query", id: 1, flags: 0x100, questions: [{ name, type }] }));
  if (parsed.kind !== "query") throw new Error(parsed.kind);
  return parsed.query;
}
const ask = (name: string, type = "A", turn = 0) => answerFromTable(table(), authority, query(name, type), turn);
const rcode = (name: string, type = "A"): string => {
  const answered = ask(name, type);
  return answered.kind === "answer" ? `${answered.response.rcode} ${answered.response.answers.length}` : answered.kind;
};

test.each([
  ["web.shop.svc.cluster.local", "A", "NOERROR 1"],
  ["WEB.shop.svc.Cluster.Local", "A", "NOERROR 1"],
  ["web.shop.svc.cluster.local", "AAAA", "NOERROR 0"],
  ["web.shop.svc.cluster.local", "HTTPS", "NOERROR 0"],
  ["none.shop.svc.cluster.local", "A", "NXDOMAIN 0"],
  ["shop.svc.cluster.local", "A", "NOERROR 0"],
  ["cluster.local", "A", "NOERROR 0"],
  ["cluster.local", "SOA", "NOERROR 1"],
  ["alias.shop.svc.cluster.local", "A", "NOERROR 2"],
  ["alias.shop.svc.cluster.local", "CNAME", "NOERROR 1"],
  ["loop.shop.svc.cluster.local", "A", "NOERROR 8"],
  ["out.shop.svc.cluster.local", "A", "chase"],
  ["web.shop.svc.cluster.local", "ANY", "REFUSED 0"],
  ["cluster.local", "AXFR", "REFUSED 0"],
  ["example.test", "AXFR", "REFUSED 0"],
  ["example.test", "A", "forward"],
  ["notcluster.local", "A", "forward"],
  ["9.9.202.10.in-addr.arpa", "PTR", "NXDOMAIN 0"],
  ["202.10.in-addr.arpa", "PTR", "NXDOMAIN 0"],
  ["10.in-addr.arpa", "PTR", "forward"],
  ["1.1.168.192.in-addr.arpa", "PTR", "forward"],
])("%s %s: %s", (name, type, expected) => {
  const known = type === "HTTPS" ? "UNKNOWN_65" : type;
  expect(rcode(name, known)).toBe(expected);
});

test("what is not there carries the SOA, so that resolvers may keep the no", () => {
  const answered = ask("none.shop.svc.cluster.local");
  expect(answered.kind === "answer" && answered.response.authorities[0]).toMatchObject({
    type: "SOA",
    name: "cluster.local",
    ttl: 5,
  });
});

test("equal answers take turns", () => {
  const first = (turn: number) => {
    const answered = ask("many.shop.svc.cluster.local", "A", turn);
    return answered.kind === "answer" ? JSON.stringify(answered.response.answers[0]) : undefined;
  };
  expect(new Set([0, 1, 2].map(first)).size).toBe(3);
});

test("a name that is gone takes the empty names above it along", () => {
  const made = table();
  made.apply({ name: "a.b.svc.cluster.local", records: [{ type: "A", address: "10.202.0.1" }] });
  expect(made.find("b.svc.cluster.local")).toEqual([]);
  made.apply({ name: "a.b.svc.cluster.local", records: [{ type: "A", address: "10.202.0.2" }] });
  made.apply({ name: "a.b.svc.cluster.local", records: [] });
  expect([made.find("a.b.svc.cluster.local"), made.find("b.svc.cluster.local")]).toEqual([undefined, undefined]);
  expect(made.find("svc.cluster.local")).toEqual([]);
});

test("only pods and the node may ask", () => {
  const clients = ["10.201.0.0/16", "192.168.255.0/29"];
  expect(
    ["10.201.3.4", "192.168.255.1", "192.168.255.9", "203.0.113.1", "::1", "x"].map((a) => isClient(a, clients)),
  ).toEqual([true, true, false, false, false, false]);
});
