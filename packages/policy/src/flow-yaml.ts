const plain = /^[A-Za-z/_][A-Za-z0-9/_.@-]*$/;
const reserved = /^(y|n|yes|no|on|off|true|false|null|~)$/i;

const scalar = (text: string): string => (plain.test(text) && !reserved.test(text) ? text : JSON.stringify(text));

/** A value as YAML on one line: `{app: web, ports: [80]}`. Undefined members are left out. */
export function flowYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowYaml).join(", ")}]`;
  if (typeof value === "string") return scalar(value);
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${scalar(key)}: ${flowYaml(member)}`).join(", ")}}`;
}
