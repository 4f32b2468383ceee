/**
 * What a real API server answered (fixtures/, written by generate/kind-fixtures.ts), held against the rows: the same
 * objects, the same causes to the letter, the same warnings, the same cells.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FieldError } from "../field-error.ts";
import type { Pod, Service } from "../generated/types.ts";
import type { KindRow } from "../kind-row.ts";
import type { KubeObject } from "../object.ts";
import { validateObjectMeta } from "../object-meta.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import { applyStrategicMergePatch } from "../patch/strategic-merge-patch.ts";
import { schemaOf } from "../schema-facts.ts";
import { needsClusterIP, needsNodePorts, rowFor, setClusterIP } from "./index.ts";

interface Step {
  readonly verb: "create" | "update" | "patch" | "table";
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly patch?: "merge" | "strategic" | "json";
  readonly body?: unknown;
  readonly expect: {
    readonly object?: unknown;
    readonly causes?: readonly FieldError[];
    readonly warnings?: readonly string[];
    readonly pick?: string;
    readonly value?: unknown;
    readonly cells?: readonly unknown[];
  };
}
interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
}

const now = "2026-11-21T12:00:00Z";
const namespace = "case";
const facts = { now, randomSuffix: (): string => "bcdfg" };

/** Bodies may be templates: `{ns}`, and a text repeated so that fixtures stay small. */
function filled(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("{ns}", namespace);
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== "object" || value === null) return value;
  if ("$repeat" in value) {
    const [text, count] = value.$repeat as [string, number];
    return text.repeat(count);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
}

/** What varies from run to run, made comparable as the recording did. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => {
      if (key === "clusterIP" && inner !== "None" && inner !== "") return "<ip>";
      if (key === "clusterIPs") return (inner as string[]).map((ip) => (ip === "None" ? ip : "<ip>"));
      if (key === "nodePort" && inner !== 0) return "<port>";
      if (inner === now) return "<time>";
      return typeof inner === "string" ? inner.replaceAll(namespace, "<ns>") : inner;
    }),
  );
}

/** The part of admission that the recording server did to every pod. */
function admitPod(pod: Pod): void {
  const { spec } = pod;
  if (spec === undefined) return;
  spec.serviceAccountName ??= "default";
  spec.serviceAccount = spec.serviceAccountName;
  spec.priority ??= 0;
  spec.preemptionPolicy ??= "PreemptLowerPriority";
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    if ((spec.tolerations ?? []).some((toleration) => toleration.key === key)) continue;
    const toleration = { effect: "NoExecute", key, operator: "Exists", tolerationSeconds: 300 } as const;
    spec.tolerations = [...(spec.tolerations ?? []), toleration];
  }
}

/** What the allocators would have given. */
function allocate(service: Service): void {
  if (needsClusterIP(service)) setClusterIP(service, "10.96.0.9");
  if (needsNodePorts(service)) for (const port of service.spec?.ports ?? []) port.nodePort ??= 30080;
}

/** A small write path: just enough order around the rows to ask them what the recorded server was asked. */
class Bench {
  readonly #objects = new Map<string, KubeObject>();

  constructor() {
    // The recording had a namespace for every case.
    this.run({
      verb: "create",
      group: "",
      version: "v1",
      resource: "namespaces",
      body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      expect: {},
    });
  }

  run(step: Step): {
    readonly object: KubeObject;
    readonly errors: readonly FieldError[];
    readonly warnings: readonly string[];
  } {
    const row = rowFor(step.group, step.version, step.resource);
    if (row === undefined) throw new Error(`no row of ${step.resource}`);
    const key = (name: string): string => `${step.resource}/${name}`;
    const old =
      step.name === undefined ? undefined : this.#objects.get(key(filled(step.name.replace("<ns>", "{ns}")) as string));
    const subresource = step.subresource === undefined ? undefined : row.subresources[step.subresource];
    const draft = this.#draft(step, row, old);
    row.defaults(draft);
    if (row.kind === "Pod") admitPod(draft as Pod);
    row.defaults(draft);
    let errors: readonly FieldError[];
    if (old === undefined) {
      row.prepareCreate(draft, facts);
      if (row.kind === "Service") allocate(draft as unknown as Service);
      const rules = {
        namespaced: row.namespaced,
        kubeFinalizers: true,
        nameErrors: (name: string, prefix: boolean) => row.nameErrors(name, prefix),
      };
      errors = [...validateObjectMeta(draft.metadata, rules), ...row.validateCreate(draft)];
    } else if (subresource !== undefined) {
      subresource.prepareUpdate(draft, old, facts);
      errors = subresource.validateUpdate(draft, old);
    } else {
      row.prepareUpdate(draft, old, facts);
      errors = row.validateUpdate(draft, old);
    }
    const warnings = row.warnings(draft, old);
    // Defaults are idempotent: what is stored reads back the same.
    const again = structuredClone(draft);
    row.defaults(again);
    if (errors.length === 0) {
      expect(again).toEqual(draft);
      this.#objects.set(key(draft.metadata.name ?? ""), draft);
    }
    return { object: draft, errors, warnings };
  }

  cells(step: Step): readonly unknown[] {
    const row = rowFor(step.group, step.version, step.resource);
    const object = [...this.#objects].find(([key]) => key.startsWith(`${step.resource}/`))?.[1];
    if (row === undefined || object === undefined) throw new Error(`nothing of ${step.resource}`);
    object.metadata.creationTimestamp = now;
    return row.table.cells(object, Date.parse(now) + 1000).map((cell) => (cell === "1s" ? "<age>" : cell));
  }

  #draft(step: Step, row: KindRow, old: KubeObject | undefined): KubeObject {
    const body = filled(step.body);
    if (step.verb !== "patch" || old === undefined) {
      const draft = body as KubeObject;
      if (row.namespaced) draft.metadata.namespace = namespace;
      if (old?.metadata.generation !== undefined) draft.metadata.generation = old.metadata.generation;
      return draft;
    }
    const current = structuredClone(old);
    switch (step.patch) {
      case "json":
        return applyJsonPatch(current, body as unknown[]) as KubeObject;
      case "strategic":
        return applyStrategicMergePatch(current, body as object, schemaOf(row.schema)) as KubeObject;
      default:
        return applyMergePatch(current, body) as KubeObject;
    }
  }
}

function withoutServerFields(object: KubeObject): unknown {
  const { namespace: _namespace, creationTimestamp: _created, ...metadata } = object.metadata;
  return comparable({ ...object, metadata });
}

const at = (object: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);

const shownCauses = (errors: readonly FieldError[]): FieldError[] =>
  errors
    .map(({ reason, field, message }) => ({
      reason,
      field,
      message: message.replaceAll(namespace, "<ns>").replace(/Invalid value: "\{.*\}": /, "Invalid value: <object>: "),
    }))
    .sort((a, b) => (JSON.stringify([a.field, a.message]) < JSON.stringify([b.field, b.message]) ? -1 : 1));

function check(bench: Bench, step: Step): void {
  const { expect: wanted } = step;
  if (step.verb === "table") {
    expect(bench.cells(step)).toEqual(wanted.cells);
    return;
  }
  const { object, errors, warnings } = bench.run(step);
  expect(shownCauses(errors)).toEqual(shownCauses(wanted.causes ?? []));
  if (wanted.object !== undefined) expect(withoutServerFields(object)).toEqual(wanted.object);
  if (wanted.warnings !== undefined) expect([...warnings].sort()).toEqual([...wanted.warnings].sort());
  if (wanted.pick === undefined) return;
  const value = at(comparable(object), wanted.pick);
  const shown: unknown = value === undefined ? { absent: wanted.pick } : value;
  expect(shown).toEqual(wanted.value);
}

const folder = new URL("./fixtures/", import.meta.url);
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .sort()) {
  describe(file.replace(".json", ""), () => {
    const cases = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Case[];
    test.each(cases)("$name", ({ steps }) => {
      const bench = new Bench();
      for (const step of steps) check(bench, step);
    });
  });
}
