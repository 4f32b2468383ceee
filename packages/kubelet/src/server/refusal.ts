/** An answer that is no success: code and text for the one who asked. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: 400 | 403 | 404 | 405 | 500 | 503;

  constructor(code: Refusal["code"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
