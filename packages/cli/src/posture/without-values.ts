import type { KubeObject, Secret } from "@bulkhead/api";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const emptied = (data: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.keys(data).map((key) => [key, ""]));

/** An object as a snapshot may hold it: no managed fields, and of a Secret the names of its keys alone. */
export function withoutValues<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  if (object.apiVersion !== "v1" || object.kind !== "Secret") return { ...object, metadata };
  const { data, stringData, ...secret } = object as unknown as Secret;
  const { annotations } = metadata;
  const kept = annotations?.[lastApplied] === undefined ? annotations : { ...annotations, [lastApplied]: "(not kept)" };
  return {
    ...secret,
    metadata: { ...metadata, ...(kept === undefined ? {} : { annotations: kept }) },
    ...(data === undefined ? {} : { data: emptied(data) }),
    ...(stringData === undefined ? {} : { stringData: emptied(stringData) }),
  } as unknown as T;
}
