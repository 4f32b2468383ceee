import { type KeyObject, timingSafeEqual } from "node:crypto";
import { type AuditHead, type AuditRow, chainHash, genesis } from "./chain.ts";
import { type Checkpoint, checkpointHolds } from "./checkpoint.ts";

/**
 * intact; tampered: a record's bytes or hash are not what was written; missing: records before this one
 * were taken out or replaced;
 * reordered: this record stands where another belongs; truncated: a signed checkpoint knows of records beyond the last;
 * forged: a checkpoint that no known key signed, or of another instance; rewritten: the chain holds in itself but is
 * not the one that was signed.
 */
export type AuditVerdict = "intact" | "tampered" | "missing" | "reordered" | "truncated" | "forged" | "rewritten";

export interface AuditVerification {
  readonly verdict: AuditVerdict;
  /** The first broken record; for `rewritten` the first that no earlier signature covers. Undefined when intact. */
  readonly seq: number | undefined;
  /** One sentence for a person. */
  readonly says: string;
  /** How far the chain held. */
  readonly head: AuditHead;
  /** Checkpoints that the chain was held against. */
  readonly checkpoints: number;
}

export interface VerificationOptions {
  readonly instanceId: string;
  /** From 1, or from where a signed prune left off; in the order of the file. */
  readonly rows: Iterable<AuditRow>;
  /** Those kept beside the chain, and anchors kept elsewhere. In any order. */
  readonly checkpoints: readonly Checkpoint[];
  /** Ed25519 public (or private) keys that may sign. */
  readonly keys: readonly KeyObject[];
}

/** Rows that are looked at ahead to tell a reordered record from a tampered one. */
const lookAhead = 256;

/** Reads a chain from its start and names the first thing that is wrong with it. */
export function verifyAudit({ instanceId, rows, checkpoints, keys }: VerificationOptions): AuditVerification {
  const broken = (
    verdict: Exclude<AuditVerdict, "intact">,
    seq: number | undefined,
    head: AuditHead,
    says: string,
  ): AuditVerification => ({ verdict, seq, says, head, checkpoints: checkpoints.length });

  const none: AuditHead = { count: 0, hash: genesis(instanceId) };
  for (const checkpoint of checkpoints) {
    if (checkpoint.instanceId !== instanceId)
      return broken(
        "forged",
        undefined,
        none,
        `the checkpoint at ${checkpoint.count} is of instance ${checkpoint.instanceId}`,
      );
    if (!checkpointHolds(checkpoint, keys))
      return broken(
        "forged",
        undefined,
        none,
        `no known key signed the checkpoint at ${checkpoint.count} (key ${checkpoint.keyId})`,
      );
  }
  const pruned = checkpoints.filter((c) => c.kind === "prune").sort((a, b) => b.count - a.count)[0];
  const signed = checkpoints.toSorted((a, b) => a.count - b.count);
  const highest = signed.at(-1)?.count ?? 0;

  const source = new Ahead(rows);
  const first = source.peek(0);
  let head = none;
  // A prune's records may still be there in part: what is there is checked, from where it begins.
  if (pruned !== undefined && first?.seq !== 1) {
    const at = first === undefined ? pruned.count : first.seq - 1;
    if (at > pruned.count)
      return broken("missing", pruned.count + 1, none, `records ${pruned.count + 1} to ${at} are missing`);
    head = { count: at, hash: first?.previous ?? Buffer.from(pruned.hash, "hex") };
  }
  let next = signed.findIndex((c) => c.count >= head.count);
  let covered = head.count;
  for (;;) {
    for (let c = signed[next]; next >= 0 && c !== undefined && c.count <= head.count; c = signed[++next]) {
      if (c.count < head.count) continue;
      if (c.hash !== Buffer.from(head.hash).toString("hex"))
        return broken(
          "rewritten",
          covered + 1,
          head,
          `records ${covered + 1} to ${c.count} are not those that were signed at ${c.time}`,
        );
      covered = c.count;
    }
    const row = source.peek(0);
    if (row === undefined) break;
    const expected = head.count + 1;
    if (row.seq > expected)
      return broken("missing", expected, head, `records ${expected} to ${row.seq - 1} are missing`);
    if (row.seq < expected)
      return broken("reordered", expected, head, `record ${row.seq} stands where ${expected} belongs`);
    const fault = faultOf(row, head.hash, source);
    if (fault !== undefined) return broken(fault, row.seq, head, sentence(fault, row.seq));
    head = { count: row.seq, hash: row.hash };
    source.shift();
  }
  if (head.count < highest)
    return broken(
      "truncated",
      head.count + 1,
      head,
      `the chain ends at ${head.count}, a signature knows of ${highest} records`,
    );
  return {
    verdict: "intact",
    seq: undefined,
    says: `${head.count} records, each in its place; signed up to ${covered}`,
    head,
    checkpoints: checkpoints.length,
  };
}

function faultOf(row: AuditRow, previous: Uint8Array, source: Ahead): "tampered" | "missing" | "reordered" | undefined {
  const follows = same(row.previous, previous);
  const whole = same(row.hash, chainHash(row.previous, row.record));
  if (follows && whole) return undefined;
  // Is the record that belongs here somewhere further on?
  for (let at = 1; at <= lookAhead; at++) {
    const later = source.peek(at);
    if (later === undefined) break;
    if (same(later.previous, previous) && same(later.hash, chainHash(previous, later.record))) return "reordered";
  }
  // A whole record whose predecessor is not the one before it: that one was taken out, and the rest renumbered.
  return whole ? "missing" : "tampered";
}

function sentence(fault: "tampered" | "missing" | "reordered", seq: number): string {
  switch (fault) {
    case "tampered":
      return `record ${seq} was changed after it was written`;
    case "missing":
      return `record ${seq} does not continue ${seq - 1}: records between them were taken out, or ${seq - 1} was replaced`;
    case "reordered":
      return `record ${seq} stands where another belongs`;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

/** An iterator that can be looked into ahead. */
class Ahead {
  readonly #iterator: Iterator<AuditRow>;
  readonly #held: AuditRow[] = [];

  constructor(rows: Iterable<AuditRow>) {
    this.#iterator = rows[Symbol.iterator]();
  }

  peek(at: number): AuditRow | undefined {
    while (this.#held.length <= at) {
      const next = this.#iterator.next();
      if (next.done === true) return undefined;
      this.#held.push(next.value);
    }
    return this.#held[at];
  }

  shift(): void {
    this.#held.shift();
  }
}
