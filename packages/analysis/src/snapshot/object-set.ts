import type { KubeObject } from "@bulkhead/api";
import { type Kind, kindKeyOf } from "./kinds.ts";

/** Where nothing could be read, and why. */
export interface UnreadKind {
  /** A kind's key: `apps/Deployment`; `*` for every kind that is not there. */
  readonly kind: string;
  /** Only in this namespace; absent: anywhere. */
  readonly namespace?: string;
  readonly why: string;
}

/** An object that came, changed or went. */
export interface Change {
  readonly kind: string;
  /** "" for a cluster-scoped kind. */
  readonly namespace: string;
  readonly name: string;
  /** Absent: it went. */
  readonly object?: KubeObject;
}

type Names = Map<string, KubeObject>;

/** Objects by kind, namespace and name, with what could not be read. */
export class ObjectSet {
  readonly #kinds = new Map<string, Map<string, Names>>();
  readonly #unread = new Map<string, UnreadKind[]>();

  constructor(objects: Iterable<KubeObject> = [], unread: Iterable<UnreadKind> = []) {
    for (const object of objects) this.put(object);
    for (const each of unread) this.#unread.set(each.kind, [...(this.#unread.get(each.kind) ?? []), each]);
  }

  put(object: KubeObject): Change {
    const kind = kindKeyOf(object);
    const namespace = object.metadata.namespace ?? "";
    const name = object.metadata.name ?? "";
    const namespaces = this.#kinds.get(kind) ?? new Map<string, Names>();
    const names: Names = namespaces.get(namespace) ?? new Map();
    this.#kinds.set(kind, namespaces);
    namespaces.set(namespace, names);
    names.set(name, object);
    return { kind, namespace, name, object };
  }

  remove(kind: string, namespace: string, name: string): Change {
    const names = this.#kinds.get(kind)?.get(namespace);
    names?.delete(name);
    if (names?.size === 0) this.#kinds.get(kind)?.delete(namespace);
    return { kind, namespace, name };
  }

  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): T | undefined {
    return this.#kinds.get(kind.key)?.get(namespace)?.get(name) as T | undefined;
  }

  /** Of a namespace, or of all where none is named; in no order that means anything. */
  *list<T extends KubeObject>(kind: Pick<Kind<T>, "key">, namespace?: string): Generator<T> {
    const namespaces = this.#kinds.get(kind.key);
    if (namespaces === undefined) return;
    if (namespace !== undefined) yield* (namespaces.get(namespace)?.values() ?? []) as Iterable<T>;
    else for (const names of namespaces.values()) yield* names.values() as Iterable<T>;
  }

  holds(kind: string, namespace: string): boolean {
    return this.#kinds.get(kind)?.has(namespace) === true;
  }

  /** Where there are objects of a kind; "" for those in none. */
  namespaces(kind: string): readonly string[] {
    return [...(this.#kinds.get(kind)?.keys() ?? [])];
  }

  kindKeys(): readonly string[] {
    return [...this.#kinds.keys()];
  }

  *all(): Generator<KubeObject> {
    for (const key of this.#kinds.keys()) yield* this.list({ key });
  }

  /** Why not all of a kind is known, in a namespace or anywhere; undefined where all of it is. */
  unread(kind: string, namespace?: string): UnreadKind | undefined {
    const one = (key: string): UnreadKind | undefined =>
      this.#unread
        .get(key)
        ?.find((u) => u.namespace === undefined || namespace === undefined || u.namespace === namespace);
    return one(kind) ?? (this.#kinds.has(kind) ? undefined : one("*"));
  }

  /** All that could not be read. */
  get gaps(): readonly UnreadKind[] {
    return [...this.#unread.values()].flat();
  }

  copy(): ObjectSet {
    return new ObjectSet(this.all(), this.gaps);
  }
}
