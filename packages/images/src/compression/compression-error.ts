/** A packed stream that is damaged, cut off, too much, or of a kind that is not read here. */
export class CompressionError extends Error {
  constructor(what: string, cause?: unknown) {
    super(what, { cause });
    this.name = "CompressionError";
  }
}
