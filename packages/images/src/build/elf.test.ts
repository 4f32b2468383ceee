import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { elfNeeds } from "./elf.ts";

test("this very Node needs the C library and names its loader", () => {
  const needs = elfNeeds(readFileSync(process.execPath));
  expect(needs?.interpreter).toMatch(/\/ld-linux-.*\.so\.\d$/);
  expect(needs?.libraries).toContain("libc.so.6");
});

test("what is no ELF file needs nothing, and a cut one does not throw", () => {
  expect(elfNeeds(Buffer.from("#!/bin/sh\n"))).toBeUndefined();
  const whole = readFileSync(process.execPath).subarray(0, 4096);
  for (let length = 0; length < 400; length++) expect(() => elfNeeds(whole.subarray(0, length))).not.toThrow();
});
