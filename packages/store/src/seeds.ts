import type { DatabaseSync } from "node:sqlite";
import type { WrappedSeed } from "@bulkhead/keyring";
import type { SeedRow } from "./writer.ts";

/** The wrapped seeds, oldest first: they lie beside what they seal and are backed up with it. */
export function readSeeds(db: DatabaseSync): WrappedSeed[] {
  return db
    .prepare("SELECT id, serial, key_id, wrapped, annotations FROM seed ORDER BY serial")
    .all()
    .map((row) => ({
      id: row["id"] as string,
      serial: row["serial"] as number,
      keyId: row["key_id"] as string,
      ciphertext: row["wrapped"] as Uint8Array,
      annotations: decodeAnnotations(row["annotations"] as string),
    }));
}

export function seedRow(seed: WrappedSeed): SeedRow {
  const annotations = Object.fromEntries(
    Object.entries(seed.annotations).map(([name, value]) => [name, Buffer.from(value).toString("base64")]),
  );
  return {
    id: seed.id,
    serial: seed.serial,
    keyId: seed.keyId,
    wrapped: Uint8Array.from(seed.ciphertext),
    annotations: JSON.stringify(annotations),
  };
}

function decodeAnnotations(text: string): Record<string, Uint8Array> {
  const encoded = JSON.parse(text) as Record<string, string>;
  return Object.fromEntries(Object.entries(encoded).map(([name, value]) => [name, Buffer.from(value, "base64")]));
}
