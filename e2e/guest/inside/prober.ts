import type { Deployment } from "@bulkhead/api";
import { expect } from "./report.ts";

/**
 * A pod that may talk to nobody and tries from its very first moment on: every 20 ms at first, then every half second.
 * One word a try, numbered; what it says after a reboot tells whether the rules stood before it ran.
 */
export const proberDeployment = (image: string, database: string): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "prober", namespace: "shop" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "prober" } },
    template: {
      metadata: { labels: { app: "prober" } },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "prober",
            image,
            command: ["/usr/bin/node", "-e", script(database)],
            resources: { limits: { memory: "128Mi" } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          },
        ],
      },
    },
  },
});

const script = (database: string): string => `
process.on("SIGTERM", () => process.exit(0));
const net = require("node:net");
let tries = 0;
const next = () => setTimeout(attempt, tries < 200 ? 20 : 500);
function attempt() {
  tries += 1;
  const socket = net.connect({ host: ${JSON.stringify(database)}, port: 5432 });
  socket.setTimeout(1000);
  const end = (word) => { console.log(tries + " " + word); socket.destroy(); next(); };
  socket.once("connect", () => end("OPEN"));
  socket.once("timeout", () => end("silence"));
  socket.once("error", (error) => end(error.code));
}
attempt();
`;

/** Throws unless it tried often enough, from its first moment on, and never got through. */
export function checkProber(log: string, atLeast: number): void {
  const tries = log.split("\n").filter((line) => /^\d+ \S+$/.test(line));
  const open = tries.filter((line) => line.endsWith("OPEN"));
  expect(open.length === 0, `it got through: ${open.slice(0, 5).join(", ")} of ${tries.length}`);
  expect(tries[0]?.startsWith("1 ") === true, `its first try is missing: ${log.slice(0, 200)}`);
  expect(tries.length >= atLeast, `it tried ${tries.length} times, not ${atLeast}: ${log.slice(-200)}`);
}
