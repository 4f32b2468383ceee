/** Bytes that are no message: the reason goes to the client. */
export class WireError extends Error {
  constructor(why: string) {
    super(why);
    this.name = "WireError";
  }
}

/** Reads protobuf's wire format within bounds; throws WireError for anything that runs past its end. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** A signed 64-bit number; beyond 2^53 it loses precision, as JSON's do. */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new WireError("a number runs past the end");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw new WireError("a number is too long");
  }

  tag(): { readonly field: number; readonly wire: number } {
    const tag = this.varint();
    if (tag <= 0 || tag > 0xffff_ffff) throw new WireError("a field has no number");
    return { field: Math.floor(tag / 8), wire: tag % 8 };
  }

  chunk(): Buffer {
    const length = this.varint();
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw new WireError("a field runs past the end");
    const chunk = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return chunk;
  }

  double(): number {
    if (this.#at + 8 > this.#bytes.length) throw new WireError("a number runs past the end");
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  skip(wire: number): void {
    switch (wire) {
      case 0:
        this.varint();
        return;
      case 1:
        this.double();
        return;
      case 2:
        this.chunk();
        return;
      case 5:
        this.#at += 4;
        if (this.#at > this.#bytes.length) throw new WireError("a number runs past the end");
        return;
      default:
        throw new WireError(`wire type ${wire} is not used here`);
    }
  }
}
