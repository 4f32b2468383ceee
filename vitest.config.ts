import { defineConfig } from "vitest/config";

/** What flushes the host's packet rules, or asks what a machine without other instances is like, has the machine to itself. */
const alone = ["e2e/beside.test.ts"];

/** Three suites: unit (pure, no root), integration (real SQLite, containerd, nftables, registry), e2e (the shipped program). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts"],
          setupFiles: ["scripts/property-tests.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["packages/*/integration/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
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
