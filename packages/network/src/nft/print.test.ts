import { expect, test } from "vitest";
import {
  accept,
  chain,
  dnat,
  drop,
  goTo,
  intervalSet,
  jump,
  limit,
  logTo,
  lookup,
  lookupNot,
  masquerade,
  match,
  matchNot,
  meter,
  plainSet,
  type Rule,
  randomGoto,
  reject,
  remember,
  rule,
  setMark,
  table,
  verdictMap,
  verdictMapOf,
} from "./nodes.ts";
import { printElement, printRule, printSetDeclaration } from "./print.ts";

test.each<[Rule, string]>([
  [rule(match("iifname", "uplink"), drop), 'iifname "uplink" drop'],
  [
    rule(matchNot("iifname", "bh-a", "lo"), match("ip saddr", "10.0.0.0/8"), drop),
    'iifname != { "bh-a", "lo" } ip saddr 10.0.0.0/8 drop',
  ],
  [rule(match("ct state", "established", "related"), accept), "ct state { established, related } accept"],
  [rule(lookup("pods-4", "ct original ip saddr"), jump("closed")), "ct original ip saddr @pods-4 jump closed"],
  [
    rule(lookupNot("local-4", "ip daddr", "meta l4proto", "th dport"), goTo("x")),
    "ip daddr . meta l4proto . th dport != @local-4 goto x",
  ],
  [rule(verdictMap("m", "ip daddr", "meta l4proto", "th dport")), "ip daddr . meta l4proto . th dport vmap @m"],
  [
    rule(meter("noisy-4", "ip saddr", 10, 20), logTo(11, "bulkhead:spoof")),
    'update @noisy-4 { ip saddr limit rate 10/second burst 20 packets } log prefix "bulkhead:spoof" group 11 snaplen 128 queue-threshold 1',
  ],
  [rule(limit(5, 10), reject("tcp reset")), "limit rate 5/second burst 10 packets reject with tcp reset"],
  [rule(remember("clients", "ip saddr", 90)), "update @clients { ip saddr timeout 90s }"],
  [rule(setMark(7)), "ct mark set 7"],
  [rule(dnat("ip", [{ address: "10.0.0.1", port: 80 }])), "dnat ip to 10.0.0.1:80"],
  [rule(dnat("ip6", [{ address: "fd00::1", port: 80 }])), "dnat ip6 to [fd00::1]:80"],
  [
    rule(
      dnat("ip", [
        { address: "10.0.0.1", port: 80 },
        { address: "10.0.0.2", port: 81 },
      ]),
    ),
    "dnat ip to numgen random mod 2 map { 0 : 10.0.0.1 . 80, 1 : 10.0.0.2 . 81 }",
  ],
  [rule(randomGoto(["a", "b"])), "numgen random mod 2 vmap { 0 : goto a, 1 : goto b }"],
  [rule(masquerade), "masquerade"],
])("%#: %s", (given, printed) => {
  expect(printRule(given).text).toBe(printed);
});

test("sets declare what they hold; interface names are quoted in elements", () => {
  const links = plainSet("sources-4", ["ifname", "ipv4_addr"], ["veth1 . 10.0.0.1"]);
  expect(printSetDeclaration(links)).toBe("type ifname . ipv4_addr;");
  expect(printElement(links, "veth1 . 10.0.0.1", "")).toBe('"veth1" . 10.0.0.1');
  expect(printSetDeclaration(intervalSet("b", "ipv4_addr", []))).toBe("type ipv4_addr; flags interval;");
  const map = verdictMapOf("m", ["ipv4_addr"], [["10.0.0.1", { goto: "x" }]]);
  expect(printSetDeclaration(map)).toBe("type ipv4_addr : verdict;");
  expect([...map.elements].map(([key, target]) => printElement(map, key, target))).toEqual(["10.0.0.1 : goto x"]);
});

test("a rule's mark follows its text", () => {
  expect(printRule(rule(accept)).mark).toBe(printRule(rule(accept)).mark);
  expect(printRule(rule(accept)).mark).not.toBe(printRule(rule(drop)).mark);
  expect(printRule(rule(accept)).mark).toMatch(/^[\w-]{12}$/);
});

test("nodes cannot be changed, and two chains of one name are refused", () => {
  expect(Object.isFrozen(rule(accept))).toBe(true);
  expect(() => table("t", [chain("a", []), chain("a", [])], [])).toThrow(/called a/);
});
