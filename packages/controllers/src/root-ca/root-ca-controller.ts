import { type ConfigMap } from "@bulkhead/api";
import { createWorkqueue, hasReason, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, work } from "../controller.ts";

const configMapName = "kube-root-ca.crt";
const about = {
  "kubernetes.io/description":
    "The certificate authority that signed this cluster's API server, for pods that talk to it from inside.",
};

/** Keeps the API server's certificate authority in every namespace, for pods to know it by. `rootCa`: PEM, asked at each turn. */
export const rootCaController = (rootCa: () => string): ControllerDefinition => ({
  name: "root-ca",
  identity: "system:serviceaccount:kube-system:root-ca-cert-publisher",
  clusterRole: "system:controller:root-ca-cert-publisher",
  component: "root-ca-cert-publisher",
  start: (context) => start(context, rootCa),
});

async function start(context: ControllerContext, rootCa: () => string): Promise<void> {
  const { informers, client, log } = context;
  const namespaces = informers.of(resources.namespaces);
  const configMaps = informers.of(resources.configMaps);
  const queue = createWorkqueue({ name: "root-ca", log });
  namespaces.onChange((current) => {
    if (current !== undefined) queue.add(current.metadata.name ?? "");
  });
  configMaps.onChange((current, previous) => {
    const object = current ?? previous;
    if (object?.metadata.name === configMapName) queue.add(object.metadata.namespace ?? "");
  });
  await work(context, queue, 2, async (name) => {
    const namespace = namespaces.get({ namespace: "", name });
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return;
    const data = { "ca.crt": rootCa() };
    const current = configMaps.get({ namespace: name, name: configMapName });
    if (current !== undefined && JSON.stringify(current.data) === JSON.stringify(data)) return;
    const wanted: ConfigMap = {
      ...(current ?? { apiVersion: "v1", kind: "ConfigMap" }),
      metadata: {
        ...(current?.metadata ?? { name: configMapName, namespace: name }),
        annotations: { ...current?.metadata.annotations, ...about },
      },
      data,
    };
    try {
      await (current === undefined
        ? client.create(resources.configMaps, wanted)
        : client.update(resources.configMaps, wanted));
    } catch (error) {
      if (hasReason(error, "Forbidden", "NotFound") && current === undefined) return;
      throw error;
    }
  });
}
