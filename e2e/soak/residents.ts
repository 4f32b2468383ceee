import { restricted } from "../instance/tool-pod.ts";

/** Where the inhabitants beside the shop live. */
export const namespaces = { api: "tenants", host: "hosts" } as const;

/** Asks the API as clients in a cluster do: lists, watches, holds a Lease. MODE=2 asks for ConfigMaps too, as a new version would. */
const askingScript = (address: string, namespace: string): string => `
const fs = require("node:fs"), https = require("node:https");
const at = "/var/run/secrets/kubernetes.io/serviceaccount/";
const agent = new https.Agent({ keepAlive: true });
const lease = "/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases";
const ask = (method, path, body) => new Promise((resolve) => {
  const call = https.request({ agent, host: "${address}", servername: "kubernetes.default.svc", method, path, ca: fs.readFileSync(at + "ca.crt"),
    headers: { authorization: "Bearer " + fs.readFileSync(at + "token", "utf8"), ...(body ? { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" } : {}) } },
    (answer) => { answer.resume(); answer.on("end", () => resolve(answer.statusCode)); });
  call.on("error", () => resolve(0));
  call.setTimeout(5000, () => call.destroy());
  call.end(body && JSON.stringify(body));
});
let turn = 0;
async function live() {
  const core = "/api/v1/namespaces/${namespace}/";
  const codes = [await ask("GET", core + "services"), await ask("GET", core + "pods?limit=5"), await ask("GET", core + "pods?watch=true&timeoutSeconds=2")];
  if (await ask("GET", lease + "/leader") === 404)
    await ask("POST", lease, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "leader" }, spec: {} });
  codes.push(await ask("PATCH", lease + "/leader", { spec: { holderIdentity: process.env.HOSTNAME } }));
  if (process.env.MODE === "2") codes.push(await ask("GET", core + "configmaps"));
  if (turn++ % 30 === 0) console.log(codes.join(" "));
  setTimeout(live, 1000);
}
live();
process.on("SIGTERM", () => setTimeout(() => process.exit(0), 500));
`;

const chatterScript = `
const line = "an ordinary line of an ordinary log ".repeat(50);
setInterval(() => { for (let n = 0; n < 60; n++) console.log(line); }, 500);
require("node:fs").writeFileSync("/scratch/state", "kept");
setInterval(() => require("node:fs").appendFileSync("/scratch/state", "."), 1000);
`;

interface Resident {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly script: string;
  readonly replicas: number;
  readonly spec?: object;
  readonly container?: object;
}

const deployment = ({ name, namespace, image, script, replicas, spec, container }: Resident): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 5,
        automountServiceAccountToken: true,
        containers: [
          {
            name: "main",
            image,
            command: ["/usr/bin/node", "-e", script],
            securityContext: restricted,
            env: [{ name: "MODE", value: "1" }],
            ...container,
          },
        ],
        ...spec,
      },
    },
  },
});

/** A client of the API in two replicas, one in the host's network, a pod that logs and writes, and one with an exec probe. */
export function residents(where: {
  readonly image: string;
  readonly tool: string;
  readonly apiAddress: string;
}): object[] {
  const { image, tool, apiAddress } = where;
  const { api, host } = namespaces;
  const scratch = { volumes: [{ name: "scratch", emptyDir: {} }] };
  const mounted = { volumeMounts: [{ name: "scratch", mountPath: "/scratch" }] };
  return [
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "api", namespace: api },
      spec: {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [{ to: [{ ipBlock: { cidr: `${apiAddress}/32` } }], ports: [{ port: 443 }] }],
      },
    },
    deployment({
      name: "asks",
      namespace: api,
      image,
      script: askingScript(apiAddress, api),
      replicas: 2,
      spec: {
        initContainers: [{ name: "first", image, command: ["/usr/bin/node", "-e", "0"], securityContext: restricted }],
      },
    }),
    deployment({
      name: "chatters",
      namespace: api,
      image,
      script: chatterScript,
      replicas: 1,
      spec: { automountServiceAccountToken: false, ...scratch },
      container: mounted,
    }),
    deployment({
      name: "probed",
      namespace: api,
      image: tool,
      script: "",
      replicas: 1,
      spec: { automountServiceAccountToken: false },
      container: {
        command: ["/usr/bin/sleep", "86400"],
        readinessProbe: { exec: { command: ["/usr/bin/echo", "well"] }, periodSeconds: 2 },
        livenessProbe: { exec: { command: ["/usr/bin/sh", "-c", "ls / && date"] }, periodSeconds: 3 },
      },
    }),
    deployment({
      name: "asks",
      namespace: host,
      image,
      script: askingScript(apiAddress, host),
      replicas: 1,
      spec: { hostNetwork: true },
      container: { securityContext: {} },
    }),
  ];
}
