import type { ConfigMap, Container, EphemeralContainer, Pod, Secret, Service } from "@bulkhead/api";
import { ConfigError } from "./config-error.ts";
import { type DownwardFacts, podField, resourceField } from "./downward.ts";
import { expand } from "./expansion.ts";

/** Objects of the pod's own namespace that its spec names; undefined when the API has none. */
export interface ReferencedObjects {
  configMap(name: string): Promise<ConfigMap | undefined>;
  secret(name: string): Promise<Secret | undefined>;
}

export interface EnvironmentFacts extends DownwardFacts {
  readonly objects: ReferencedObjects;
  /** Services of the pod's namespace, and `kubernetes` of `default`. */
  readonly services: readonly Service[];
  readonly masterServiceNamespace: string;
}

export interface Variable {
  readonly key: string;
  readonly value: string;
}

const clusterIp = (service: Service): string | undefined => {
  const ip = service.spec?.clusterIP;
  return ip === undefined || ip === "" || ip === "None" ? undefined : ip;
};

const upper = (name: string): string => name.toUpperCase().replaceAll("-", "_");

/** The variables that a Service gives the pods around it (docker's link format beside Kubernetes' own). */
export function serviceVariables(service: Service): Variable[] {
  const ip = clusterIp(service);
  const ports = service.spec?.ports ?? [];
  const first = ports[0];
  if (ip === undefined || first === undefined) return [];
  const name = upper(service.metadata.name ?? "");
  const host = ip.includes(":") ? `[${ip}]` : ip;
  const protocol = (port: (typeof ports)[number]) => (port.protocol ?? "TCP").toLowerCase();
  return [
    { key: `${name}_SERVICE_HOST`, value: ip },
    { key: `${name}_SERVICE_PORT`, value: String(first.port) },
    ...ports
      .filter((port) => port.name !== undefined && port.name !== "")
      .map((port) => ({ key: `${name}_SERVICE_PORT_${upper(port.name ?? "")}`, value: String(port.port) })),
    { key: `${name}_PORT`, value: `${protocol(first)}://${host}:${first.port}` },
    ...ports.flatMap((port) => {
      const prefix = `${name}_PORT_${port.port}_${protocol(port).toUpperCase()}`;
      return [
        { key: prefix, value: `${protocol(port)}://${host}:${port.port}` },
        { key: `${prefix}_PROTO`, value: protocol(port) },
        { key: `${prefix}_PORT`, value: String(port.port) },
        { key: `${prefix}_ADDR`, value: ip },
      ];
    }),
  ];
}

const isMaster = (service: Service, namespace: string): boolean =>
  service.metadata.namespace === namespace && service.metadata.name === "kubernetes";

/** Where the API is, always; the namespace's other Services unless enableServiceLinks is false. */
function links(pod: Pod, facts: EnvironmentFacts): Variable[] {
  const wanted = facts.services.filter(
    (service) =>
      isMaster(service, facts.masterServiceNamespace) ||
      (pod.spec?.enableServiceLinks !== false && service.metadata.namespace === pod.metadata.namespace),
  );
  return wanted
    .toSorted((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))
    .flatMap((service) => serviceVariables(service));
}

/** What may be a variable's name since 1.30: any printable ASCII but `=`. */
const isVariableName = (name: string): boolean => /^[ -<>-~]+$/.test(name);

const text = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

/** A container's variables: service links first, then envFrom, then env, later ones winning. */
export async function environment(
  pod: Pod,
  container: Container | EphemeralContainer,
  facts: EnvironmentFacts,
): Promise<Variable[]> {
  const values = new Map<string, string>();
  const set = (key: string, value: string): void => {
    values.delete(key);
    values.set(key, value);
  };
  const linked = new Map(links(pod, facts).map(({ key, value }) => [key, value]));
  for (const source of container.envFrom ?? []) {
    const data = await sourceData(facts.objects, source);
    for (const [key, value] of Object.entries(data)) {
      const name = `${source.prefix ?? ""}${key}`;
      if (isVariableName(name)) set(name, value);
    }
  }
  const lookup = (name: string): string | undefined => values.get(name) ?? linked.get(name);
  for (const variable of container.env ?? []) {
    const value =
      variable.valueFrom === undefined
        ? expand(variable.value ?? "", lookup)
        : await valueFrom(pod, container, variable.valueFrom, facts);
    if (value !== undefined) set(variable.name, value);
  }
  for (const [key, value] of linked) if (!values.has(key)) values.set(key, value);
  return [...values].map(([key, value]) => ({ key, value }));
}

type Sources = NonNullable<NonNullable<Container["env"]>[number]["valueFrom"]>;

async function valueFrom(
  pod: Pod,
  container: Container | EphemeralContainer,
  source: Sources,
  facts: EnvironmentFacts,
): Promise<string | undefined> {
  if (source.fieldRef !== undefined) return podField(pod, source.fieldRef.fieldPath, facts);
  if (source.resourceFieldRef !== undefined) {
    const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    return resourceField(all, container, source.resourceFieldRef, facts.allocatable);
  }
  const [kind, ref] =
    source.configMapKeyRef === undefined
      ? (["secret", source.secretKeyRef] as const)
      : (["configmap", source.configMapKeyRef] as const);
  if (ref === undefined) throw new ConfigError("Unsupported", "this source of a variable is not supported");
  const name = ref.name ?? "";
  const object = kind === "secret" ? await facts.objects.secret(name) : await facts.objects.configMap(name);
  const value = object?.data?.[ref.key];
  if (value === undefined) {
    if (ref.optional === true) return undefined;
    if (object === undefined) throw new ConfigError("MissingObject", `${kind} "${name}" not found`);
    const where = `${kind === "secret" ? "Secret" : "ConfigMap"} ${pod.metadata.namespace}/${name}`;
    throw new ConfigError("MissingKey", `couldn't find key ${ref.key} in ${where}`);
  }
  return kind === "secret" ? text(value) : value;
}

async function sourceData(
  objects: ReferencedObjects,
  source: NonNullable<Container["envFrom"]>[number],
): Promise<Readonly<Record<string, string>>> {
  const { configMapRef, secretRef } = source;
  if (configMapRef !== undefined) {
    const object = await objects.configMap(configMapRef.name ?? "");
    if (object === undefined && configMapRef.optional !== true) {
      throw new ConfigError("MissingObject", `configmap "${configMapRef.name}" not found`);
    }
    return object?.data ?? {};
  }
  if (secretRef === undefined) return {};
  const object = await objects.secret(secretRef.name ?? "");
  if (object === undefined && secretRef.optional !== true) {
    throw new ConfigError("MissingObject", `secret "${secretRef.name}" not found`);
  }
  return Object.fromEntries(Object.entries(object?.data ?? {}).map(([key, value]) => [key, text(value)]));
}
