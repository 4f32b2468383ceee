/** What a seccomp program does, step by step; it is run for every system call. */
export type FilterStep =
  /** Loads a word of the call's description (struct seccomp_data). */
  | { readonly step: "load"; readonly offset: number }
  /** Goes on at a label further down when the loaded word equals, is at least, or shares a bit with `value`. */
  | { readonly step: "when"; readonly is: "equal" | "at-least" | "any-of"; readonly value: number; readonly to: string }
  | { readonly step: "label"; readonly name: string }
  | { readonly step: "answer"; readonly value: number };

/** Offsets in struct seccomp_data; of an argument the low half, on little-endian machines. */
export const callNumber = 0;
export const callArchitecture = 4;
export const callArgument = (index: number): number => 16 + index * 8;

export const answerAllow = 0x7fff_0000;
export const answerKill = 0x8000_0000;
/** The call fails with this error and does nothing. */
export const answerError = (errno: number): number => 0x0005_0000 | errno;

// BPF_LD|BPF_W|BPF_ABS, BPF_JMP|{JEQ,JGE,JSET}|BPF_K, BPF_RET|BPF_K
const loadWord = 0x20;
const jumps = { equal: 0x15, "at-least": 0x35, "any-of": 0x45 } as const;
const giveBack = 0x06;
const longestJump = 255;
const mostInstructions = 4096;

/** The steps as the kernel takes them: struct sock_filter, eight bytes each. Throws RangeError on a jump it cannot make. */
export function assemble(steps: readonly FilterStep[]): Buffer {
  const labels = new Map<string, number>();
  let place = 0;
  for (const step of steps) {
    if (step.step === "label") labels.set(step.name, place);
    else place++;
  }
  if (place > mostInstructions) throw new RangeError(`a filter of ${place} instructions is too long`);
  const program = Buffer.alloc(place * 8);
  let at = 0;
  const put = (code: number, then: number, value: number): void => {
    program.writeUInt16LE(code, at * 8);
    program.writeUInt8(then, at * 8 + 2);
    program.writeUInt32LE(value >>> 0, at * 8 + 4);
    at++;
  };
  for (const step of steps) {
    switch (step.step) {
      case "load":
        put(loadWord, 0, step.offset);
        break;
      case "when": {
        const distance = (labels.get(step.to) ?? -1) - at - 1;
        if (distance < 0 || distance > longestJump)
          throw new RangeError(`instruction ${at} cannot jump to ${step.to}: ${distance} instructions`);
        put(jumps[step.is], distance, step.value);
        break;
      }
      case "answer":
        put(giveBack, 0, step.value);
        break;
      case "label":
        break;
    }
  }
  return program;
}
