import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "../generated/types.ts";
import { formatLabelSelector, validateLabelSelector } from "../label-selector.ts";
import { isValidPortName, isValidPortNum, nameIsDNSSubdomain } from "../name-validation.ts";
import { ageCell } from "../table-rows.ts";
import { type Cidr, cidrContains, cidrErrors, parseCidr } from "./addresses.ts";
import { ageColumn, column, nameColumn } from "./columns.ts";
import { oneOfErrors } from "./name-fields.ts";
import { defineRow, nextGeneration, startGeneration } from "./row.ts";
import { semanticEqual } from "./semantic-equal.ts";

const protocols = ["TCP", "UDP", "SCTP"];
const policyTypes = ["Ingress", "Egress"];

function portErrors({ port, endPort, protocol }: NetworkPolicyPort, path: string): FieldError[] {
  const errors = protocol === undefined ? [] : oneOfErrors(`${path}.protocol`, protocol, protocols);
  const at = `${path}.endPort`;
  if (port === undefined) {
    if (endPort !== undefined) {
      errors.push(field.invalid(at, endPort, "may not be specified when `port` is not specified"));
    }
    return errors;
  }
  if (typeof port === "string") {
    if (endPort !== undefined) {
      errors.push(field.invalid(at, endPort, "may not be specified when `port` is non-numeric"));
    }
    return errors.concat(isValidPortName(port).map((message) => field.invalid(`${path}.port`, port, message)));
  }
  errors.push(...isValidPortNum(port).map((message) => field.invalid(`${path}.port`, port, message)));
  if (endPort === undefined) return errors;
  if (endPort < port) errors.push(field.invalid(at, port, "must be greater than or equal to `port`"));
  return errors.concat(isValidPortNum(endPort).map((message) => field.invalid(at, endPort, message)));
}

const isStrictSubset = (inner: Cidr, outer: Cidr): boolean =>
  cidrContains(outer, inner.address) && inner.prefix > outer.prefix;

function blockErrors({ cidr, except = [] }: IPBlock, path: string, existing: ReadonlySet<string>): FieldError[] {
  if (cidr === "") return [field.required(`${path}.cidr`)];
  const errors = existing.has(cidr) ? [] : cidrErrors(`${path}.cidr`, cidr);
  const outer = parseCidr(cidr);
  if (outer === undefined) return errors;
  except.forEach((text, index) => {
    const at = field.index(`${path}.except`, index);
    if (!existing.has(text)) errors.push(...cidrErrors(at, text));
    const inner = parseCidr(text);
    if (inner !== undefined && !isStrictSubset(inner, outer)) {
      errors.push(field.invalid(at, text, "must be a strict subset of `cidr`"));
    }
  });
  return errors;
}

function peerErrors(peer: NetworkPolicyPeer, path: string, existing: ReadonlySet<string>): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const errors = [
    ...validateLabelSelector(podSelector, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
  ];
  if (ipBlock !== undefined) {
    errors.push(...blockErrors(ipBlock, `${path}.ipBlock`, existing));
    if (podSelector !== undefined || namespaceSelector !== undefined) {
      errors.push(field.forbidden(path, "may not specify both ipBlock and another peer"));
    }
  } else if (podSelector === undefined && namespaceSelector === undefined) {
    errors.push(field.required(path, "must specify a peer"));
  }
  return errors;
}

function ruleErrors(
  ports: readonly NetworkPolicyPort[],
  peers: readonly NetworkPolicyPeer[],
  path: string,
  side: "from" | "to",
  existing: ReadonlySet<string>,
): FieldError[] {
  return [
    ...ports.flatMap((port, index) => portErrors(port, field.index(`${path}.ports`, index))),
    ...peers.flatMap((peer, index) => peerErrors(peer, field.index(`${path}.${side}`, index), existing)),
  ];
}

function validate(policy: NetworkPolicy, existing: ReadonlySet<string>): FieldError[] {
  const { podSelector, ingress = [], egress = [], policyTypes: types = [] } = policy.spec ?? {};
  const errors = validateLabelSelector(podSelector, "spec.podSelector");
  ingress.forEach(({ ports = [], from = [] }, index) => {
    errors.push(...ruleErrors(ports, from, field.index("spec.ingress", index), "from", existing));
  });
  egress.forEach(({ ports = [], to = [] }, index) => {
    errors.push(...ruleErrors(ports, to, field.index("spec.egress", index), "to", existing));
  });
  if (types.length > policyTypes.length) {
    return [...errors, field.invalid("spec.policyTypes", types, "may not specify more than two policyTypes")];
  }
  types.forEach((type, index) => {
    errors.push(...oneOfErrors(field.index("spec.policyTypes", index), type, policyTypes));
  });
  return errors;
}

/** Blocks that stand already may stay, whatever rules came since. */
function existingBlocks(policy: NetworkPolicy): ReadonlySet<string> {
  const peers = [
    ...(policy.spec?.ingress ?? []).flatMap(({ from = [] }) => from),
    ...(policy.spec?.egress ?? []).flatMap(({ to = [] }) => to),
  ];
  return new Set(
    peers.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [ipBlock.cidr, ...(ipBlock.except ?? [])])),
  );
}

const none: ReadonlySet<string> = new Set();

export const networkPolicyRow = defineRow<NetworkPolicy>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  resource: "networkpolicies",
  shortNames: ["netpol"],
  namespaced: true,
  schema: "io.k8s.api.networking.v1.NetworkPolicy",
  defaults(draft) {
    draft.spec ??= {};
    const { ingress = [], egress = [] } = draft.spec;
    draft.spec.policyTypes ??= egress.length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
    for (const { ports = [] } of [...ingress, ...egress]) for (const port of ports) port.protocol ??= "TCP";
  },
  prepareCreate: startGeneration,
  prepareUpdate: (draft, old) => nextGeneration(draft, old, !semanticEqual(draft.spec, old.spec)),
  validateCreate: (policy) => validate(policy, none),
  validateUpdate: (next, old) => validate(next, existingBlocks(old)),
  table: {
    columns: [nameColumn, column("Pod-Selector", { description: "The pods that the policy is for." }), ageColumn],
    cells: (policy, now) => [
      policy.metadata.name ?? "",
      formatLabelSelector(policy.spec?.podSelector),
      ageCell(policy.metadata.creationTimestamp, now),
    ],
  },
  nameErrors: nameIsDNSSubdomain,
});
