import { open } from "node:fs/promises";
import type { Container, EphemeralContainer } from "@bulkhead/api";
import { parseLine } from "../logs/line.ts";
import { tailOffset } from "../logs/read.ts";
import type { RuntimeContainer } from "./model.ts";

/** A message is at most this many bytes; of a log at most this many, and so many lines. */
const longest = 4096;
const logBytes = 2048;
const logLines = 80;
/** What is read of a log at most. */
const tailBytes = 256 * 1024;

async function head(path: string): Promise<string> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = Buffer.alloc(longest);
      const { bytesRead } = await file.read(buffer, 0, longest, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return "";
  }
}

async function tailOf(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const from = Math.max(await tailOffset(file, size, logLines), size - tailBytes, 0);
    const buffer = Buffer.alloc(size - from);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function logTail(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await tailOf(path);
  } catch {
    return "";
  }
  const lines: string[] = [];
  for (const line of bytes.toString("latin1").split("\n")) {
    const parsed = parseLine(Buffer.from(line, "latin1"));
    if (parsed !== undefined) lines.push(parsed.text.toString("utf8") + (parsed.partial ? "" : "\n"));
  }
  const text = lines.join("");
  return text.length > logBytes ? text.slice(-logBytes) : text;
}

/** What a container that has ended left: its termination message, or on an error the end of its log where it says so. */
export async function lastWords(
  spec: Container | EphemeralContainer | undefined,
  container: RuntimeContainer,
  file: string,
): Promise<string> {
  const own = await head(file);
  if (own !== "" || container.exitCode === 0 || spec?.terminationMessagePolicy !== "FallbackToLogsOnError") return own;
  return await logTail(container.logPath);
}
