import { parseCidr } from "../address/ip.ts";
import { AllowError } from "../allow/allow-error.ts";
import { parseTime } from "../exception/exceptions.ts";
import { parseTrust } from "../image/trust.ts";
import { readNodeAllowance } from "./allowance.ts";
import { cleanPath, type HostPathRule, type NodePolicy, type TimedAllowance } from "./node-policy.ts";

export type NodePolicyErrorCode = "syntax" | "shape" | "namespace" | "path" | "registry" | "webhook" | "allowance";

/** A node policy file that cannot be read. `field` says where. Whoever meets it starts no pod. */
export class NodePolicyError extends Error {
  readonly code: NodePolicyErrorCode;
  readonly field: string;
  constructor(code: NodePolicyErrorCode, field: string, why: string, cause?: unknown) {
    super(
      `the node's policy file: ${field === "" ? "" : `${field}: `}${why}`,
      cause === undefined ? undefined : { cause },
    );
    this.name = "NodePolicyError";
    this.code = code;
    this.field = field;
  }
}

const members = ["privilegedNamespaces", "hostPaths", "registries", "webhooks", "allowances"] as const;
const allowanceMembers = ["rule", "value", "reason", "author", "expires"] as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function list(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new NodePolicyError("shape", field, "must be a list");
  return value;
}

function knownMembers(value: Record<string, unknown>, allowed: readonly string[], field: string): void {
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key))
      throw new NodePolicyError("shape", field === "" ? key : `${field}.${key}`, `is not one of ${allowed.join(", ")}`);
  }
}

function namespace(value: unknown, field: string): string {
  if (value !== "*" && (typeof value !== "string" || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value))) {
    throw new NodePolicyError("namespace", field, 'must be the name of a namespace, or "*"');
  }
  return value;
}

function hostPath(value: unknown, field: string): HostPathRule {
  if (!isObject(value))
    throw new NodePolicyError("shape", field, 'must be like {"path": "/var/log", "readOnly": true}');
  knownMembers(value, ["path", "readOnly"], field);
  const path = typeof value["path"] === "string" ? cleanPath(value["path"]) : undefined;
  if (path === undefined)
    throw new NodePolicyError("path", `${field}.path`, 'must be an absolute path without "." and ".."');
  const readOnly = value["readOnly"] ?? true;
  if (typeof readOnly !== "boolean") throw new NodePolicyError("shape", `${field}.readOnly`, "must be true or false");
  return { path, readOnly };
}

function registry(value: unknown, field: string): string {
  if (typeof value !== "string" || parseTrust(value) === undefined) {
    throw new NodePolicyError(
      "registry",
      field,
      'must be like "registry.example:5000", "registry.example/shop/*" or "*"',
    );
  }
  return value;
}

function webhook(value: unknown, field: string): string {
  if (typeof value !== "string" || parseCidr(value) === undefined)
    throw new NodePolicyError("webhook", field, 'must be a block of addresses, like "10.1.2.0/24"');
  return value;
}

/** What has no end, no reason or no author allows nothing: the file is put right first. */
function allowance(value: unknown, field: string): TimedAllowance {
  if (!isObject(value)) throw new NodePolicyError("shape", field, `must have ${allowanceMembers.join(", ")}`);
  knownMembers(value, allowanceMembers, field);
  const [rule, what, reason, author, expires] = allowanceMembers.map((member) => {
    const text = value[member];
    if (typeof text !== "string" || text.trim() === "")
      throw new NodePolicyError("allowance", `${field}.${member}`, "must be a text");
    return text;
  }) as [string, string, string, string, string];
  if (Number.isNaN(parseTime(expires)))
    throw new NodePolicyError("allowance", `${field}.expires`, "must be a time such as 2026-12-01T00:00:00Z");
  try {
    return { rule: readNodeAllowance(rule, what).rule, value: what, reason, author, expires };
  } catch (cause) {
    if (!(cause instanceof AllowError)) throw cause;
    throw new NodePolicyError(
      "allowance",
      `${field}.${cause.code === "rule" ? "rule" : "value"}`,
      cause.message,
      cause,
    );
  }
}

/** Reads the file's text (JSON). A member left out is empty, a host path is read-only unless said. Throws NodePolicyError. */
export function parseNodePolicy(text: string): NodePolicy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new NodePolicyError("syntax", "", "is no JSON", cause);
  }
  if (!isObject(value)) throw new NodePolicyError("shape", "", "must be an object");
  knownMembers(value, members, "");
  const allowances = list(value["allowances"] ?? [], "allowances").map((v, i) => allowance(v, `allowances[${i}]`));
  const webhooks = list(value["webhooks"] ?? [], "webhooks").map((v, i) => webhook(v, `webhooks[${i}]`));
  return {
    privilegedNamespaces: list(value["privilegedNamespaces"] ?? [], "privilegedNamespaces").map((v, i) =>
      namespace(v, `privilegedNamespaces[${i}]`),
    ),
    hostPaths: list(value["hostPaths"] ?? [], "hostPaths").map((v, i) => hostPath(v, `hostPaths[${i}]`)),
    registries: list(value["registries"] ?? [], "registries").map((v, i) => registry(v, `registries[${i}]`)),
    ...(webhooks.length === 0 ? {} : { webhooks }),
    ...(allowances.length === 0 ? {} : { allowances }),
  };
}

/** The file's text for a policy; `parseNodePolicy` reads it back. */
export const formatNodePolicy = (policy: NodePolicy): string => `${JSON.stringify(policy, undefined, 2)}\n`;
