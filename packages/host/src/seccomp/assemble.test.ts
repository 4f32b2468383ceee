import { expect, test } from "vitest";
import { answerAllow, answerError, assemble, type FilterStep } from "./assemble.ts";
import { processFilter, refusedCalls } from "./filter.ts";

/** Classic BPF as the kernel runs it, for the instructions that we use. */
function judge(
  program: Buffer,
  call: { readonly nr: number; readonly arch: number; readonly args?: readonly number[] },
) {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.nr, 0);
  data.writeUInt32LE(call.arch, 4);
  for (const [i, value] of (call.args ?? []).entries()) data.writeUInt32LE(value >>> 0, 16 + i * 8);
  let word = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const [code, yes, no] = [program.readUInt16LE(at * 8), program[at * 8 + 2] ?? 0, program[at * 8 + 3] ?? 0];
    const value = program.readUInt32LE(at * 8 + 4);
    if (code === 0x06) return value;
    if (code === 0x20) word = data.readUInt32LE(value);
    else {
      const holds = code === 0x15 ? word === value : code === 0x35 ? word >= value : (word & value) !== 0;
      at += holds ? yes : no;
    }
  }
  throw new Error("ran off the end");
}

test("steps become the kernel's instructions, jumps counted from the next one", () => {
  const steps: FilterStep[] = [
    { step: "load", offset: 0 },
    { step: "when", is: "equal", value: 7, to: "no" },
    { step: "answer", value: answerAllow },
    { step: "label", name: "no" },
    { step: "answer", value: answerError(1) },
  ];
  expect(assemble(steps).toString("hex")).toBe(
    ["2000000000000000", "1500010007000000", "060000000000ff7f", "0600000001000500"].join(""),
  );
});

test("a jump that cannot be made is refused: back, to nowhere, too far", () => {
  const jump: FilterStep = { step: "when", is: "equal", value: 1, to: "there" };
  const there: FilterStep = { step: "label", name: "there" };
  const filler = Array.from({ length: 300 }, (): FilterStep => ({ step: "load", offset: 0 }));
  for (const steps of [[there, jump], [jump], [jump, ...filler, there]])
    expect(() => assemble(steps)).toThrow(RangeError);
});

test.each([
  ["x64", 0, 0xc000_003e, { clone: 56, clone3: 435, socket: 41, read: 0 }],
  ["arm64", 1, 0xc000_00b7, { clone: 220, clone3: 435, socket: 198, read: 63 }],
] as const)("the filter for %s", (name, column, arch, nr) => {
  const filter = processFilter(name);
  const of = (number: number, ...args: number[]): number => judge(filter, { nr: number, arch, args });
  const [refused, unknown] = [answerError(1), answerError(38)];
  for (const numbers of Object.values(refusedCalls)) {
    const number = numbers[column];
    if (number !== undefined) expect(of(number)).toBe(refused);
  }
  expect(of(nr.read)).toBe(answerAllow);
  expect(of(nr.clone3)).toBe(unknown);
  // A thread as glibc makes it; then each kind of namespace.
  expect(of(nr.clone, 0x003d_0f00)).toBe(answerAllow);
  for (const flag of [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000])
    expect(of(nr.clone, flag | 17)).toBe(refused);
  for (const family of [1, 2, 10, 16]) expect(of(nr.socket, family)).toBe(answerAllow);
  for (const family of [3, 17, 38, 40, 44]) expect(of(nr.socket, family)).toBe(answerError(97));
  expect(judge(filter, { nr: nr.read, arch: 0x4000_0003 })).toBe(0x8000_0000);
});

test("x32's names for calls are refused", () => {
  const nr = 0x4000_0000 + 101;
  expect(judge(processFilter("x64"), { nr, arch: 0xc000_003e })).toBe(answerError(1));
});
