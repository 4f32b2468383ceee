import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import type { Node, Taint } from "../generated/types.ts";
import { isQualifiedName, isValidLabelValue, nameIsDNSSubdomain } from "../name-validation.ts";
import { ageCell } from "../table-rows.ts";
import { cidrErrors, isDualStackPair } from "./addresses.ts";
import { ageColumn, column, nameColumn, wideColumn } from "./columns.ts";
import { resourceQuantityErrors } from "./resources.ts";
import { defineRow, putBack, statusStrategy } from "./row.ts";
import { semanticEqual } from "./semantic-equal.ts";

const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function taintErrors(taints: readonly Taint[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  taints.forEach((taint, index) => {
    // Upstream looks for taints under metadata; clients know the messages so.
    const path = field.index("metadata.taints", index);
    for (const message of isQualifiedName(taint.key)) errors.push(field.invalid(`${path}.key`, taint.key, message));
    const value = taint.value ?? "";
    const wrong = isValidLabelValue(value);
    if (wrong.length > 0) errors.push(field.invalid(`${path}.value`, value, wrong.join(";")));
    if (taint.effect === "") errors.push(field.required(`${path}.effect`));
    else if (!taintEffects.includes(taint.effect)) {
      errors.push(field.notSupported(`${path}.effect`, taint.effect, taintEffects));
    }
    const identity = `${taint.effect}\n${taint.key}`;
    if (seen.has(identity)) {
      const { message, ...rest } = field.duplicate(path, {
        Key: taint.key,
        Value: value,
        Effect: taint.effect,
        TimeAdded: taint.timeAdded ?? null,
      });
      errors.push({ ...rest, message: `${message}: taints must be unique by key and effect pair` });
    }
    seen.add(identity);
  });
  return errors;
}

function podCidrErrors(cidrs: readonly string[]): FieldError[] {
  const errors = cidrs.flatMap((cidr, index) => cidrErrors(field.index("spec.podCIDRs", index), cidr));
  if (cidrs.length > 1 && (cidrs.length > 2 || !isDualStackPair(cidrs))) {
    errors.push(field.invalid("spec.podCIDRs", cidrs, "may specify no more than one CIDR for each IP family"));
  }
  return errors;
}

function resourceErrors(node: Node): FieldError[] {
  const errors: FieldError[] = [];
  for (const list of ["capacity", "allocatable"] as const) {
    for (const [name, quantity] of Object.entries(node.status?.[list] ?? {})) {
      errors.push(...resourceQuantityErrors(name, quantity, `status.${list}.${name}`));
    }
  }
  return errors;
}

function validate(node: Node): FieldError[] {
  return [
    ...taintErrors(node.spec?.taints ?? []),
    ...resourceErrors(node),
    ...podCidrErrors(node.spec?.podCIDRs ?? []),
  ];
}

function changeErrors(next: Node, old: Node): FieldError[] {
  const errors: FieldError[] = [];
  const addresses = next.status?.addresses ?? [];
  addresses.forEach((address, index) => {
    if (addresses.slice(0, index).some((other) => other.type === address.type && other.address === address.address)) {
      const shown = { Type: address.type, Address: address.address };
      errors.push(field.duplicate(field.index("status.addresses", index), shown));
    }
  });
  const hadCidrs = old.spec?.podCIDRs ?? [];
  if (hadCidrs.length > 0 && !semanticEqual(hadCidrs, next.spec?.podCIDRs)) {
    errors.push(field.forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'));
  }
  const hadProvider = old.spec?.providerID ?? "";
  if (hadProvider !== "" && hadProvider !== next.spec?.providerID) {
    errors.push(field.forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid'));
  }
  if ((next.spec?.externalID ?? "") !== (old.spec?.externalID ?? "")) {
    errors.push(field.forbidden("spec.externalID", "may not be updated"));
  }
  return errors;
}

/** podCIDR and podCIDRs are one: either may be written, both are read. */
function joinPodCidrs(draft: Node): void {
  const { spec } = draft;
  if (spec === undefined) return;
  const first = spec.podCIDR ?? "";
  if (first !== "" && spec.podCIDRs?.[0] !== first) spec.podCIDRs = [first];
  if (first === "" && spec.podCIDRs?.[0] !== undefined) spec.podCIDR = spec.podCIDRs[0];
}

const rolePrefix = "node-role.kubernetes.io/";

function roles(node: Node): string {
  const found = new Set<string>();
  for (const [label, value] of Object.entries(node.metadata.labels ?? {})) {
    if (label.startsWith(rolePrefix) && label.length > rolePrefix.length) found.add(label.slice(rolePrefix.length));
    else if (label === "kubernetes.io/role" && value !== "") found.add(value);
  }
  return found.size === 0 ? "<none>" : [...found].sort().join(",");
}

function statusCell(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const words = [ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady"];
  if (node.spec?.unschedulable === true) words.push("SchedulingDisabled");
  return words.join(",");
}

const addressCell = (node: Node, type: string): string =>
  node.status?.addresses?.find((address) => address.type === type)?.address ?? "<none>";

const orUnknown = (text: string | undefined): string => (text === undefined || text === "" ? "<unknown>" : text);

export const nodeRow = defineRow<Node>({
  group: "",
  version: "v1",
  kind: "Node",
  resource: "nodes",
  shortNames: ["no"],
  namespaced: false,
  schema: "io.k8s.api.core.v1.Node",
  defaults(draft) {
    joinPodCidrs(draft);
    const { status } = draft;
    if (status?.capacity !== undefined && status.allocatable === undefined) status.allocatable = { ...status.capacity };
  },
  prepareCreate(draft) {
    // Dynamic kubelet configuration is gone upstream.
    delete draft.spec?.configSource;
    delete draft.status?.config;
  },
  prepareUpdate(draft, old) {
    putBack(draft, old, "status");
    if (old.spec?.configSource === undefined) delete draft.spec?.configSource;
  },
  validateCreate: validate,
  validateUpdate: (next, old) => [...validate(next), ...changeErrors(next, old)],
  warnings(next) {
    return (next.spec?.externalID ?? "") === ""
      ? []
      : ["spec.externalID: this field is deprecated, and is unused by Kubernetes"];
  },
  resetFields: ["status"],
  subresources: {
    status: statusStrategy((next, old) => [
      ...resourceErrors(next),
      ...changeErrors(next, old),
      ...taintErrors(next.spec?.taints ?? []),
    ]),
  },
  fieldSelectors: { "spec.unschedulable": (node) => String(node.spec?.unschedulable ?? false) },
  table: {
    columns: [
      nameColumn,
      column("Status", { description: "The status of the node" }),
      column("Roles", { description: "The roles of the node" }),
      ageColumn,
      column("Version", { description: "The version of the kubelet." }),
      wideColumn("Internal-IP", { description: "The first address inside the cluster." }),
      wideColumn("External-IP", { description: "The first address outside the cluster." }),
      wideColumn("OS-Image", { description: "The operating system." }),
      wideColumn("Kernel-Version", { description: "The kernel and its architecture." }),
      wideColumn("Container-Runtime", { description: "The container runtime and its version." }),
    ],
    cells(node, now) {
      const info = node.status?.nodeInfo;
      const architecture = info?.architecture ?? "";
      return [
        node.metadata.name ?? "",
        statusCell(node),
        roles(node),
        ageCell(node.metadata.creationTimestamp, now),
        info?.kubeletVersion ?? "",
        addressCell(node, "InternalIP"),
        addressCell(node, "ExternalIP"),
        orUnknown(info?.osImage),
        `${orUnknown(info?.kernelVersion)}${architecture === "" ? "" : ` (${architecture})`}`,
        orUnknown(info?.containerRuntimeVersion),
      ];
    },
  },
  nameErrors: nameIsDNSSubdomain,
});
