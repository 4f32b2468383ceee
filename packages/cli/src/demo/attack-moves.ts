/** Where a move is made: with the code that the attacker runs inside web, or with web's stolen token from outside. */
export type Place = "inside" | "token" | "admin";

/** What came of an attempt. */
export interface Outcome {
  readonly succeeded: boolean;
  /** One line, as it was answered. */
  readonly answer: string;
}

/** One attempt of the attack. Harmless: it reads, knocks, or asks; what it makes is removed. */
export interface Move {
  readonly title: string;
  readonly place: Place;
  /** A question for the network decider where the network is to refuse it: where it goes. */
  readonly traffic?: { readonly to: string; readonly port: number };
}

/**
 * A script for Node inside the web container: knocks at a TCP port and says what happened. It prints one JSON line. No
 * shell is there to use, so it runs as code in a hijacked server would.
 */
export const knockScript = (host: string, port: number, greeting: string): string => `
const socket = require("node:net").connect({ host: ${JSON.stringify(host)}, port: ${port} });
const end = (succeeded, answer) => { console.log(JSON.stringify({ succeeded, answer })); process.exit(0); };
socket.setTimeout(4000, () => end(false, "no answer in 4 seconds"));
socket.on("error", (e) => end(false, e.code));
socket.on("connect", () => { socket.write(${JSON.stringify(greeting)}); setTimeout(() => end(true, "connected"), 300); });
socket.on("data", (d) => end(true, d.toString("utf8", 0, 60).split("\\n")[0].trim()));`;

/** Inside web: asks the API with the token that the pod holds, if it holds one. */
export const askApiScript = (address: string, path: string): string => `
const end = (succeeded, answer) => { console.log(JSON.stringify({ succeeded, answer })); process.exit(0); };
const fs = require("node:fs");
const at = "/var/run/secrets/kubernetes.io/serviceaccount/";
let token, ca;
try { token = fs.readFileSync(at + "token", "utf8"); ca = fs.readFileSync(at + "ca.crt"); } catch { end(false, "the pod holds no token"); }
const request = require("node:https").request({ host: ${JSON.stringify(address)}, port: 443, path: ${JSON.stringify(path)}, ca, servername: "kubernetes.default.svc", headers: { authorization: "Bearer " + token } }, (r) => {
  let body = ""; r.on("data", (d) => { body += d; });
  r.on("end", () => { let said = ""; try { const o = JSON.parse(body); said = o.message ?? o.kind ?? ""; } catch {} end(r.statusCode < 300, r.statusCode + " " + said.slice(0, 160)); });
});
request.setTimeout(4000, () => request.destroy(Object.assign(new Error(), { code: "no answer in 4 seconds" })));
request.on("error", (e) => end(false, e.code ?? e.message));
request.end();`;

/** What the evil pods run when they are let: a harmless proof, printed as one line. */
const proofs = {
  image: "process.exit(0)",
  privileged: `console.log("holds every capability: " + require("node:fs").readFileSync("/proc/self/status", "utf8").match(/CapEff:\\s*(\\w+)/)[1])`,
  host: `console.log("reads the host's /etc/hostname: " + require("node:fs").readFileSync("/host/etc/hostname", "utf8").trim())`,
} as const;

/** A pod as an attacker would want it; one evil thing at a time. */
export function evilPod(kind: "image" | "privileged" | "host", namespace: string, image: string): object {
  const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `attack-${kind}`, namespace },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
      ...(kind === "host" ? { volumes: [{ name: "host", hostPath: { path: "/", type: "Directory" } }] } : {}),
      containers: [
        {
          name: "attack",
          image: kind === "image" ? "registry.elsewhere.example/tools/miner:latest" : image,
          command: ["/usr/bin/node", "-e", proofs[kind]],
          securityContext: kind === "privileged" ? { privileged: true } : restricted,
          ...(kind === "host" ? { volumeMounts: [{ name: "host", mountPath: "/host" }] } : {}),
        },
      ],
    },
  };
}
