import type { FieldError } from "./field-error.ts";
import type { KubeObject } from "./object.ts";
import type { Json, TableColumnDefinition } from "./table.ts";

/** Facts a row may need but may not look up: the pure functions get them handed in. */
export interface RowFacts {
  /** RFC 3339, seconds. */
  readonly now: string;
  /** Five characters of Kubernetes' name alphabet, fresh at each call. */
  readonly randomSuffix: () => string;
}

/** How a subresource that replaces a part of the object (status, ephemeralcontainers, resize) changes it. */
export interface SubresourceStrategy<T extends KubeObject> {
  /** Takes what the client sent (draft) and puts back from old whatever this subresource may not touch. */
  prepareUpdate(draft: T, old: T, facts: RowFacts): void;
  validateUpdate(next: T, old: T): FieldError[];
  /** Field paths (`spec`, `metadata.labels`) that this subresource's writes never own in managedFields. */
  readonly resetFields: readonly string[];
  /** Where given, the only field paths that this subresource's writes own; list elements are passed through. */
  readonly ownedFields?: readonly string[];
}

/** replicas and selector of a kind with a scale subresource. */
export interface ScaleStrategy<T extends KubeObject> {
  /** Paths, as in a CustomResourceDefinition: `.spec.replicas`, `.status.replicas`. */
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  /** The label selector in its string form, e.g. `app=web`. */
  selector(object: T): string;
}

/** Server-side printing. */
export interface TableRow<T extends KubeObject> {
  readonly columns: readonly TableColumnDefinition[];
  /** One cell a column. `now` in milliseconds since the epoch. */
  cells(object: T, now: number): Json[];
}

/**
 * A kind is a row. The write pipeline calls it in this order: defaults → (mutating admission) → defaults →
 * prepareCreate or prepareUpdate → validate → (validating admission). Functions change only the draft that they are
 * handed and are otherwise pure. A row that lacks a part does not compile.
 */
export interface KindRow<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, lower case: the URL's word. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** The verbs discovery lists. */
  readonly verbs: readonly string[];
  /** Identifier in the schema facts, e.g. `io.k8s.api.core.v1.Pod`. */
  readonly schema: string;
  /** Fills in what the client left out. Idempotent. */
  defaults(draft: T): void;
  prepareCreate(draft: T, facts: RowFacts): void;
  /** Also sets metadata.generation where the kind counts it. */
  prepareUpdate(draft: T, old: T, facts: RowFacts): void;
  /** All broken rules at once, metadata's own excepted (the pipeline checks ObjectMeta for every kind). */
  validateCreate(next: T): FieldError[];
  validateUpdate(next: T, old: T): FieldError[];
  /** Messages for the Warning header (deprecated fields and the like). */
  warnings(next: T, old: T | undefined): string[];
  /** Field paths that a write of the main resource never owns in managedFields (usually `status`). */
  readonly resetFields: readonly string[];
  /** `status`, `ephemeralcontainers`, `resize`, … ; an absent name is not served. */
  readonly subresources: Readonly<Record<string, SubresourceStrategy<T>>>;
  readonly scale: ScaleStrategy<T> | undefined;
  readonly table: TableRow<T>;
  /** Field selectors beyond metadata.name and metadata.namespace: label of the field to its value as a string. */
  readonly fieldSelectors: Readonly<Record<string, (object: T) => string>>;
  /** How the name must look: a validator that returns messages, as in apimachinery's NameIsDNSSubdomain. */
  nameErrors(name: string, prefix: boolean): string[];
  /** PUT to an absent name creates it (Lease, Endpoints, Service … as upstream). */
  readonly createOnUpdate: boolean;
  /** PUT without a resourceVersion overwrites. */
  readonly unconditionalUpdate: boolean;
  /** Seconds of grace a deletion gets, or undefined where the kind is deleted at once. */
  gracePeriod(object: T, asked: number | undefined): number | undefined;
  /** Bytes are sealed at rest and opened per response. */
  readonly sealed: boolean;
}
