import type {
  Container,
  EphemeralContainer,
  HTTPGetAction,
  PodSpec,
  Probe,
  ResourceRequirements,
} from "../../generated/types.ts";
import { defaultPullPolicy } from "../image-name.ts";
import { roundUpResources } from "../resources.ts";
import { defaultFieldRef } from "./field-ref-defaults.ts";
import { defaultVolume } from "./volume-defaults.ts";

function defaultHttpGet(action: HTTPGetAction): void {
  action.path ??= "/";
  action.scheme ??= "HTTP";
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  if (probe.httpGet !== undefined) defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= "";
}

/** Amounts finer than a thousandth are rounded up, as every resource list's are. */
function roundUp(resources: ResourceRequirements | undefined): void {
  if (resources === undefined) return;
  roundUpResources(resources.limits);
  roundUpResources(resources.requests);
}

function defaultEnv(container: Container | EphemeralContainer): void {
  if (container.env === undefined) return;
  for (const variable of container.env) {
    const source = variable.valueFrom;
    if (source === undefined) continue;
    defaultFieldRef(source.fieldRef);
    if (source.fileKeyRef !== undefined) source.fileKeyRef.optional ??= false;
  }
}

function defaultContainer(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ??= defaultPullPolicy(container.image ?? "");
  container.terminationMessagePath ??= "/dev/termination-log";
  container.terminationMessagePolicy ??= "File";
  if (container.ports !== undefined) for (const port of container.ports) port.protocol ??= "TCP";
  defaultEnv(container);
  roundUp(container.resources);
  if (container.livenessProbe !== undefined) defaultProbe(container.livenessProbe);
  if (container.readinessProbe !== undefined) defaultProbe(container.readinessProbe);
  if (container.startupProbe !== undefined) defaultProbe(container.startupProbe);
  const { lifecycle } = container;
  if (lifecycle?.postStart?.httpGet !== undefined) defaultHttpGet(lifecycle.postStart.httpGet);
  if (lifecycle?.preStop?.httpGet !== undefined) defaultHttpGet(lifecycle.preStop.httpGet);
}

/** serviceAccount is the old name of serviceAccountName; both are shown. */
function joinServiceAccountNames(spec: PodSpec): void {
  const name = spec.serviceAccountName ?? spec.serviceAccount;
  if (name === undefined) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

/** Defaults of a pod's specification, in a Pod and in a template alike. The draft is in wire form. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ??= "ClusterFirst";
  spec.restartPolicy ??= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  // A negative period means at once, and is kept as the shortest there is.
  if (spec.terminationGracePeriodSeconds < 0) spec.terminationGracePeriodSeconds = 1;
  spec.schedulerName ??= "default-scheduler";
  joinServiceAccountNames(spec);
  if (spec.volumes !== undefined) for (const volume of spec.volumes) defaultVolume(volume);
  if (spec.initContainers !== undefined) for (const container of spec.initContainers) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  if (spec.ephemeralContainers !== undefined) {
    for (const container of spec.ephemeralContainers) defaultContainer(container);
  }
  roundUpResources(spec.overhead);
  roundUp(spec.resources);
}
