import { run, type TestInstance } from "./instance.ts";

export interface ToolPod {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly protocol?: string }[];
  /** Seconds between TERM and KILL; default 0. */
  readonly grace?: number;
  /** Merged over the pod's spec. */
  readonly spec?: object;
  /** Merged over the container. */
  readonly container?: object;
}

/** What the restricted standard asks of a container, in itself: no root, no privilege, nothing to write on but volumes. */
export const restricted = {
  runAsNonRoot: true,
  runAsUser: 10001,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** A pod of the tool image that the restricted standard lets through. */
export const toolPod = (pod: ToolPod): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: pod.namespace, name: pod.name, labels: pod.labels ?? {} },
  spec: toolPodSpec(pod),
});

/** The spec of such a pod, for templates too. */
export const toolPodSpec = (
  pod: Pick<ToolPod, "image" | "command" | "ports" | "grace" | "spec" | "container">,
): object => ({
  terminationGracePeriodSeconds: pod.grace ?? 0,
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "main",
      image: pod.image,
      command: pod.command,
      ...(pod.ports === undefined ? {} : { ports: pod.ports }),
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      ...pod.container,
    },
  ],
  ...pod.spec,
});

/** Objects as one list for `kubectl -f -`. */
export const asList = (objects: readonly object[]): string =>
  JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });

/** Applies objects; throws with kubectl's words where one is refused. */
export async function applied(instance: TestInstance, objects: readonly object[]): Promise<void> {
  const done = await instance.kubectlWith(asList(objects), "apply", "-f", "-");
  if (done.code !== 0) throw new Error(`kubectl apply: ${done.stderr}`);
}

/** Runs kubectl and gives what it printed; throws with its words where it fails. */
export async function told(instance: TestInstance, ...args: string[]): Promise<string> {
  const ran = await instance.kubectl(...args);
  if (ran.code === 0) return ran.stdout.trim();
  const why = args.includes("wait") ? await whatIsGoingOn(instance) : "";
  throw new Error(`kubectl ${args.join(" ")} ended with ${ran.code}: ${ran.stderr}${ran.stdout}${why}`);
}

/** What pods, events and the processes' logs say, for a wait that was in vain. */
async function whatIsGoingOn(instance: TestInstance): Promise<string> {
  const asked = await Promise.all([
    instance.kubectl("get", "pods", "-A", "-o", "wide"),
    instance.kubectl("get", "events", "-A"),
    run("sh", ["-c", `tail -n 15 ${instance.root}/logs/*.log`]),
  ]);
  return asked.map(({ stdout, stderr }) => `\n${stdout}${stderr}`).join("");
}

/** Answers with the pod's name and the caller's address on TCP 8080 to 8082, with the name on UDP 9090, until it ends. */
export const serveScript = [
  ...[8080, 8081, 8082].map(
    (port) => `socat TCP4-LISTEN:${port},fork,reuseaddr SYSTEM:'echo $HOSTNAME $SOCAT_PEERADDR' 2>/dev/null &`,
  ),
  "socat UDP4-LISTEN:9090,fork,reuseaddr SYSTEM:'echo $HOSTNAME' 2>/dev/null &",
  "wait",
].join("\n");

/** Where a probe knocks. */
export interface Target {
  readonly address: string;
  readonly port: number;
  readonly udp?: boolean;
}

/**
 * A shell script that knocks at all targets side by side and prints `N WORD` a target: the first word of what was
 * answered, `refused` (told so), `silent` (nothing came back in the time).
 */
export function knockScript(targets: readonly Target[]): string {
  const one = ({ address, port, udp }: Target, n: number): string =>
    [
      `( out=$(${udp === true ? "echo x" : "true"} | socat -t1 -T1 - ${udp === true ? "UDP4" : "TCP4"}:${address}:${port}${udp === true ? "" : ",connect-timeout=2"} 2>&1)`,
      `case "$out" in *refused*|*"No route to host"*) out=refused;; *"timed out"*|"") out=silent;; esac`,
      `set -- $out; echo ${n} $1 ) &`,
    ].join("\n");
  return `${targets.map(one).join("\n")}\nwait`;
}

/** Reads what a knock script printed, in the targets' order. */
export function knockAnswers(printed: string, count: number): string[] {
  const answers = Array.from({ length: count }, () => "unknown");
  for (const line of printed.split("\n")) {
    const [n = "", word = ""] = line.split(" ");
    if (/^\d+$/.test(n)) answers[Number(n)] = word;
  }
  return answers;
}
