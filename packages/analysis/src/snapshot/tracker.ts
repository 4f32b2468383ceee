import type { KubeObject } from "@bulkhead/api";
import { Cell, filled, type Reader, type Source, unread, valueOf } from "./cell.ts";
import type { Kind } from "./kinds.ts";
import { type Noting, NotingView } from "./noting-view.ts";
import type { Change, ObjectSet } from "./object-set.ts";
import { listKey, OrderedLists } from "./ordered-lists.ts";
import type { Steps } from "./steps.ts";
import { type Derivation, type Settings, Unread, type View } from "./view.ts";

/** Revisions between two looks for what nobody needs any more. */
const sweepEvery = 2048;

/** The key of what a kind's namespaces are. */
const places = (kind: string): string => `namespaces of ${kind}`;

/**
 * Objects with the memory of who read what. A change marks the derived values behind it stale, at whatever distance,
 * works those out again that checks read, and tells the checks that read something which now says otherwise. What
 * nobody asks for any more is forgotten in time.
 */
export class Tracker implements Noting {
  readonly objects: ObjectSet;
  readonly #settings: Settings;
  readonly #sources = new Map<string, Source>();
  readonly #cells = new Map<Derivation<unknown>, Map<string, Cell>>();
  readonly #lists: OrderedLists;
  #revision = 1;
  #now: number;

  constructor(objects: ObjectSet, settings: Settings, now: number) {
    this.objects = objects;
    this.#lists = new OrderedLists(objects);
    this.#settings = settings;
    this.#now = now;
  }

  get revision(): number {
    return this.#revision;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /**
   * Takes over changes; `told` hears each check that may answer otherwise now. Nothing else may be asked to change
   * before the last step is done.
   */
  *applying(changes: Iterable<Change>, told: (reader: Reader) => void): Steps<void> {
    this.#revision += 1;
    const marked: Cell[] = [];
    for (const { kind, namespace, name, object } of changes) {
      const held = this.objects.holds(kind, namespace);
      if (object === undefined) this.objects.remove(kind, namespace, name);
      else this.objects.put(object);
      this.#changed(`${kind}\n${namespace}\n${name}`, marked, told);
      for (const key of [listKey(kind, namespace), listKey(kind, undefined)]) {
        this.#lists.put(key, namespace, name, object);
        this.#changed(key, marked, told);
      }
      if (this.objects.holds(kind, namespace) !== held) this.#changed(places(kind), marked, told);
    }
    yield* this.#settle(marked, told);
  }

  /** Moves the clock. */
  *ticking(now: number, told: (reader: Reader) => void): Steps<void> {
    this.#revision += 1;
    this.#now = now;
    const marked: Cell[] = [];
    this.#changed("now", marked, told);
    yield* this.#settle(marked, told);
  }

  #changed(key: string, marked: Cell[], told: (reader: Reader) => void): void {
    const source = this.#sources.get(key);
    if (source === undefined) return;
    source.changedAt = this.#revision;
    this.#tell(source, told);
    this.#mark(source, marked);
  }

  #tell(source: Source, told: (reader: Reader) => void): void {
    if (source.checks === undefined) return;
    for (const check of source.checks) {
      if (check.stale) continue;
      check.stale = true;
      told(check);
    }
  }

  #mark(source: Source, marked: Cell[]): void {
    if (source.cells === undefined) return;
    for (const cell of source.cells) {
      if (cell.stale) continue;
      cell.stale = true;
      marked.push(cell);
      this.#mark(cell.source, marked);
    }
  }

  /** Brings up to date what checks read, and tells them where it changed; the rest waits until somebody asks. */
  *#settle(marked: readonly Cell[], told: (reader: Reader) => void): Steps<void> {
    for (const cell of marked) {
      if ((cell.source.checks?.size ?? 0) === 0) continue;
      this.#refresh(cell);
      if (cell.source.changedAt === this.#revision) this.#tell(cell.source, told);
      yield;
    }
    if (this.#revision % sweepEvery === 0) this.#sweep();
  }

  /** Forgets derived values that nobody read or asked for since the last sweep, and what only they read. */
  #sweep(): void {
    for (let dropped = true; dropped; ) {
      dropped = false;
      for (const cells of this.#cells.values())
        for (const cell of cells.values()) {
          if (!cell.stale || cell.heldAt > this.#revision - sweepEvery || !unread(cell.source)) continue;
          this.forget(cell);
          cells.delete(cell.key);
          dropped = true;
        }
    }
  }

  /** Whether a stale reader has to be asked again: one of its sources changed since it last held. */
  mustAsk(reader: Reader): boolean {
    if (!reader.stale) return false;
    for (const source of reader.sources) {
      if (source.cell !== undefined) this.#refresh(source.cell);
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
    for (const source of reader.sources) {
      if (reader instanceof Cell) source.cells?.delete(reader);
      else source.checks?.delete(reader);
      if (source.key !== undefined && unread(source)) this.#sources.delete(source.key);
    }
    reader.sources.length = 0;
  }

  /** Asks with a view that notes what is read; what the reader read before is forgotten. */
  ask<T>(reader: Reader, question: (view: View) => T): T {
    this.forget(reader);
    try {
      return question(new NotingView(this, reader));
    } finally {
      this.#holds(reader);
    }
  }

  /** A derived value as it is now, without anybody who reads it: it is kept until something behind it changes. */
  peek<T>(derivation: Derivation<T>, key: string): T {
    return valueOf(this.#refresh(this.#cell(derivation, key)));
  }

  now(reader: Reader): number {
    this.#note(reader, "now");
    return this.#now;
  }

  get<T extends KubeObject>(reader: Reader, kind: Kind<T>, namespace: string, name: string): T | undefined {
    this.#note(reader, `${kind.key}\n${namespace}\n${name}`);
    const found = this.objects.get(kind, namespace, name);
    if (found === undefined) this.#readable(kind, kind.namespaced ? namespace : undefined);
    return found;
  }

  list<T extends KubeObject>(reader: Reader, kind: Kind<T>, namespace: string | undefined): readonly T[] {
    this.#readable(kind, namespace);
    this.#note(reader, listKey(kind.key, namespace));
    return this.#lists.of(kind, namespace);
  }

  namespaces(reader: Reader, kind: Kind): readonly string[] {
    this.#readable(kind, undefined);
    this.#note(reader, places(kind.key));
    return this.objects.namespaces(kind.key).toSorted();
  }

  derive<T>(reader: Reader, derivation: Derivation<T>, key: string): T {
    const cell = this.#refresh(this.#cell(derivation, key));
    this.#read(reader, cell.source);
    return valueOf(cell);
  }

  #readable(kind: Kind, namespace: string | undefined): void {
    const gap = this.objects.unread(kind.key, namespace);
    if (gap !== undefined) throw new Unread(gap);
  }

  #note(reader: Reader, key: string): void {
    let source = this.#sources.get(key);
    if (source === undefined) {
      source = { changedAt: 0, cells: undefined, checks: undefined, key };
      this.#sources.set(key, source);
    }
    this.#read(reader, source);
  }

  #read(reader: Reader, source: Source): void {
    if (reader instanceof Cell) {
      source.cells ??= new Set();
      if (source.cells.has(reader)) return;
      source.cells.add(reader);
    } else {
      source.checks ??= new Set();
      if (source.checks.has(reader)) return;
      source.checks.add(reader);
    }
    reader.sources.push(source);
  }

  #cell<T>(derivation: Derivation<T>, key: string): Cell {
    const cells = this.#cells.get(derivation) ?? new Map<string, Cell>();
    this.#cells.set(derivation, cells);
    const known = cells.get(key);
    if (known !== undefined) return known;
    const cell = new Cell(derivation, key);
    cells.set(key, cell);
    return cell;
  }

  #refresh(cell: Cell): Cell {
    if (cell.filled && !this.mustAsk(cell)) return cell;
    const { derivation } = cell;
    let value: unknown;
    let failure: Cell["failure"];
    try {
      value = this.ask(cell, (view) => derivation.compute(view, cell.key));
    } catch (error) {
      failure = { error };
    }
    if (filled(cell, value, failure)) cell.source.changedAt = this.#revision;
    return cell;
  }
}
