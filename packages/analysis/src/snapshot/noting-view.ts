import type { KubeObject } from "@bulkhead/api";
import type { Reader } from "./cell.ts";
import type { Kind } from "./kinds.ts";
import type { ObjectSet } from "./object-set.ts";
import type { Derivation, Settings, View } from "./view.ts";

/** Whoever answers reads, and remembers whose they are. */
export interface Noting {
  readonly objects: ObjectSet;
  readonly settings: Settings;
  now(reader: Reader): number;
  get<T extends KubeObject>(reader: Reader, kind: Kind<T>, namespace: string, name: string): T | undefined;
  list<T extends KubeObject>(reader: Reader, kind: Kind<T>, namespace: string | undefined): readonly T[];
  namespaces(reader: Reader, kind: Kind): readonly string[];
  derive<T>(reader: Reader, derivation: Derivation<T>, key: string): T;
}

/** What one reader sees; every read is noted as its own. */
export class NotingView implements View {
  readonly #tracker: Noting;
  readonly #reader: Reader;

  constructor(tracker: Noting, reader: Reader) {
    this.#tracker = tracker;
    this.#reader = reader;
  }

  get settings(): Settings {
    return this.#tracker.settings;
  }

  now(): number {
    return this.#tracker.now(this.#reader);
  }

  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): T | undefined {
    return this.#tracker.get(this.#reader, kind, namespace, name);
  }

  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[] {
    return this.#tracker.list(this.#reader, kind, namespace);
  }

  namespaces(kind: Kind): readonly string[] {
    return this.#tracker.namespaces(this.#reader, kind);
  }

  derive<T>(derivation: Derivation<T>, key = ""): T {
    return this.#tracker.derive(this.#reader, derivation, key);
  }

  knows(kind: Kind, namespace?: string): boolean {
    return this.#tracker.objects.unread(kind.key, namespace) === undefined;
  }
}
