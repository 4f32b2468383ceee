import { LayerError } from "./layer-error.ts";
import { checksumHolds, isZero, type PaxRecords, parsePax, type TarEntry, tarEntry, tarText } from "./tar-header.ts";

/** Takes a tar's entries as they pass. Bytes handed to `data` are valid during that call only. */
export interface TarSink {
  /** An entry begins; its `size` bytes, from `at` on, follow through `data`, then `end`. False: nobody wants the bytes. */
  entry(entry: TarEntry, at: number): boolean;
  data(bytes: Buffer): void;
  end(): void;
}

export interface TarLimits {
  readonly entries: number;
  readonly pathBytes: number;
}

/** A tar being read: bytes are pushed in as they come. */
export interface TarReader {
  push(chunk: Buffer): void;
  /** The stream is over. Throws where the tar stops in the middle of an entry. */
  finish(): void;
  /** Leaves out what is left of an entry's body and its padding: so many bytes are not to be pushed. */
  skip(): number;
  readonly entries: number;
  /** Bytes taken so far. While an entry begins: where its body does. */
  readonly position: number;
}

const extraLimit = 1 << 20;
const none: PaxRecords = Object.freeze({});

type State = "header" | "body" | "extra" | "sparse-map" | "over";

/**
 * Reads ustar, pax and GNU tars pushed in any pieces; nothing is kept but one header. Like Go's archive/tar, which
 * containerd uses, it ends at two zero blocks. Throws LayerError `malformed` or `limit`, and nothing else of its own.
 */
export function createTarReader(sink: TarSink, limits: TarLimits): TarReader {
  let state: State = "header";
  const held = Buffer.alloc(512);
  let heldLength = 0;
  let left = 0;
  let padding = 0;
  let wanted = false;
  let zeros = 0;
  let entries = 0;
  let global: PaxRecords = none;
  let pax: PaxRecords = none;
  let longName: string | undefined;
  let longLink: string | undefined;
  let extra: Buffer[] = [];
  let extraKind = "";
  let pending: TarEntry | undefined;
  let at = 0;
  let before = 0;

  const bad = (what: string): LayerError => new LayerError("malformed", `tar: ${what}`);

  function begin(entry: TarEntry | undefined, size: number): void {
    left = size;
    padding = (512 - (size % 512)) % 512;
    wanted = entry === undefined ? false : sink.entry(entry, before + at);
    if (left === 0) {
      if (wanted) sink.end();
      state = "header";
    } else state = "body";
  }

  function header(block: Buffer): void {
    if (isZero(block)) {
      if (++zeros === 2) state = "over";
      return;
    }
    if (zeros === 1) throw bad("a header after a zero block");
    if (!checksumHolds(block)) throw bad("a header whose checksum does not hold");
    if (++entries > limits.entries) throw new LayerError("limit", `tar: more than ${limits.entries} entries`);
    const kind = String.fromCharCode(block[156] ?? 0);
    if (kind === "x" || kind === "g" || kind === "L" || kind === "K") {
      const { size } = tarEntry(block, none, {}, Number.MAX_SAFE_INTEGER);
      if (size > extraLimit) throw new LayerError("limit", `tar: an extended header of ${size} bytes`);
      extraKind = kind;
      extra = [];
      left = size;
      padding = (512 - (size % 512)) % 512;
      if (size === 0) extraDone();
      else state = "extra";
      return;
    }
    const { entry, size } = tarEntry(
      block,
      global === none ? pax : { ...global, ...pax },
      { name: longName, link: longLink },
      limits.pathBytes,
    );
    pax = none;
    longName = undefined;
    longLink = undefined;
    if (entry?.type === "sparse" && kind === "S" && block[482] !== 0) {
      pending = entry;
      state = "sparse-map";
      return;
    }
    begin(entry, size);
  }

  function extraDone(): void {
    const body = extra.length === 1 && extra[0] !== undefined ? extra[0] : Buffer.concat(extra);
    extra = [];
    switch (extraKind) {
      case "x":
        pax = parsePax(body, {});
        break;
      case "g":
        global = parsePax(body, { ...global });
        break;
      case "L":
        longName = tarText(body);
        break;
      case "K":
        longLink = tarText(body);
        break;
    }
    state = "header";
  }

  /** The next 512 bytes, in place where the chunk has them whole. */
  function block(chunk: Buffer, at: number): Buffer | undefined {
    if (heldLength === 0 && chunk.length - at >= 512) return chunk.subarray(at, at + 512);
    const take = Math.min(512 - heldLength, chunk.length - at);
    chunk.copy(held, heldLength, at, at + take);
    heldLength += take;
    return heldLength === 512 ? held : undefined;
  }

  function push(chunk: Buffer): void {
    before += at;
    at = 0;
    while (at < chunk.length) {
      if (state === "over") {
        at = chunk.length;
        return;
      }
      if (left > 0) {
        const take = Math.min(left, chunk.length - at);
        const part = chunk.subarray(at, at + take);
        if (state === "extra") extra.push(Buffer.from(part));
        else if (wanted) sink.data(part);
        left -= take;
        at += take;
        if (left > 0) return;
        if (state === "extra") extraDone();
        else {
          if (wanted) sink.end();
          state = "header";
        }
        continue;
      }
      if (padding > 0) {
        const take = Math.min(padding, chunk.length - at);
        padding -= take;
        at += take;
        continue;
      }
      const had = heldLength;
      const whole = block(chunk, at);
      at += whole === undefined ? chunk.length - at : 512 - had;
      if (whole === undefined) return;
      heldLength = 0;
      if (state === "sparse-map") {
        // A further block of an old GNU sparse map; byte 504 says whether another follows.
        if (whole[504] === 0 && pending !== undefined) {
          const entry = pending;
          pending = undefined;
          begin(entry, entry.size);
        }
      } else header(whole);
    }
  }

  return {
    push,
    finish() {
      if (left > 0 || heldLength > 0 || state === "sparse-map" || state === "extra")
        throw bad("it ends in the middle of an entry");
    },
    skip() {
      if (state !== "body") return 0;
      const count = left + padding;
      before += count;
      left = 0;
      padding = 0;
      if (wanted) sink.end();
      state = "header";
      return count;
    },
    get entries() {
      return entries;
    },
    get position() {
      return before + at;
    },
  };
}
