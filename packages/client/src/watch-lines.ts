import { StatusError } from "@bulkhead/api";

const newline = 0x0a;

/**
 * Splits a stream of bytes into lines. A line longer than `bound` bytes throws, so that a server cannot fill our memory.
 * A last line without its newline is dropped: the connection broke in the middle of it.
 */
export function createLineSplitter(bound: number): (chunk: Buffer) => Buffer[] {
  let parts: Buffer[] = [];
  let held = 0;
  return (chunk) => {
    const lines: Buffer[] = [];
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      check(held + at - from);
      const tail = chunk.subarray(from, at);
      if (held === 0) {
        if (tail.length > 0) lines.push(tail);
      } else {
        parts.push(tail);
        lines.push(Buffer.concat(parts));
        parts = [];
        held = 0;
      }
      from = at + 1;
    }
    if (from < chunk.length) {
      const rest = chunk.subarray(from);
      check(held + rest.length);
      parts.push(rest);
      held += rest.length;
    }
    return lines;
  };

  function check(length: number): void {
    if (length <= bound) return;
    throw new StatusError({
      reason: "InternalError",
      message: `a watch event is longer than ${bound} bytes; the watch was ended`,
    });
  }
}
