import { expect, test } from "vitest";
import { chooseFrom } from "../namespace/choose.ts";
import { networkLayout } from "../namespace/plan.ts";
import { networkFacts } from "./node-addresses.ts";

const layout = networkLayout(chooseFrom("a", []));
const addresses = ["192.0.2.2", "fd00::2", layout.nodeAddress, layout.relayAddress];

test("the relay's address is the node's for those who go there, never for those who come from there", () => {
  const { nodeIps, closed } = networkFacts(layout, addresses, "bulkhead");
  expect(nodeIps).toEqual([layout.nodeAddress, "192.0.2.2", "fd00::2"]);
  expect(closed.map((c) => c.rule)).toEqual(["metadata", "node"]);
  expect(closed[1]?.cidrs).toEqual([
    layout.linkCidr,
    "192.0.2.2/32",
    "fd00::2/128",
    `${layout.nodeAddress}/32`,
    `${layout.relayAddress}/32`,
  ]);
});

test("upstream's defaults close nothing, and the relay's clients stay outsiders", () => {
  const { nodeIps, closed } = networkFacts(layout, addresses, "kubernetes");
  expect([nodeIps.includes(layout.relayAddress), closed]).toEqual([false, []]);
});
