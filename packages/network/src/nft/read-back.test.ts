import { expect, test } from "vitest";
import { asActual } from "./diff.ts";
import { chain, drop, dynamicSet, intervalSet, match, plainSet, rule, table, verdictMapOf } from "./nodes.ts";
import { printRule } from "./print.ts";
import { readTable, sameActual } from "./read-back.ts";

const refused = rule(match("ip saddr", "10.0.0.9"), drop);
const wanted = table(
  "t",
  [chain("z", []), chain("f", [refused], { type: "filter", hook: "forward", priority: 0, policy: "drop" })],
  [
    intervalSet("i4", "ipv4_addr", ["10.0.0.0-10.0.0.255", "10.2.0.1", "10.3.0.1-10.3.0.7"]),
    intervalSet("i6", "ipv6_addr", ["fd00::-fd00::ffff", "fe80::1"]),
    intervalSet("p", "inet_service", ["80", "90-100"]),
    dynamicSet("d", "ipv4_addr", 60, 1024),
    plainSet("ifs", ["ifname", "ipv4_addr"], ["veth1 . 10.0.0.1"]),
    plainSet("l", ["ipv4_addr", "inet_proto", "inet_service"], ["10.0.0.1 . tcp . 80", "10.0.0.1 . sctp . 80"]),
    verdictMapOf(
      "v",
      ["ipv4_addr"],
      [
        ["10.0.0.1", "continue"],
        ["10.0.0.2", { jump: "z" }],
        ["10.0.0.3", { goto: "z" }],
      ],
    ),
  ],
);

/** As nft 1.0.6 lists it. */
const listing = (init: { protocol?: readonly (string | number)[]; elements?: object } = {}) => {
  const [tcp, sctp] = init.protocol ?? ["tcp", "sctp"];
  return JSON.stringify({
    nftables: [
      { metainfo: { version: "1.0.6", json_schema_version: 1 } },
      { table: { family: "inet", name: "t", handle: 24 } },
      {
        set: {
          name: "i4",
          type: "ipv4_addr",
          flags: ["interval"],
          elem: [{ prefix: { addr: "10.0.0.0", len: 24 } }, "10.2.0.1", { range: ["10.3.0.1", "10.3.0.7"] }],
        },
      },
      {
        set: {
          name: "i6",
          type: "ipv6_addr",
          flags: ["interval"],
          elem: [{ prefix: { addr: "fd00::", len: 112 } }, "fe80::1"],
        },
      },
      { set: { name: "p", type: "inet_service", flags: ["interval"], elem: [80, { range: [90, 100] }] } },
      {
        set: {
          name: "d",
          type: "ipv4_addr",
          size: 1024,
          flags: ["timeout"],
          timeout: 60,
          elem: [{ elem: { val: "10.0.0.7", expires: 5 } }],
        },
      },
      { set: { name: "ifs", type: ["ifname", "ipv4_addr"], elem: [{ concat: ["veth1", "10.0.0.1"] }] } },
      {
        set: {
          name: "l",
          type: ["ipv4_addr", "inet_proto", "inet_service"],
          elem: [{ concat: ["10.0.0.1", tcp, 80] }, { concat: ["10.0.0.1", sctp, 80] }],
        },
      },
      {
        map: {
          name: "v",
          type: "ipv4_addr",
          map: "verdict",
          elem: [
            ["10.0.0.1", { continue: null }],
            ["10.0.0.2", { jump: { target: "z" } }],
            ["10.0.0.3", { goto: { target: "z" } }],
          ],
          ...init.elements,
        },
      },
      { chain: { name: "z", handle: 1 } },
      { chain: { name: "f", handle: 2, type: "filter", hook: "forward", prio: 0, policy: "drop" } },
      { rule: { chain: "f", handle: 3, comment: printRule(refused).mark, expr: [] } },
    ],
  });
};

test("what is listed compares with what was wanted; elements that packets brought do not count", () => {
  expect(sameActual(readTable(listing()), asActual(wanted))).toBe(true);
});

test("protocols as numbers are the same protocols", () => {
  expect(sameActual(readTable(listing({ protocol: [6, 132] })), asActual(wanted))).toBe(true);
  expect(sameActual(readTable(listing({ protocol: ["6", "17"] })), asActual(wanted))).toBe(false);
});

test.each([
  [
    "another target",
    {
      elem: [
        ["10.0.0.1", { accept: null }],
        ["10.0.0.2", { jump: { target: "z" } }],
        ["10.0.0.3", { goto: { target: "z" } }],
      ],
    },
  ],
  [
    "an element more",
    {
      elem: [
        ["10.0.0.1", { continue: null }],
        ["10.0.0.2", { jump: { target: "z" } }],
        ["10.0.0.3", { goto: { target: "z" } }],
        ["10.0.0.4", { drop: null }],
      ],
    },
  ],
  ["an element that we never write", { elem: [[{ "&": [1, 2] }, { continue: null }]] }],
  ["another type", { type: "ipv6_addr" }],
])("%s is seen", (_what, elements) => {
  expect(sameActual(readTable(listing({ elements })), asActual(wanted))).toBe(false);
});

test("a rule that is not ours is seen, whatever it does", () => {
  const parsed = JSON.parse(listing()) as { nftables: object[] };
  parsed.nftables.push({ rule: { chain: "f", handle: 9, expr: [{ accept: null }] } });
  expect(sameActual(readTable(JSON.stringify(parsed)), asActual(wanted))).toBe(false);
});
