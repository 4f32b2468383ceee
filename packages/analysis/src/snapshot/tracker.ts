import type { KubeObject } from "@bulkhead/api";
import type { Kind } from "./kinds.ts";
import type { Change, ObjectSet } from "./object-set.ts";
import { type Derivation, type Settings, Unread, type View } from "./view.ts";

/** Something that was read: an object, a list, the time, a derived value. */
interface Source {
  changedAt: number;
  readonly readers: Set<Reader>;
  /** Brings a derived value up to date; absent for what objects and clocks say. */
  readonly refresh?: () => void;
}

/** Whoever reads: a derived value, or a check. */
export interface Reader {
  readonly sources: Source[];
  /** The revision at which its answer was last known to hold. */
  heldAt: number;
  /** Something that it read, at whatever distance, may have changed. */
  stale: boolean;
  readonly source?: Source;
}

interface Cell extends Reader {
  readonly source: Source;
  value?: unknown;
  failure?: Unread;
  filled: boolean;
}

/**
 * Objects with the memory of who read what. A change marks its readers stale, at whatever distance; a stale reader is
 * asked again only if one of its sources really changed since.
 */
export class Tracker {
  readonly objects: ObjectSet;
  readonly #settings: Settings;
  readonly #sources = new Map<string, Source>();
  readonly #cells = new Map<Derivation<unknown>, Map<string, Cell>>();
  readonly #lists = new Map<string, readonly KubeObject[]>();
  #revision = 1;
  #now: number;

  constructor(objects: ObjectSet, settings: Settings, now: number) {
    this.objects = objects;
    this.#settings = settings;
    this.#now = now;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Takes over changes; `told` hears each check (a reader without a source of its own) that may answer otherwise now. */
  apply(changes: Iterable<Change>, told: (reader: Reader) => void): void {
    this.#revision += 1;
    for (const { kind, namespace, name, object } of changes) {
      if (object === undefined) this.objects.remove(kind, namespace, name);
      else this.objects.put(object);
      for (const key of [`${kind}\n${namespace}\n${name}`, `${kind}\n${namespace}`, kind]) {
        this.#lists.delete(key);
        this.#changed(key, told);
      }
    }
  }

  /** Moves the clock. */
  tick(now: number, told: (reader: Reader) => void): void {
    this.#revision += 1;
    this.#now = now;
    this.#changed("now", told);
  }

  #changed(key: string, told: (reader: Reader) => void): void {
    const source = this.#sources.get(key);
    if (source === undefined) return;
    source.changedAt = this.#revision;
    this.#stale(source, told);
  }

  #stale(source: Source, told: (reader: Reader) => void): void {
    for (const reader of source.readers) {
      if (reader.stale) continue;
      reader.stale = true;
      if (reader.source === undefined) told(reader);
      else this.#stale(reader.source, told);
    }
  }

  /** Whether a stale reader has to be asked again: one of its sources changed since it last held. */
  mustAsk(reader: Reader): boolean {
    if (!reader.stale) return false;
    for (const source of reader.sources) {
      source.refresh?.();
      if (source.changedAt > reader.heldAt) return true;
    }
    this.#holds(reader);
    return false;
  }

  #holds(reader: Reader): void {
    reader.stale = false;
    reader.heldAt = this.#revision;
  }

  /** Forgets what a reader read. */
  forget(reader: Reader): void {
    for (const source of reader.sources) source.readers.delete(reader);
    reader.sources.length = 0;
  }

  /** Asks with a view that notes what is read; what the reader read before is forgotten. */
  ask<T>(reader: Reader, question: (view: View) => T): T {
    this.forget(reader);
    try {
      return question(this.#viewFor(reader));
    } finally {
      this.#holds(reader);
    }
  }

  #read(reader: Reader, source: Source): void {
    if (source.readers.has(reader)) return;
    source.readers.add(reader);
    reader.sources.push(source);
  }

  #source(key: string): Source {
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const made: Source = { changedAt: 0, readers: new Set() };
    this.#sources.set(key, made);
    return made;
  }

  #list(kind: Kind, namespace: string | undefined): readonly KubeObject[] {
    const key = namespace === undefined ? kind.key : `${kind.key}\n${namespace}`;
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    const made = [...this.objects.list(kind, namespace)];
    this.#lists.set(key, made);
    return made;
  }

  #cell<T>(derivation: Derivation<T>, key: string): Cell {
    const cells = this.#cells.get(derivation as Derivation<unknown>) ?? new Map<string, Cell>();
    this.#cells.set(derivation as Derivation<unknown>, cells);
    const known = cells.get(key);
    if (known !== undefined) return known;
    const source: Source = { changedAt: 0, readers: new Set(), refresh: () => this.#refresh(cell, derivation, key) };
    const cell: Cell = { sources: [], heldAt: 0, stale: true, source, filled: false };
    cells.set(key, cell);
    return cell;
  }

  #refresh<T>(cell: Cell, derivation: Derivation<T>, key: string): void {
    if (cell.filled && !this.mustAsk(cell)) return;
    let value: T | undefined;
    let failure: Unread | undefined;
    try {
      value = this.ask(cell, (view) => derivation.compute(view, key));
    } catch (error) {
      if (!(error instanceof Unread)) {
        cell.filled = false;
        throw error;
      }
      failure = error;
    }
    const same =
      cell.filled &&
      failure === undefined &&
      cell.failure === undefined &&
      derivation.same?.(cell.value as T, value as T) === true;
    cell.filled = true;
    if (same) return;
    cell.source.changedAt = this.#revision;
    if (failure === undefined) {
      cell.value = value;
      delete cell.failure;
    } else {
      cell.value = undefined;
      cell.failure = failure;
    }
  }

  #viewFor(reader: Reader): View {
    const readable = (kind: Kind, namespace: string | undefined): void => {
      const gap = this.objects.unread(kind.key, namespace);
      if (gap !== undefined) throw new Unread(gap);
    };
    return {
      settings: this.#settings,
      now: () => {
        this.#read(reader, this.#source("now"));
        return this.#now;
      },
      get: <T extends KubeObject>(kind: Kind<T>, namespace: string, name: string) => {
        this.#read(reader, this.#source(`${kind.key}\n${namespace}\n${name}`));
        const found = this.objects.get(kind, namespace, name);
        if (found === undefined) readable(kind, kind.namespaced ? namespace : undefined);
        return found;
      },
      list: <T extends KubeObject>(kind: Kind<T>, namespace?: string) => {
        readable(kind, namespace);
        this.#read(reader, this.#source(namespace === undefined ? kind.key : `${kind.key}\n${namespace}`));
        return this.#list(kind, namespace) as readonly T[];
      },
      derive: <T>(derivation: Derivation<T>, key = "") => {
        const cell = this.#cell(derivation, key);
        this.#refresh(cell, derivation, key);
        this.#read(reader, cell.source);
        if (cell.failure !== undefined) throw cell.failure;
        return cell.value as T;
      },
      knows: (kind, namespace) => this.objects.unread(kind.key, namespace) === undefined,
    };
  }
}
