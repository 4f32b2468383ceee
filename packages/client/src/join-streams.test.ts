import { type Duplex, duplexPair } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { joinStreams } from "./join-streams.ts";

/** A caller's end and a server's end with the joint between them. */
function joined(patience?: number): { caller: Duplex; far: Duplex; server: Duplex; over: Promise<void> } {
  const [caller, near] = duplexPair({ highWaterMark: 64 });
  const [far, server] = duplexPair({ highWaterMark: 64 });
  return { caller, far, server, over: joinStreams(near, far, patience) };
}

async function all(stream: Duplex, delay = 0): Promise<string> {
  let text = "";
  for await (const piece of stream) {
    text += String(piece);
    if (delay > 0) await pause(delay);
  }
  return text;
}

describe("two streams joined", () => {
  test("pass bytes both ways and end together", async () => {
    const { caller, server, over } = joined();
    caller.end("ask");
    expect(await all(server)).toBe("ask");
    server.end("answer");
    expect(await all(caller)).toBe("answer");
    await over;
  });

  test("a slow reader gets all that came before the other side ended", async () => {
    const { caller, server, over } = joined();
    const text = "0123456789".repeat(20);
    server.end(text);
    expect(await all(caller, 1)).toBe(text);
    caller.end();
    server.resume();
    await over;
  });

  test("a side that breaks ends the other, with what it had said", async () => {
    const { caller, far, server, over } = joined();
    server.write("the last words");
    await pause(1);
    far.destroy(new Error("connection reset"));
    expect(await all(caller)).toBe("the last words");
    caller.end();
    await over;
  });

  test("a side that stays is destroyed in the end", async () => {
    const { far, over } = joined(5);
    far.destroy();
    await over;
  });
});
