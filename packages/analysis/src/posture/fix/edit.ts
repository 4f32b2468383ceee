import type { KubeObject, ObjectRef } from "@bulkhead/api";
import { kindKeyOf } from "../../snapshot/kinds.ts";
import type { Change, ObjectSet } from "../../snapshot/object-set.ts";
import type { Edit } from "../control.ts";

/** `spec.containers[0].env["a.b"].x` as steps: names and indices. */
export function fieldSteps(field: string): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  for (const [, name, index, quoted] of field.matchAll(/([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/g)) {
    if (index !== undefined) steps.push(Number(index));
    else steps.push(quoted === undefined ? (name ?? "") : (JSON.parse(`"${quoted}"`) as string));
  }
  return steps;
}

type Tree = Record<string | number, unknown>;

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null;

/** A copy of a value with one field set or (undefined) removed; what is not on the way is shared. */
function withField(value: unknown, [step, ...rest]: readonly (string | number)[], to: unknown): unknown {
  if (step === undefined) return to;
  const numbered = typeof step === "number";
  const base: Tree = isTree(value) ? value : numbered ? ([] as unknown as Tree) : {};
  const inner = withField(base[step], rest, to);
  if (Array.isArray(base)) {
    const copy: unknown[] = [...base];
    if (inner === undefined && rest.length === 0) copy.splice(Number(step), 1);
    else copy[Number(step)] = inner;
    return copy;
  }
  const copy: Tree = { ...base };
  if (inner === undefined) delete copy[step];
  else copy[step] = inner;
  return copy;
}

const found = (objects: ObjectSet, { namespace = "", name, ...ref }: ObjectRef): KubeObject | undefined =>
  objects.get({ key: kindKeyOf(ref), namespaced: namespace !== "" }, namespace, name);

/** The changes that edits mean for a snapshot, an object once; an edit of an object that is not there means nothing. */
export function applyEdits(objects: ObjectSet, edits: readonly Edit[]): readonly Change[] {
  const changes = new Map<string, Change>();
  const keyOf = ({ kind, namespace, name }: Omit<Change, "object">): string => `${kind}\n${namespace}\n${name}`;
  for (const edit of edits) {
    if (edit.op === "create") {
      const { metadata } = edit.create;
      const at = { kind: kindKeyOf(edit.create), namespace: metadata.namespace ?? "", name: metadata.name ?? "" };
      changes.set(keyOf(at), { ...at, object: edit.create });
      continue;
    }
    const at = { kind: kindKeyOf(edit.object), namespace: edit.object.namespace ?? "", name: edit.object.name };
    const before = changes.has(keyOf(at)) ? changes.get(keyOf(at))?.object : found(objects, edit.object);
    if (before === undefined) continue;
    if (edit.op === "delete") {
      changes.set(keyOf(at), at);
      continue;
    }
    const object = withField(before, fieldSteps(edit.field), edit.op === "set" ? edit.value : undefined) as KubeObject;
    changes.set(keyOf(at), { ...at, object });
  }
  return [...changes.values()];
}
