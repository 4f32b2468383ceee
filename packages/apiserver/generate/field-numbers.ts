/**
 * Writes src/protobuf/generated/field-numbers.ts: of every kind that clients send as protobuf, which field has which
 * number and type, read from the tags of the Go types of k8s.io/api and k8s.io/apimachinery.
 * Run: node packages/apiserver/generate/field-numbers.ts API_FOLDER APIMACHINERY_FOLDER (both of the Go module cache).
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = [
  "core",
  "apps",
  "networking",
  "rbac",
  "coordination",
  "policy",
  "discovery",
  "authentication",
  "authorization",
  "autoscaling",
  "events",
];

const roots = [
  "core.ConfigMap core.Endpoints core.Event core.Namespace core.Node core.Pod core.Secret core.Service core.ServiceAccount core.Binding",
  "apps.Deployment apps.ReplicaSet networking.NetworkPolicy policy.Eviction policy.PodDisruptionBudget",
  "rbac.Role rbac.RoleBinding rbac.ClusterRole rbac.ClusterRoleBinding coordination.Lease discovery.EndpointSlice",
  "authentication.TokenRequest authentication.TokenReview authentication.SelfSubjectReview autoscaling.Scale events.Event",
  "authorization.SubjectAccessReview authorization.SelfSubjectAccessReview authorization.SelfSubjectRulesReview",
  "authorization.LocalSubjectAccessReview meta.DeleteOptions",
].flatMap((line) => line.split(" "));

/** Go types with a form of their own on the wire and in JSON. */
const special: Readonly<Record<string, string>> = {
  "meta.Time": "T",
  "meta.MicroTime": "U",
  "meta.FieldsV1": "F",
  "meta.Duration": "D",
  "resource.Quantity": "Q",
  "intstr.IntOrString": "I",
  "runtime.RawExtension": "R",
};

interface Field {
  readonly number: string;
  readonly json: string;
  readonly type: string;
}

const structs = new Map<string, Field[]>();
/** `type PodPhase string`, `type ResourceList map[ResourceName]resource.Quantity`, `type ExtraValue []string`. */
const aliases = new Map<string, string>();

function read(group: string, file: string): void {
  const source = readFileSync(file, "utf8").replaceAll(/^\s*\/\/.*$/gm, "");
  for (const [, name = "", body = ""] of source.matchAll(/^type (\w+) struct \{\n([^]*?)^\}/gm)) {
    const fields: Field[] = [];
    for (const line of body.split("\n")) {
      const match = /^\s*(?:(\w+)\s+)?([*\w.[\]]+)\s+`.*?json:"([^"]*)".*?protobuf:"\w+,(\d+),/.exec(line);
      if (match === null) continue;
      const [, , type = "", json = "", number = ""] = match;
      const jsonName = json.split(",")[0] ?? "";
      fields.push({ number, json: jsonName === "" ? "~" : jsonName, type: type.trim() });
    }
    structs.set(`${group}.${name}`, fields);
  }
  for (const [, name = "", type = ""] of source.matchAll(/^type (\w+) ([*\w.[\]]+)$/gm))
    aliases.set(`${group}.${name}`, type);
}

const [apiFolder = "", machineryFolder = ""] = process.argv.slice(2);
for (const group of packages)
  for (const file of readdirSync(join(apiFolder, group, "v1")))
    if (/^types.*\.go$/.test(file)) read(group, join(apiFolder, group, "v1", file));
read("meta", join(machineryFolder, "pkg/apis/meta/v1/types.go"));

const scalars: Readonly<Record<string, string>> = {
  string: "s",
  bool: "b",
  int: "n",
  int32: "n",
  int64: "n",
  uint8: "n",
  float64: "f",
  byte: "y",
};

const wanted = new Set<string>(roots);

/** The type's code: a scalar's letter, `*`, `[]` and `{}` before it, or a struct's name. */
function codeOf(group: string, type: string): string {
  if (type.startsWith("*")) return `*${codeOf(group, type.slice(1))}`;
  if (type === "[]byte") return "y";
  if (type.startsWith("[]")) return `[]${codeOf(group, type.slice(2))}`;
  const map = /^map\[[\w.]+\](.+)$/.exec(type);
  if (map !== null) return `{}${codeOf(group, map[1] ?? "")}`;
  if (scalars[type] !== undefined) return scalars[type] ?? "";
  const [first = "", second] = type.split(".");
  const home = second === undefined ? group : first.replace(/^metav1$/, "meta").replace(/^(v1|corev1)$/, "core");
  const name = `${home}.${second ?? first}`;
  if (special[name] !== undefined) return special[name] ?? "";
  if (structs.has(name)) {
    wanted.add(name);
    return name;
  }
  const alias = aliases.get(name);
  if (alias === undefined) return "s";
  // A named list stands on the wire as a message of its own.
  return alias === "[]string" ? "L" : codeOf(home, alias);
}

const lines: string[] = [];
for (const name of wanted) {
  const group = name.split(".")[0] ?? "";
  const fields = (structs.get(name) ?? []).map(({ number, json, type }) => `${number} ${json} ${codeOf(group, type)}`);
  lines.push(`${name}\t${fields.join(";")}`);
}
const out = fileURLToPath(new URL("../src/protobuf/generated/field-numbers.ts", import.meta.url));
writeFileSync(
  out,
  `// Made by generate/field-numbers.ts from the tags of Kubernetes 1.36's Go types. Do not edit.\nexport const fieldNumbers = \`\n${lines.sort().join("\n")}\n\`;\n`,
);
