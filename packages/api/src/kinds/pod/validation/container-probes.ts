import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { HTTPGetAction, Lifecycle, LifecycleHandler, PodOS, Probe } from "../../../generated/types.ts";
import { isHTTPHeaderName } from "../../../name-validation.ts";
import { nonNegativeErrors, oneOfErrors } from "../../name-fields.ts";
import { portErrors } from "../../port.ts";

function checkHttpGet(errors: FieldError[], path: string, action: HTTPGetAction): void {
  if ((action.path ?? "") === "") errors.push(field.required(`${path}.path`));
  errors.push(...portErrors(action.port, `${path}.port`));
  if (action.scheme !== "HTTP") errors.push(...oneOfErrors(`${path}.scheme`, action.scheme ?? "", ["HTTP", "HTTPS"]));
  for (const { name } of action.httpHeaders ?? []) {
    for (const message of isHTTPHeaderName(name)) errors.push(field.invalid(`${path}.httpHeaders`, name, message));
  }
}

/** What a probe and a lifecycle hook may do; each does one thing. */
type Handler = Pick<Probe, "exec" | "httpGet" | "tcpSocket" | "grpc"> & Pick<LifecycleHandler, "sleep">;

const kinds = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;

function checkAction(
  errors: FieldError[],
  path: string,
  handler: Handler,
  kind: (typeof kinds)[number],
  grace: number | undefined,
): void {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  switch (kind) {
    case "exec":
      if ((exec?.command ?? []).length === 0) errors.push(field.required(`${path}.command`));
      return;
    case "httpGet":
      if (httpGet !== undefined) checkHttpGet(errors, path, httpGet);
      return;
    case "tcpSocket":
      errors.push(...portErrors(tcpSocket?.port ?? 0, `${path}.port`));
      return;
    case "grpc":
      errors.push(...portErrors(grpc?.port ?? 0, `${path}.port`));
      return;
    case "sleep": {
      const seconds = sleep?.seconds ?? 0;
      if (grace === undefined || (seconds >= 0 && seconds <= grace)) return;
      const why = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
      errors.push(field.invalid(path, seconds, why));
    }
  }
}

function checkHandler(errors: FieldError[], path: string, handler: Handler, grace: number | undefined): void {
  let found = 0;
  for (const kind of kinds) {
    if (handler[kind] === undefined) continue;
    if (found++ > 0) errors.push(field.forbidden(`${path}.${kind}`, "may not specify more than 1 handler type"));
    else checkAction(errors, `${path}.${kind}`, handler, kind, grace);
  }
  if (found === 0) errors.push(field.required(path, "must specify a handler type"));
}

export type ProbeKind = "livenessProbe" | "readinessProbe" | "startupProbe";

const counts = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

export function checkProbe(
  errors: FieldError[],
  path: string,
  probe: Probe,
  kind: ProbeKind,
  grace: number | undefined,
): void {
  checkHandler(errors, path, probe, grace);
  for (const key of counts) {
    if ((probe[key] ?? 0) < 0) errors.push(...nonNegativeErrors(`${path}.${key}`, probe[key]));
  }
  const own = probe.terminationGracePeriodSeconds;
  const at = `${path}.terminationGracePeriodSeconds`;
  if (own !== undefined && own <= 0) errors.push(field.invalid(at, own, "must be greater than 0"));
  if (kind === "readinessProbe") {
    if (own !== undefined) errors.push(field.invalid(at, own, "must not be set for readinessProbes"));
  } else if ((probe.successThreshold ?? 0) !== 1) {
    errors.push(field.invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, "must be 1"));
  }
}

const realTime = [
  "SIGRTMIN",
  ...Array.from({ length: 15 }, (_, i) => `SIGRTMIN+${i + 1}`),
  ...Array.from({ length: 14 }, (_, i) => `SIGRTMAX-${14 - i}`),
  "SIGRTMAX",
];
const linuxSignals = [
  ...realTime,
  "SIGABRT",
  "SIGALRM",
  "SIGBUS",
  "SIGCHLD",
  "SIGCLD",
  "SIGCONT",
  "SIGFPE",
  "SIGHUP",
  "SIGILL",
  "SIGINT",
  "SIGIO",
  "SIGIOT",
  "SIGKILL",
  "SIGPIPE",
  "SIGPOLL",
  "SIGPROF",
  "SIGPWR",
  "SIGQUIT",
  "SIGSEGV",
  "SIGSTKFLT",
  "SIGSTOP",
  "SIGSYS",
  "SIGTERM",
  "SIGTRAP",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGURG",
  "SIGUSR1",
  "SIGUSR2",
  "SIGVTALRM",
  "SIGWINCH",
  "SIGXCPU",
  "SIGXFSZ",
].sort();

export function checkLifecycle(
  errors: FieldError[],
  path: string,
  lifecycle: Lifecycle,
  grace: number | undefined,
  os: PodOS | undefined,
): void {
  const { postStart, preStop, stopSignal } = lifecycle;
  if (postStart !== undefined) checkHandler(errors, `${path}.postStart`, postStart, grace);
  if (preStop !== undefined) checkHandler(errors, `${path}.preStop`, preStop, grace);
  if (stopSignal === undefined) return;
  const at = `${path}.stopSignal`;
  if (os === undefined) errors.push(field.forbidden(at, "may not be set for containers with empty `spec.os.name`"));
  else if (os.name === "windows") errors.push(...oneOfErrors(at, stopSignal, ["SIGKILL", "SIGTERM"]));
  else if (os.name === "linux") errors.push(...oneOfErrors(at, stopSignal, linuxSignals));
}
