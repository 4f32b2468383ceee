import type { RecordData, RecordSet } from "./records.ts";

/** The cluster's names as the DNS server holds them. */
export interface RecordTable {
  /** Records of a name; empty for a name that only has names below it; undefined: there is no such name. */
  find(name: string): readonly RecordData[] | undefined;
  apply(set: RecordSet): void;
  readonly size: number;
}

export function createRecordTable(): RecordTable {
  const records = new Map<string, readonly RecordData[]>();
  /** How many names stand below each: such a name exists although it has no records (RFC 8020). */
  const below = new Map<string, number>();

  function count(name: string, by: 1 | -1): void {
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      const parent = name.slice(dot + 1);
      const left = (below.get(parent) ?? 0) + by;
      if (left === 0) below.delete(parent);
      else below.set(parent, left);
    }
  }

  return {
    get size() {
      return records.size;
    },
    find: (name) => records.get(name) ?? (below.has(name) ? [] : undefined),
    apply({ name, records: next }) {
      const known = records.has(name);
      if (next.length === 0) {
        if (records.delete(name)) count(name, -1);
        return;
      }
      records.set(name, next);
      if (!known) count(name, 1);
    },
  };
}
