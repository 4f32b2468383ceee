import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AuditRow, chainHash, chainHashInPlace, genesis, hashBytes } from "./chain.ts";
import { type Checkpoint, generateAuditKey, signCheckpoint } from "./checkpoint.ts";
import { type AuditVerification, verifyAudit } from "./verification.ts";

const instanceId = "instance-1";
const key = generateAuditKey();
const at = new Date("2026-01-02T03:04:05Z");

function chain(count: number, from = 1, start = genesis(instanceId)): AuditRow[] {
  const rows: AuditRow[] = [];
  let previous = start;
  for (let seq = from; seq < from + count; seq++) {
    const record = Buffer.from(`{"record":${seq}}`);
    const hash = chainHash(previous, record);
    rows.push({ seq, record, previous, hash });
    previous = hash;
  }
  return rows;
}

const sign = (rows: readonly AuditRow[], count: number, kind: Checkpoint["kind"] = "head"): Checkpoint =>
  signCheckpoint(key, instanceId, { count, hash: rows[count - 1]?.hash ?? genesis(instanceId) }, at, kind);

const verify = (rows: readonly AuditRow[], checkpoints: readonly Checkpoint[] = []): AuditVerification =>
  verifyAudit({ instanceId, rows, checkpoints, keys: [key] });

const summary = ({ verdict, seq }: AuditVerification): [string, number | undefined] => [verdict, seq];
const other = Buffer.from('{"record":"forged"}');

describe("verification", () => {
  const rows = chain(10);
  const copy = (): AuditRow[] => rows.map((row) => ({ ...row }));

  it("finds an untouched chain intact, signed or not, empty too", () => {
    expect(summary(verify(rows))).toEqual(["intact", undefined]);
    expect(verify(rows, [sign(rows, 10), sign(rows, 4)])).toMatchObject({ verdict: "intact", head: { count: 10 } });
    expect(summary(verify([]))).toEqual(["intact", undefined]);
  });

  it("hashes in place as it hashes a copy", () => {
    const record = Buffer.from("record");
    const joined = Buffer.concat([Buffer.alloc(hashBytes), record]);
    expect(chainHashInPlace(genesis("a"), joined)).toEqual(chainHash(genesis("a"), record));
  });

  it("names a changed record", () => {
    const changed = copy();
    changed[3] = { ...(rows[3] as AuditRow), record: other };
    expect(summary(verify(changed))).toEqual(["tampered", 4]);
  });

  it("names the record after one that was changed and hashed anew", () => {
    const changed = copy();
    const third = rows[3] as AuditRow;
    changed[3] = { ...third, record: other, hash: chainHash(third.previous, other) };
    expect(summary(verify(changed))).toEqual(["missing", 5]);
  });

  it("names a gap, and records taken out with the rest renumbered", () => {
    expect(summary(verify(rows.toSpliced(3, 2)))).toEqual(["missing", 4]);
    const renumbered = rows.toSpliced(3, 2).map((row, index) => ({ ...row, seq: index + 1 }));
    expect(summary(verify(renumbered))).toEqual(["missing", 4]);
    expect(summary(verify(rows.slice(2)))).toEqual(["missing", 1]);
  });

  it("names a record in another's place, with its number or without", () => {
    const swapped = copy();
    swapped[3] = { ...(rows[4] as AuditRow), seq: 4 };
    swapped[4] = { ...(rows[3] as AuditRow), seq: 5 };
    expect(summary(verify(swapped))).toEqual(["reordered", 4]);
    const repeated = rows.toSpliced(4, 0, rows[1] as AuditRow);
    expect(summary(verify(repeated))).toEqual(["reordered", 5]);
  });

  it("knows of a cut-off end by a signature, kept here or elsewhere", () => {
    expect(summary(verify(rows.slice(0, 7), [sign(rows, 5)]))).toEqual(["intact", undefined]);
    expect(summary(verify(rows.slice(0, 7), [sign(rows, 5), sign(rows, 10)]))).toEqual(["truncated", 8]);
    expect(summary(verify([], [sign(rows, 10)]))).toEqual(["truncated", 1]);
  });

  it("knows a chain that was made anew from a signed one", () => {
    const anew = chain(4).concat(
      chain(6, 5, chainHash(rows[3]?.hash ?? genesis(""), other)).map((row) => ({ ...row })),
    );
    const forged = anew.map((row, index) => (index === 4 ? { ...row, previous: rows[3]?.hash ?? row.previous } : row));
    const fifth = forged[4] as AuditRow;
    forged[4] = { ...fifth, record: other, hash: chainHash(fifth.previous, other) };
    let previous = forged[4].hash;
    for (let index = 5; index < 10; index++) {
      const row = forged[index] as AuditRow;
      forged[index] = { ...row, previous, hash: chainHash(previous, row.record) };
      previous = chainHash(previous, row.record);
    }
    expect(summary(verify(forged))).toEqual(["intact", undefined]);
    expect(summary(verify(forged, [sign(rows, 3), sign(rows, 8)]))).toEqual(["rewritten", 4]);
  });

  it("refuses checkpoints of another key, another instance, or with another content", () => {
    const stranger = signCheckpoint(generateAuditKey(), instanceId, { count: 10, hash: genesis("x") }, at);
    expect(summary(verify(rows, [stranger]))).toEqual(["forged", undefined]);
    const elsewhere = signCheckpoint(key, "instance-2", { count: 10, hash: genesis("x") }, at);
    expect(summary(verify(rows, [elsewhere]))).toEqual(["forged", undefined]);
    for (const change of [
      { count: 9 },
      { hash: "00" },
      { time: "2020-01-01T00:00:00.000Z" },
      { kind: "prune" as const },
    ])
      expect(summary(verify(rows, [{ ...sign(rows, 10), ...change }]))).toEqual(["forged", undefined]);
  });

  it("lets the front go where a signed prune says so, and only there", () => {
    const pruned = sign(rows, 6, "prune");
    expect(summary(verify(rows.slice(6), [pruned, sign(rows, 10)]))).toEqual(["intact", undefined]);
    expect(summary(verify(rows.slice(4), [pruned]))).toEqual(["intact", undefined]);
    expect(summary(verify(rows, [pruned]))).toEqual(["intact", undefined]);
    expect(summary(verify(rows.slice(8), [pruned]))).toEqual(["missing", 7]);
    expect(summary(verify(rows.slice(6), [sign(rows, 6)]))).toEqual(["missing", 1]);
    expect(summary(verify([], [pruned]))).toEqual(["intact", undefined]);
  });

  it("finds every change of a single bit", () => {
    const signed = [sign(rows, 10)];
    const part = fc.constantFrom("record" as const, "previous" as const, "hash" as const);
    fc.assert(
      fc.property(fc.nat(9), part, fc.nat(1000), fc.nat(7), (index, name, byte, bit) => {
        const changed = copy();
        const row = rows[index] as AuditRow;
        const bytes = Buffer.from(row[name]);
        bytes[byte % bytes.length] = (bytes[byte % bytes.length] as number) ^ (1 << bit);
        changed[index] = { ...row, [name]: bytes };
        const { verdict, seq } = verify(changed, signed);
        expect(verdict).not.toBe("intact");
        expect(seq).toBeGreaterThanOrEqual(index + 1);
        expect(seq).toBeLessThanOrEqual(index + 2);
      }),
    );
  });
});
