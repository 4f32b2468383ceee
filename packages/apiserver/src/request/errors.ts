import type { Status } from "@bulkhead/api";
import { StatusError, type StatusReason } from "@bulkhead/api";

/** A failure that upstream reports with a code but without a reason. */
export class UnclassifiedError extends StatusError {
  constructor(code: number, message: string) {
    super({ reason: "InternalError", message, code });
    this.name = "UnclassifiedError";
  }

  override toStatus(): Status {
    const { reason: _reason, ...rest } = super.toStatus();
    return rest;
  }
}

/** A failure that a client sees as plain text, as for paths that no API owns. */
export class PlainTextError extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.name = "PlainTextError";
    this.code = code;
  }
}

const plain = (reason: StatusReason, message: string): StatusError => new StatusError({ reason, message, details: {} });

export const noSuchResource = (): StatusError => plain("NotFound", "the server could not find the requested resource");
export const noSuchPath = (): PlainTextError => new PlainTextError(404, "404 page not found\n");
export const methodNotAllowed = (): StatusError =>
  plain("MethodNotAllowed", "the server does not allow this method on the requested resource");
export const unauthorized = (): StatusError => new StatusError({ reason: "Unauthorized", message: "Unauthorized" });
export const badNumber = (parser: string, text: string): StatusError =>
  new StatusError({
    reason: "BadRequest",
    message: `strconv.${parser}: parsing ${JSON.stringify(text)}: invalid syntax`,
  });
export const expired = (message: string): StatusError => new StatusError({ reason: "Expired", message });
