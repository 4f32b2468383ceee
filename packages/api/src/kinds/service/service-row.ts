import type { Service } from "../../generated/types.ts";
import { selectorFromSet } from "../../label-selector.ts";
import { nameIsDNSLabel } from "../../name-validation.ts";
import { ageCell } from "../../table-rows.ts";
import { ageColumn, column, nameColumn, wideColumn } from "../columns.ts";
import { defineRow, statusStrategy } from "../row.ts";
import { defaultService, prepareServiceCreate, prepareServiceUpdate } from "./service-preparation.ts";
import { validateServiceCreate, validateServiceStatusUpdate, validateServiceUpdate } from "./service-validation.ts";

function warnings(service: Service): string[] {
  const spec = service.spec ?? {};
  const headless = spec.type === "ClusterIP" && spec.clusterIP === "None";
  const external = (spec.externalIPs ?? []).length > 0;
  const found: string[] = [];
  if (service.metadata.annotations?.["service.kubernetes.io/topology-aware-hints"] !== undefined) {
    found.push(
      "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead",
    );
  }
  if (headless) {
    if ((spec.loadBalancerIP ?? "") !== "") found.push("spec.loadBalancerIP is ignored for headless services");
    if (external) found.push("spec.externalIPs is ignored for headless services");
    if (spec.sessionAffinity !== "None") found.push("spec.SessionAffinity is ignored for headless services");
  }
  if (external && !headless && spec.type !== "ExternalName") {
    found.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
  }
  if (external && spec.type === "ExternalName") {
    found.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (spec.type !== "ExternalName" && (spec.externalName ?? "") !== "") {
    found.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === "PreferClose") {
    found.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return found;
}

function externalCell(service: Service): string {
  const { type, externalIPs = [], externalName = "" } = service.spec ?? {};
  switch (type) {
    case "ClusterIP":
    case "NodePort":
      return externalIPs.length > 0 ? externalIPs.join(",") : "<none>";
    case "LoadBalancer": {
      const ingresses = service.status?.loadBalancer?.ingress ?? [];
      const given = ingresses.map(({ ip = "", hostname = "" }) => (ip === "" ? hostname : ip)).filter((a) => a !== "");
      const all = [...[...new Set(given)].sort(), ...externalIPs];
      return all.length > 0 ? all.join(",") : "<pending>";
    }
    case "ExternalName":
      return externalName;
    default:
      return "<unknown>";
  }
}

function portsCell(service: Service): string {
  const ports = (service.spec?.ports ?? []).map(({ port, nodePort = 0, protocol = "" }) =>
    nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return ports.length > 0 ? ports.join(",") : "<none>";
}

export const serviceRow = defineRow<Service>({
  group: "",
  version: "v1",
  kind: "Service",
  resource: "services",
  shortNames: ["svc"],
  categories: ["all"],
  namespaced: true,
  schema: "io.k8s.api.core.v1.Service",
  defaults: defaultService,
  prepareCreate: prepareServiceCreate,
  prepareUpdate: prepareServiceUpdate,
  validateCreate: validateServiceCreate,
  validateUpdate: validateServiceUpdate,
  warnings,
  resetFields: ["status"],
  subresources: { status: statusStrategy(validateServiceStatusUpdate) },
  createOnUpdate: true,
  fieldSelectors: {
    "spec.clusterIP": (service) => service.spec?.clusterIP ?? "",
    "spec.type": (service) => service.spec?.type ?? "",
  },
  table: {
    columns: [
      nameColumn,
      column("Type", { description: "How the Service is reached." }),
      column("Cluster-IP", { description: "The address inside the cluster." }),
      column("External-IP", { description: "Addresses or names outside the cluster." }),
      column("Port(s)", { description: "Ports with their node ports and protocols." }),
      ageColumn,
      wideColumn("Selector", { description: "Labels of the pods behind the Service." }),
    ],
    cells: (service, now) => [
      service.metadata.name ?? "",
      service.spec?.type ?? "",
      service.spec?.clusterIPs?.[0] ?? "<none>",
      externalCell(service),
      portsCell(service),
      ageCell(service.metadata.creationTimestamp, now),
      selectorFromSet(service.spec?.selector).toString() || "<none>",
    ],
  },
  nameErrors: nameIsDNSLabel,
});
