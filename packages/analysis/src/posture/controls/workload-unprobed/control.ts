import type { ContainerPort, Service } from "@bulkhead/api";
import { servicesOf } from "../../../deciders/network.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

const served = (
  services: readonly Service[],
  { containerPort, name, protocol = "TCP" }: ContainerPort,
): Service | undefined =>
  protocol === "TCP"
    ? services.find((service) =>
        service.spec?.ports?.some(({ port, targetPort = port }) => targetPort === containerPort || targetPort === name),
      )
    : undefined;

export const workloadUnprobed = workloadControl({
  id: "workload-unprobed",
  title: "Containers behind a Service are asked whether they still answer",
  area: "workloads",
  attack:
    "A Service sends requests to every pod that counts as ready, and without a probe a pod counts as ready as soon as it runs. An attacker whose requests leave the program hanging takes one pod after another out that way. Each still gets its part of the requests, so that the service fails though pods and dashboards are green.",
  severity: "low",
  severityBecause: "it makes an attack on availability last longer and go unnoticed, and does no more",
  frameworks: { attack: ["T1499"], nist: ["4.4.4"] },
  check: (workload, view) => {
    const unprobed = workload.containers.filter(
      ({ container: { ports = [], readinessProbe, livenessProbe }, role }) =>
        (role === "main" || role === "sidecar") &&
        ports.length > 0 &&
        readinessProbe === undefined &&
        livenessProbe === undefined,
    );
    if (unprobed.length === 0) return [];
    const services = servicesOf(view, workload);
    return unprobed.flatMap(({ name, field, container }) => {
      const service = (container.ports ?? []).flatMap((port) => served(services, port) ?? [])[0];
      return service === undefined
        ? []
        : [
            {
              field: `${field}.readinessProbe`,
              key: name,
              says: `container ${name} gets requests from Service ${service.metadata.name ?? ""} whether it answers or not`,
              through: [refOf(service)],
            },
          ];
    });
  },
  fix: (workload, breach, view) => {
    const services = servicesOf(view, workload);
    const placed = workload.containers.find(({ field }) => breach.field === `${field}.readinessProbe`);
    const port = placed?.container.ports?.find((one) => served(services, one) !== undefined);
    return edited([setting(workload, breach.field, { tcpSocket: { port: port?.name ?? port?.containerPort ?? 0 } })], {
      mind: "it asks only whether the port is open; a path that the program answers by itself (httpGet) says more",
    });
  },
});
