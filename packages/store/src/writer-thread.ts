/** The writer's thread: takes one task at a time, answers each. Started by WriterLink; bundled as a file of its own. */
import { parentPort, workerData } from "node:worker_threads";
import { genesis } from "@bulkhead/audit";
import { connect, openError } from "./schema.ts";
import { codeOf } from "./store-error.ts";
import { Writer } from "./writer.ts";
import type { WriterReply, WriterRequest, WriterStart } from "./writer-link.ts";

const port = parentPort;
if (port === null) throw new Error("writer-thread runs as a worker thread of the store, not by itself");

const start = workerData as WriterStart;
const reply = (message: WriterReply): void => port.postMessage(message);

try {
  const db = connect(start.file);
  const writer = new Writer(db, genesis(start.instanceId));
  port.on("message", (request: WriterRequest) => {
    if (request.task === "close") {
      db.close();
      port.close();
      return;
    }
    const began = performance.now();
    try {
      const answer = writer.run(request.task);
      reply({ seconds: (performance.now() - began) / 1000, answer });
    } catch (error) {
      reply({ seconds: (performance.now() - began) / 1000, failure: failureOf(error) });
    }
  });
  reply({ seconds: 0, answer: { audit: writer.audit, count: 0 } });
} catch (error) {
  reply({ seconds: 0, failure: failureOf(openError(start.file, error)) });
}

function failureOf(error: unknown): { code: ReturnType<typeof codeOf>; message: string } {
  return { code: codeOf(error), message: error instanceof Error ? error.message : String(error) };
}
