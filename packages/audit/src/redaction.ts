/** Names of fields whose values are secret wherever they stand. */
const secretNames = /^(data|stringData|token|password|clientSecret|secret|privateKey|dockerconfigjson|authorization)$/i;
/** Kinds whose `data` is no secret. */
const openKinds = new Set(["ConfigMap"]);

export const redacted = "REDACTED";

/**
 * A body as it may stand in a record: values under secret names replaced, by kind and by name; environment variables'
 * literal values replaced; managedFields left out, and the annotation that repeats the whole object.
 */
export function redactBody(body: unknown): unknown {
  const kind = typeof body === "object" && body !== null ? (body as { kind?: unknown }).kind : undefined;
  return redact(body, typeof kind === "string" && openKinds.has(kind), "");
}

function redact(value: unknown, openData: boolean, under: string): unknown {
  if (Array.isArray(value)) return value.map((item) => redact(item, openData, under));
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [name, held] of Object.entries(value)) {
    if (name === "managedFields" || name === "kubectl.kubernetes.io/last-applied-configuration") continue;
    const secret = secretNames.test(name) && !(openData && name === "data");
    if (secret) result[name] = redactWhole(held);
    else if (under === "env" && name === "value") result[name] = redacted;
    else result[name] = redact(held, openData, name);
  }
  return result;
}

/** Keeps the keys of a map, for they tell which entry was touched; hides the values. */
function redactWhole(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return redacted;
  return Object.fromEntries(Object.keys(value).map((name) => [name, redacted]));
}
