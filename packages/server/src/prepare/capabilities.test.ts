import { expect, it } from "vitest";
import { agentCapabilities, boundingSet, boundingWords, containerdCapabilities } from "./capabilities.ts";

it("reads a bounding set by the kernel's numbers", () => {
  const of = (hex: string): string[] => [...boundingSet(`Name:\tx\nCapEff:\tffff\nCapBnd:\t${hex}\nCapAmb:\t0\n`)];
  expect(of("0000000000000000")).toEqual([]);
  expect(of("0000000000000021")).toEqual(["chown", "kill"]);
  expect(of("0000010000210000")).toEqual(["sys_module", "sys_admin", "checkpoint_restore"]);
  expect(of("000001ffffffffff")).toHaveLength(41);
});

it("gives nobody what would reach the kernel or the machine itself", () => {
  const never = ["sys_module", "sys_boot", "sys_time", "sys_rawio", "syslog", "wake_alarm", "linux_immutable", "bpf"];
  for (const list of [containerdCapabilities(true), agentCapabilities])
    expect(list.filter((name) => [...never, "perfmon", "dac_read_search", "mac_override"].includes(name))).toEqual([]);
  expect(containerdCapabilities(false)).not.toContain("mac_admin");
  expect(containerdCapabilities(true)).toContain("mac_admin");
});

it("the supervisor can give the agent all it needs", () => {
  expect(agentCapabilities.filter((name) => !containerdCapabilities(false).includes(name))).toEqual([]);
});

it("is said in setpriv's words", () => {
  expect(boundingWords([])).toEqual(["--bounding-set", "-all", "--inh-caps", "-all"]);
  expect(boundingWords(["chown", "kill"])).toContain("-all,+chown,+kill");
});
