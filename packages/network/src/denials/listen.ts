import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import type { Log } from "@bulkhead/api";
import { type LoggedPacket, pcapReader } from "./pcap.ts";

export interface ListenOptions {
  readonly netns: string;
  /** NFLOG group. */
  readonly group: number;
  /** Program; default `tcpdump`. It only copies records, nothing of a packet is parsed in it. */
  readonly tcpdump?: string;
  /** Who it becomes once its socket is open; default `nobody`. */
  readonly user?: string;
  readonly log: Log;
  readonly onPacket: (packet: LoggedPacket) => void;
}

export interface Listening {
  close(): Promise<void>;
}

const retryMs = { first: 250, last: 30_000 } as const;

/** A listener that a killed agent left holds the group until it next writes: it is ended first. */
function endOrphans(netns: string, group: number): void {
  const ours = statSync(netns).ino;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      const orphaned = /^PPid:\t1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
      if (!command.includes(`nflog:${group}`) || !orphaned || statSync(`/proc/${pid}/ns/net`).ino !== ours) continue;
      process.kill(Number(pid), "SIGTERM");
    } catch {
      // Gone meanwhile.
    }
  }
}

/** Follows the packets that our rules log; begins again whenever the listener ends. */
export function listenToLog(options: ListenOptions): Listening {
  const { netns, group, log } = options;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let delay: number = retryMs.first;
  let closed = false;

  function again(why: string): void {
    child = undefined;
    if (closed) return;
    log.warn({ why, retryMs: delay }, "refused connections are not told: the listener ended");
    timer = setTimeout(start, delay).unref();
    delay = Math.min(delay * 2, retryMs.last);
  }

  function start(): void {
    try {
      endOrphans(netns, group);
    } catch (error) {
      return again(String(error));
    }
    const dump = [
      "-i",
      `nflog:${group}`,
      "--immediate-mode",
      "-U",
      "-s",
      "160",
      "-w",
      "-",
      "-Z",
      options.user ?? "nobody",
    ];
    const own = spawn("nsenter", [`--net=${netns}`, "--", options.tcpdump ?? "tcpdump", ...dump], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
    });
    child = own;
    let stderr = "";
    const read = pcapReader(options.onPacket);
    own.stdout.on("data", (chunk: Buffer) => {
      delay = retryMs.first;
      try {
        read(chunk);
      } catch (error) {
        stderr = String(error);
        own.kill();
      }
    });
    own.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-512);
    });
    own.on("error", (error) => {
      stderr = error.message;
    });
    own.on("close", () => again(stderr.trim()));
  }
  start();

  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      const running = child;
      if (running === undefined || running.exitCode !== null) return Promise.resolve();
      return new Promise((resolve) => {
        running.once("close", () => resolve());
        running.kill();
      });
    },
  };
}
