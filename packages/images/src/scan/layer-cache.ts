import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LayerRecord, recordFormat } from "./layer-record.ts";

/** Layer records by digest, so that a shared base is read once. */
export interface LayerCache {
  /** Absent, of an older form, or damaged: undefined. */
  get(digest: string): Promise<LayerRecord | undefined>;
  put(record: LayerRecord): Promise<void>;
  /** Any other result of ours by a name of letters and digits, under the same promises. */
  getResult(name: string): Promise<unknown>;
  putResult(name: string, value: unknown): Promise<void>;
  /** Key of secret fingerprints, made once for this cache, so that they compare across scans. */
  readonly key: Uint8Array;
}

const digestForm = /^sha256:([0-9a-f]{64})$/;

/**
 * A cache in a folder (made 0700 where it is not there): one file a layer, written beside its name and renamed, its
 * first line the digest of the rest. A damaged file is as good as none.
 */
export async function openLayerCache(folder: string): Promise<LayerCache> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fileOf = (name: string): string => join(folder, `${name}.json`);

  async function write(name: string, text: string): Promise<void> {
    const temporary = join(folder, `.${randomUUID()}`);
    try {
      await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
      await rename(temporary, fileOf(name));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async function read(name: string): Promise<unknown> {
    let bytes: Buffer;
    try {
      bytes = await readFile(fileOf(name));
    } catch {
      return undefined;
    }
    const body = bytes.subarray(65);
    if (bytes[64] !== 0x0a || bytes.toString("latin1", 0, 64) !== sum(body)) return undefined;
    return JSON.parse(body.toString("utf8"));
  }

  const put = (name: string, value: unknown): Promise<void> => {
    const body = Buffer.from(JSON.stringify(value), "utf8");
    return write(name, `${sum(body)}\n${body.toString("utf8")}`);
  };

  return {
    key: await cacheKey(join(folder, "fingerprint.key")),
    async get(digest) {
      const name = digestForm.exec(digest)?.[1];
      if (name === undefined) return undefined;
      let found = await read(name);
      if (isObject(found) && typeof found["same"] === "string") {
        const other = digestForm.exec(found["same"])?.[1];
        found = other === undefined ? undefined : await read(other);
      }
      return isObject(found) && found["format"] === recordFormat ? (found as unknown as LayerRecord) : undefined;
    },
    async put(record) {
      const [stored, content] = [digestForm.exec(record.digest)?.[1], digestForm.exec(record.diffId)?.[1]];
      if (stored === undefined || content === undefined) return;
      await put(content, record);
      // The same content compressed another way is the same layer.
      if (stored !== content) await put(stored, { same: record.diffId });
    },
    getResult: (name) => read(`result-${name.replace(/[^A-Za-z0-9]/g, "")}`),
    putResult: (name, value) => put(`result-${name.replace(/[^A-Za-z0-9]/g, "")}`, value),
  };
}

const sum = (body: Buffer): string => createHash("sha256").update(body).digest("hex");
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

async function cacheKey(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      const key = randomBytes(32);
      await file.write(key);
      return key;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    const key = await readFile(path);
    // Another process may be between making it and writing it: then this scan's fingerprints stand alone.
    return key.length === 32 ? key : randomBytes(32);
  }
}
