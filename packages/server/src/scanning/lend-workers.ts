import { spawn } from "node:child_process";
import { chmod, chown, rm } from "node:fs/promises";
import net from "node:net";
import type { Log } from "@bulkhead/api";
import type { AdvisoryWatch } from "./advisories.ts";
import { type WorkerProgram, workerCommand } from "./run-worker.ts";

export interface LendOptions {
  readonly program: WorkerProgram;
  /** A Unix socket, in a folder that nobody but root writes to. */
  readonly path: string;
  /** The only user that may connect. */
  readonly borrower: number;
  readonly advisories: AdvisoryWatch;
  /** Milliseconds that one worker may take; default 20 minutes. */
  readonly deadline?: number;
  readonly log: Log;
}

/** Workers that are lent at once; whoever comes besides waits in the socket's queue. */
const most = 2;

/**
 * Lends image workers: whoever connects has one at the other end, started for this connection and gone with it. Nothing
 * that comes over the socket is read here: the connection itself is the worker's input and output.
 */
export async function lendWorkers(options: LendOptions): Promise<{ close(): Promise<void> }> {
  const { program, path, advisories, log, deadline = 1_200_000 } = options;
  let lent = 0;
  const waiting: net.Socket[] = [];
  const stop = new AbortController();

  async function lend(socket: net.Socket): Promise<void> {
    const hold = await advisories.hold();
    try {
      const [command = "", ...args] = workerCommand(program);
      const child = spawn(command, [...args, "lent", ...(hold.file === undefined ? [] : [hold.file])], {
        detached: true,
        cwd: "/",
        env: {
          PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          LANG: "C.UTF-8",
          NODE_ENV: "production",
          MALLOC_ARENA_MAX: "1",
          ...program.mark,
        },
        stdio: [socket, socket, "ignore"],
      });
      const kill = (): void => {
        if (child.pid === undefined) return;
        try {
          process.kill(-child.pid, "SIGKILL");
        } catch {
          // It ended by itself.
        }
      };
      const ended = new Promise<void>((resolve) => {
        child.once("error", (error) => {
          log.warn({ error: error.message }, "an image worker could not be lent");
          resolve();
        });
        child.once("exit", () => {
          kill();
          resolve();
        });
      });
      // The worker has the connection now; here it is only held open.
      socket.destroy();
      const timer = setTimeout(kill, deadline);
      stop.signal.addEventListener("abort", kill, { once: true });
      await ended;
      clearTimeout(timer);
      stop.signal.removeEventListener("abort", kill);
    } finally {
      hold.release();
    }
  }

  function next(): void {
    while (lent < most && !stop.signal.aborted) {
      const socket = waiting.shift();
      if (socket === undefined) return;
      lent++;
      lend(socket)
        .catch((error: unknown) => log.warn({ error: String(error) }, "an image worker could not be lent"))
        .finally(() => {
          socket.destroy();
          lent--;
          next();
        });
    }
  }

  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    waiting.push(socket);
    next();
  });
  server.maxConnections = 16;
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  await chmod(path, 0o600);
  await chown(path, options.borrower, options.borrower);
  return {
    close: async () => {
      stop.abort();
      for (const socket of waiting) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(path, { force: true });
    },
  };
}
