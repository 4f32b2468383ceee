import type { KubeObject, ObjectRef } from "@bulkhead/api";
import { type Because, check, type Snapshot, templateOf, type WorkloadVerdict } from "@bulkhead/policy";
import { lineFinder, type Manifest } from "./manifest.ts";
import { isNamespaced, type WellFormed, wellFormed, withoutNulls } from "./well-formed.ts";

/** One broken rule, and the line that it stands on. */
export interface Broken extends Because {
  readonly level: "refused" | "warned";
  readonly line: number;
}

/** What would become of one object. */
export interface Judged {
  readonly file: string;
  readonly line: number;
  readonly object: ObjectRef;
  /** refused: the API server or the node would; warned: it would pass, and something is not as it should be. */
  readonly answer: "passes" | "warned" | "refused";
  /** Whether it makes pods, and the deciders were asked. */
  readonly makesPods: boolean;
  readonly broken: readonly Broken[];
  /** Why its pods may be, where they may. */
  readonly passes: readonly Because[];
  /** Exceptions without which it would be refused. */
  readonly lifted: readonly Because[];
}

const inNamespace = (object: KubeObject, namespace: string): KubeObject =>
  isNamespaced(object) === true && object.metadata.namespace === undefined
    ? { ...object, metadata: { ...object.metadata, namespace } }
    : object;

/** What every namespace has from its birth. */
const born = (namespace: string): KubeObject[] => [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name: "default" } },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name: "kube-root-ca.crt" } },
];

/** Judges manifests as if they were applied together: by schema, by their kind's rules, and by all deciders. */
export function judgeManifests(snapshot: Snapshot, manifests: readonly Manifest[], namespace: string): Judged[] {
  const read = manifests.map((manifest) => {
    const object = inNamespace(manifest.object, namespace);
    return { manifest, object, form: wellFormed(object) };
  });
  const namespaces = new Set(read.map((r) => r.object.metadata.namespace).filter((n) => n !== undefined));
  const known = { ...snapshot, objects: [...snapshot.objects, ...[...namespaces].flatMap(born)] };
  // What is of a wrong type is no object of its kind: no decider is asked.
  const sound = read.filter((r) => !r.form.errors.some((e) => e.rule === "type"));
  const checked = check(
    known,
    sound.map((r) => withoutNulls(r.object)),
  );
  // A verdict each for those that make pods, in order.
  const verdicts = new Map(
    sound.filter((r) => templateOf(r.object) !== undefined).map((r, i) => [r, checked[i]?.verdict]),
  );
  return read.map((r) => judged(r.manifest, r.object, r.form, verdicts.get(r)));
}

function judged(
  manifest: Manifest,
  object: KubeObject,
  { errors, warnings }: WellFormed,
  verdict: WorkloadVerdict | undefined,
): Judged {
  const refusedBy = verdict?.decision === "deny" ? verdict.because : [];
  const warnedBy = verdict?.decision === "warn" ? verdict.because : [];
  const all = [
    ...[...errors, ...refusedBy].map((b) => ({ ...b, level: "refused" as const })),
    ...[...warnings, ...warnedBy].map((b) => ({ ...b, level: "warned" as const })),
  ];
  const lineOf = lineFinder(manifest);
  return {
    file: manifest.file,
    line: lineOf("kind"),
    object: refOf(object),
    answer: errors.length + refusedBy.length > 0 ? "refused" : all.length > 0 ? "warned" : "passes",
    makesPods: verdict !== undefined,
    broken: all.map((b) => ({ ...b, line: lineOf(b.field ?? "kind") })),
    passes: verdict?.decision === "allow" ? verdict.because : [],
    lifted: verdict?.lifted ?? [],
  };
}

const refOf = ({ apiVersion, kind, metadata }: KubeObject): ObjectRef => ({
  apiVersion,
  kind,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  name: metadata.name ?? `${metadata.generateName ?? ""}…`,
});
