import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { Service, ServicePort } from "../../generated/types.ts";
import { validateLabels } from "../../label-selector.ts";
import { isDNS1123Subdomain } from "../../name-validation.ts";
import { addressErrors, cidrErrors, endpointAddressErrors, parseAddress } from "../addresses.ts";
import { dnsLabelErrors, dnsSubdomainErrors, oneOfErrors, qualifiedNameErrors } from "../name-fields.ts";
import { portErrors, portNumberErrors, protocolErrors } from "../port.ts";
import { clusterAddressChangeErrors, clusterAddressErrors, familyChangeErrors } from "./service-address-validation.ts";
import { isExternallyAccessible, isHeadless, needsHealthCheckNodePort } from "./service-traits.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const affinities = ["ClientIP", "None"];
const trafficPolicies = ["Cluster", "Local"];
const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
const maxAffinitySeconds = 86400;
const sourceRangesAnnotation = "service.beta.kubernetes.io/load-balancer-source-ranges";
const hintsAnnotation = "service.kubernetes.io/topology-aware-hints";
const modeAnnotation = "service.kubernetes.io/topology-mode";

function annotationErrors(service: Service): FieldError[] {
  const { [hintsAnnotation]: hints, [modeAnnotation]: mode } = service.metadata.annotations ?? {};
  return hints !== undefined && mode !== undefined && hints !== mode
    ? [
        field.invalid(
          field.key("metadata.annotations", modeAnnotation),
          mode,
          `must match annotations[${hintsAnnotation}] when both are specified`,
        ),
      ]
    : [];
}

function externalNameErrors(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  const errors: FieldError[] = [];
  const not = "may not be set for ExternalName services";
  if ((spec.clusterIPs ?? []).length > 0) errors.push(field.forbidden("spec.clusterIPs", not));
  if ((spec.ipFamilies ?? []).length > 0) errors.push(field.forbidden("spec.ipFamilies", not));
  if (spec.ipFamilyPolicy !== undefined) errors.push(field.forbidden("spec.ipFamilyPolicy", not));
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  return errors.concat(
    name === "" ? [field.required("spec.externalName")] : dnsSubdomainErrors("spec.externalName", name),
  );
}

function typeErrors(service: Service): FieldError[] {
  const { type, clusterIPs = [], ports = [] } = service.spec ?? {};
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadless(service) && type !== "ExternalName") errors.push(field.required("spec.ports"));
  if ((type === "LoadBalancer" || type === "NodePort") && isHeadless(service)) {
    errors.push(field.invalid("spec.clusterIPs[0]", clusterIPs[0], `may not be set to 'None' for ${type} services`));
  }
  return type === "ExternalName" ? errors.concat(externalNameErrors(service)) : errors;
}

function portsErrors(ports: readonly ServicePort[]): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const path = field.index("spec.ports", index);
    const name = port.name ?? "";
    if (name === "") {
      if (ports.length > 1) errors.push(field.required(`${path}.name`));
    } else {
      errors.push(...dnsLabelErrors(`${path}.name`, name));
      if (names.has(name)) errors.push(field.duplicate(`${path}.name`, name));
      names.add(name);
    }
    errors.push(
      ...portNumberErrors(port.port, `${path}.port`),
      ...protocolErrors(port.protocol, `${path}.protocol`),
      ...portErrors(port.targetPort ?? 0, `${path}.targetPort`),
    );
    if (port.appProtocol !== undefined) errors.push(...qualifiedNameErrors(`${path}.appProtocol`, port.appProtocol));
  });
  return errors;
}

function portClashErrors(type: string, ports: readonly ServicePort[]): FieldError[] {
  const forbidden: FieldError[] = [];
  const nodePorts: FieldError[] = [];
  const same: FieldError[] = [];
  const seen = new Set<string>();
  ports.forEach(({ port, protocol = "", nodePort }, index) => {
    const path = field.index("spec.ports", index);
    if (nodePort !== undefined && nodePort !== 0) {
      if (type === "ClusterIP") {
        forbidden.push(field.forbidden(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
      }
      if (seen.has(`node ${protocol} ${nodePort}`)) nodePorts.push(field.duplicate(`${path}.nodePort`, nodePort));
      seen.add(`node ${protocol} ${nodePort}`);
    }
    if (seen.has(`${protocol} ${port}`)) {
      const key = { Name: "", Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
      same.push(field.duplicate(path, key));
    }
    seen.add(`${protocol} ${port}`);
  });
  return [...forbidden, ...nodePorts, ...same];
}

function affinityErrors(service: Service): FieldError[] {
  const { sessionAffinity = "", sessionAffinityConfig } = service.spec ?? {};
  const path = "spec.sessionAffinityConfig";
  const errors =
    sessionAffinity === ""
      ? [field.required("spec.sessionAffinity")]
      : oneOfErrors("spec.sessionAffinity", sessionAffinity, affinities);
  if (sessionAffinity === "None" && sessionAffinityConfig !== undefined) {
    errors.push(field.forbidden(path, "must not be set when session affinity is None"));
  }
  if (sessionAffinity !== "ClientIP") return errors;
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined) {
    errors.push(field.required(path, "when session affinity type is ClientIP"));
  } else if (seconds <= 0 || seconds > maxAffinitySeconds) {
    const why = `must be greater than 0 and less than ${maxAffinitySeconds}`;
    errors.push(field.invalid(`${path}.clientIP.timeoutSeconds`, seconds, why));
  }
  return errors;
}

function externalAddressErrors(service: Service, old: Service | undefined): FieldError[] {
  const existing = old?.spec?.externalIPs ?? [];
  return (service.spec?.externalIPs ?? []).flatMap((address, index) => {
    const path = field.index("spec.externalIPs", index);
    const errors = existing.includes(address) ? [] : addressErrors(path, address);
    return errors.length > 0 ? errors : endpointAddressErrors(path, address);
  });
}

function sourceRangeErrors(service: Service, old: Service | undefined): FieldError[] {
  const only = "may only be used when `type` is 'LoadBalancer'";
  const balanced = service.spec?.type === "LoadBalancer";
  const ranges = service.spec?.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    // The capital letter is upstream's.
    const path = "spec.LoadBalancerSourceRanges";
    const existing = (old?.spec?.loadBalancerSourceRanges ?? []).map((range) => range.trim());
    const wrong = ranges.flatMap((range, index) =>
      existing.includes(range.trim()) ? [] : cidrErrors(field.index(path, index), range.trim()),
    );
    return balanced ? wrong : [field.forbidden(path, only), ...wrong];
  }
  const annotated = service.metadata.annotations?.[sourceRangesAnnotation];
  if (annotated === undefined) return [];
  const path = field.key("metadata.annotations", sourceRangesAnnotation);
  const errors = balanced ? [] : [field.forbidden(path, only)];
  if (old?.metadata.annotations?.[sourceRangesAnnotation] === annotated || annotated.trim() === "") return errors;
  return errors.concat(annotated.split(",").flatMap((range) => cidrErrors(path, range.trim())));
}

function loadBalancerErrors(service: Service): FieldError[] {
  const { type, allocateLoadBalancerNodePorts, loadBalancerClass } = service.spec ?? {};
  const only = "may only be used when `type` is 'LoadBalancer'";
  const errors: FieldError[] = [];
  if (type !== "LoadBalancer") {
    if (allocateLoadBalancerNodePorts !== undefined) {
      errors.push(field.forbidden("spec.allocateLoadBalancerNodePorts", only));
    }
    if (loadBalancerClass !== undefined) errors.push(field.forbidden("spec.loadBalancerClass", only));
    return errors;
  }
  if (allocateLoadBalancerNodePorts === undefined) errors.push(field.required("allocateLoadBalancerNodePorts"));
  return loadBalancerClass === undefined
    ? errors
    : errors.concat(qualifiedNameErrors("spec.loadBalancerClass", loadBalancerClass));
}

function trafficErrors(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  const { externalTrafficPolicy: external = "", internalTrafficPolicy: internal, healthCheckNodePort = 0 } = spec;
  const errors: FieldError[] = [];
  const path = "spec.externalTrafficPolicy";
  if (!isExternallyAccessible(service)) {
    if (external !== "") {
      errors.push(field.invalid(path, external, "may only be set for externally-accessible services"));
    }
  } else if (external === "") errors.push(field.required(path));
  else errors.push(...oneOfErrors(path, external, trafficPolicies));
  if (!needsHealthCheckNodePort(service)) {
    if (healthCheckNodePort !== 0) {
      const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      errors.push(field.invalid("spec.healthCheckNodePort", healthCheckNodePort, why));
    }
  } else if (healthCheckNodePort === 0) errors.push(field.required("spec.healthCheckNodePort"));
  else errors.push(...portNumberErrors(healthCheckNodePort, "spec.healthCheckNodePort"));
  if (internal === undefined) {
    if (["NodePort", "LoadBalancer", "ClusterIP"].includes(spec.type ?? "")) {
      errors.push(field.required("spec.internalTrafficPolicy"));
    }
  } else errors.push(...oneOfErrors("spec.internalTrafficPolicy", internal, trafficPolicies));
  if (spec.trafficDistribution !== undefined) {
    errors.push(...oneOfErrors("spec.trafficDistribution", spec.trafficDistribution, distributions));
  }
  return errors;
}

function validate(service: Service, old: Service | undefined): FieldError[] {
  const { type = "", ports = [], selector } = service.spec ?? {};
  return [
    ...annotationErrors(service),
    ...typeErrors(service),
    ...portsErrors(ports),
    ...validateLabels(selector, "spec.selector"),
    ...affinityErrors(service),
    ...clusterAddressErrors(service, old),
    ...externalAddressErrors(service, old),
    ...(type === "" ? [field.required("spec.type")] : oneOfErrors("spec.type", type, types)),
    ...portClashErrors(type, ports),
    ...sourceRangeErrors(service, old),
    ...loadBalancerErrors(service),
    ...trafficErrors(service),
  ];
}

export const validateServiceCreate = (service: Service): FieldError[] => validate(service, undefined);

export function validateServiceUpdate(next: Service, old: Service): FieldError[] {
  const errors = [...clusterAddressChangeErrors(next, old), ...familyChangeErrors(next, old)];
  const { type, loadBalancerClass, healthCheckNodePort } = next.spec ?? {};
  const both = type === "LoadBalancer" && old.spec?.type === "LoadBalancer";
  if (both && loadBalancerClass !== old.spec?.loadBalancerClass) {
    errors.push(field.invalid("spec.loadBalancerClass", loadBalancerClass ?? null, "may not change once set"));
  }
  if (needsHealthCheckNodePort(next) && needsHealthCheckNodePort(old)) {
    if (healthCheckNodePort !== old.spec?.healthCheckNodePort) {
      errors.push(field.forbidden("spec.healthCheckNodePort", "field is immutable"));
    }
  }
  return errors.concat(validate(next, old));
}

export function validateServiceStatusUpdate(next: Service): FieldError[] {
  const path = "status.loadBalancer.ingress";
  const ingresses = next.status?.loadBalancer?.ingress ?? [];
  if (next.spec?.type !== "LoadBalancer" && ingresses.length > 0) {
    return [field.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return ingresses.flatMap(({ ip = "", ipMode, hostname = "" }, index) => {
    const at = field.index(path, index);
    const errors = ip === "" ? [] : addressErrors(`${at}.ip`, ip);
    if (ipMode === undefined) {
      if (ip !== "") errors.push(field.required(`${at}.ipMode`, "must be specified when `ip` is set"));
    } else if (ip === "") {
      errors.push(field.forbidden(`${at}.ipMode`, "may not be specified when `ip` is not set"));
    } else errors.push(...oneOfErrors(`${at}.ipMode`, ipMode, ["Proxy", "VIP"]));
    if (hostname === "") return errors;
    errors.push(...isDNS1123Subdomain(hostname).map((m) => field.invalid(`${at}.hostname`, hostname, m)));
    if (parseAddress(hostname) !== undefined) {
      errors.push(field.invalid(`${at}.hostname`, hostname, "must be a DNS name, not an IP address"));
    }
    return errors;
  });
}
