import { BackupError } from "./backup-error.ts";

/** Reads a stream of bytes by counts. */
export class ByteSource {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** So many bytes, in parts. Throws BackupError `altered` where the stream ends before. */
  async *take(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more()))
        throw new BackupError("altered", "the backup ends before all that it lists");
      const part = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** So many bytes at once: for what is small. */
  async exactly(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.take(count)) parts.push(part);
    return Buffer.concat(parts);
  }

  /** What is left, to the end. */
  async *rest(): AsyncGenerator<Buffer> {
    while (this.#held.length > 0 || (await this.#more())) {
      const part = this.#held;
      this.#held = Buffer.alloc(0);
      yield part;
    }
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done === true) return false;
    this.#held = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    // An empty part is not the end.
    return this.#held.length > 0 || this.#more();
  }
}
