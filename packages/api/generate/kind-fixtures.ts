/**
 * Turns recorded answers of a real API server into what a row of kinds must do by itself: defaults, preparation,
 * validation, table cells. Writes src/kinds/fixtures/*.json, one file an area.
 * Run: node packages/api/generate/kind-fixtures.ts EXCHANGES.jsonl
 * (one case a line: name, steps with method, path, body, headers, pick, quiet; answers with code, body, warning).
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { KindRow } from "../src/index.ts";
import { rowFor } from "../src/index.ts";

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pick?: string;
  readonly quiet?: boolean;
}
interface Answer {
  readonly code: number;
  readonly body: unknown;
  readonly warning?: readonly string[];
}
interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly answers: readonly (Answer | null)[];
}

/** Areas whose answers follow from rows alone, and the cases in others that do. */
const areas = ["default", "invalid", "sub", "list"];
const others = [
  "meta/generation",
  "meta/immutable-configmap",
  "meta/configmap-keys",
  "meta/namespace",
  "meta/bad-names",
  "crd/bad",
  "crd/established",
];
/** What another part answers: admission, allocation, decoding, controllers. */
const elsewhere = ["default/pod-token", "default/limitrange", "list/label", "list/pages", "list/delete-collection"];

const patchKinds: Readonly<Record<string, string>> = {
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/json-patch+json": "json",
};

interface Target {
  readonly row: KindRow;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

function targetOf(path: string): Target | undefined {
  const match =
    /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/\{ns\})?\/(?<rest>[^?]+)/.exec(
      path,
    );
  if (match?.groups === undefined) return undefined;
  const [resource = "", name, subresource] = (match.groups["rest"] ?? "").split("/");
  const row = rowFor(match.groups["group"] ?? "", match.groups["version"] ?? "v1", resource);
  return row === undefined ? undefined : { row, name, subresource };
}

const dropped = ["creationTimestamp", "uid", "resourceVersion", "namespace", "managedFields"];

function withoutServerFields(body: unknown): unknown {
  if (typeof body !== "object" || body === null || !("metadata" in body)) return body;
  const { metadata, ...rest } = body as { metadata: Record<string, unknown> };
  return { ...rest, metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !dropped.includes(key))) };
}

/** `299 - "text"` → text */
const warningText = (header: string): string => JSON.parse(header.replace(/^299 - /, "")) as string;

function expectation(step: Step, answer: Answer | null, row: KindRow): object | undefined {
  if (answer === null || step.quiet === true) return {};
  if (step.headers?.["Accept"]?.includes("as=Table") === true) {
    return step.pick === "rows.0.cells" ? { cells: answer.body } : undefined;
  }
  const warnings = (answer.warning ?? [])
    .map(warningText)
    .filter((text) => !text.includes(" is deprecated in v1.33+; use "));
  if (answer.code === 422) {
    const details = (answer.body as { details?: { kind?: string; causes?: unknown[] } }).details;
    // Options and patches are refused before a row is asked.
    if (details?.kind !== row.kind) return undefined;
    // What an allocator refuses comes before a row's own rules.
    if (/failed to allocate|not in the valid range/.test(JSON.stringify(details.causes))) return undefined;
    return { causes: details.causes };
  }
  if (answer.code !== 200 && answer.code !== 201) return undefined;
  const body = withoutServerFields(answer.body);
  return step.pick === undefined ? { object: body, warnings } : { pick: step.pick, value: body };
}

function fixtureStep(step: Step, answer: Answer | null): object | undefined {
  const target = targetOf(step.path);
  if (target === undefined || step.path.includes("/namespaces/absent")) return undefined;
  // Rules in CEL are not evaluated yet.
  if (JSON.stringify(step.body ?? {}).includes("x-kubernetes-validations")) return undefined;
  const { row, name, subresource } = target;
  if (subresource !== undefined && row.subresources[subresource] === undefined) return undefined;
  const expect = expectation(step, answer, row);
  if (expect === undefined) return undefined;
  const kind = { group: row.group, version: row.version, resource: row.resource };
  if (step.method === "GET") return "cells" in expect ? { verb: "table", ...kind, expect } : undefined;
  if (step.method === "POST") return { verb: "create", ...kind, body: step.body, expect };
  const shared = {
    ...kind,
    name: name?.replace("{ns}", "<ns>"),
    ...(subresource === undefined ? {} : { subresource }),
  };
  if (step.method === "PUT") return { verb: "update", ...shared, body: step.body, expect };
  const patch = patchKinds[step.headers?.["Content-Type"] ?? ""];
  return step.method === "PATCH" && patch !== undefined
    ? { verb: "patch", ...shared, patch, body: step.body, expect }
    : undefined;
}

const source = process.argv[2];
if (source === undefined) throw new Error("which file of recorded answers?");
const lines = readFileSync(source, "utf8").split("\n");
const byArea = new Map<string, object[]>();
for (const line of lines.filter((text) => text !== "")) {
  const recorded = JSON.parse(line) as Case;
  const area = recorded.name.split("/")[0] ?? "";
  if (!areas.includes(area) && !others.includes(recorded.name)) continue;
  if (elsewhere.some((prefix) => recorded.name.startsWith(prefix))) continue;
  const steps = recorded.steps
    .map((step, index) => fixtureStep(step, recorded.answers[index] ?? null))
    .filter((step) => step !== undefined);
  const asks = steps.some((step) => Object.keys((step as { expect: object }).expect).length > 0);
  if (asks) byArea.set(area, [...(byArea.get(area) ?? []), { name: recorded.name, steps }]);
}
const folder = fileURLToPath(new URL("../src/kinds/fixtures/", import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [area, cases] of byArea) {
  writeFileSync(`${folder}${area}.json`, `[\n${cases.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
}
