/** A line of a CRI log file: `TIME STREAM F|P TEXT`. */
export interface LogLine {
  /** RFC 3339 with nanoseconds, as written. */
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  /** The line goes on in the next entry. */
  readonly partial: boolean;
  readonly text: Buffer;
}

const space = 0x20;

/** Reads one entry, without its newline; undefined when it is none. */
export function parseLine(bytes: Buffer): LogLine | undefined {
  const first = bytes.indexOf(space);
  const second = bytes.indexOf(space, first + 1);
  const third = bytes.indexOf(space, second + 1);
  if (first < 0 || second < 0 || third < 0) return undefined;
  const stream = bytes.toString("latin1", first + 1, second);
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  return {
    time: bytes.toString("latin1", 0, first),
    stream,
    partial: bytes.toString("latin1", second + 1, third).split(":")[0] === "P",
    text: bytes.subarray(third + 1),
  };
}
