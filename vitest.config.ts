import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

/** What flushes the host's packet rules, or asks what a machine without other instances is like, has the machine to itself. */
const alone = ["e2e/beside.test.ts"];

/** Three suites: unit (pure, no root), integration (real SQLite, containerd, nftables, registry), e2e (the shipped program). */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // Pure modules share a process: loading all of them anew for each file takes three times as long as the tests.
        test: {
          name: "unit",
          pool: "forks",
          isolate: false,
          include: ["packages/*/src/**/*.test.ts"],
          setupFiles: ["scripts/property-tests.ts"],
          testTimeout: 20_000,
        },
      },
      {
        // Folders, namespaces, ports and control groups are each file's own: what two cores carry runs side by side.
        test: {
          name: "integration",
          include: ["packages/*/integration/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        // Instances stand beside each other, and their tests mostly wait: three at a time take half the time.
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          exclude: alone,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: "e2e-alone",
          include: alone,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
