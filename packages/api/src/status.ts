import type { Status, StatusCause, StatusDetails } from "./generated/types.ts";

/** The reasons Kubernetes knows, and the HTTP code that goes with each. */
export const statusCodes = {
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  Invalid: 422,
  ServerTimeout: 500,
  Timeout: 504,
  TooManyRequests: 429,
  BadRequest: 400,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  ServiceUnavailable: 503,
} as const;

export type StatusReason = keyof typeof statusCodes;

export interface StatusInit {
  readonly reason: StatusReason;
  readonly message: string;
  readonly details?: StatusDetails;
  /** Overrides the code that goes with the reason. */
  readonly code?: number;
  /** The body names no reason, as upstream's does where an error is passed on as it stands. */
  readonly bare?: boolean;
}

/**
 * The one error at the API's edge: a Kubernetes Status of kind Failure.
 * `cause` keeps the error beneath it; it is never shown to a client.
 */
export class StatusError extends Error {
  readonly reason: StatusReason;
  readonly code: number;
  readonly details: StatusDetails | undefined;
  readonly #bare: boolean;

  constructor(init: StatusInit, cause?: unknown) {
    super(init.message, cause === undefined ? undefined : { cause });
    this.name = "StatusError";
    this.reason = init.reason;
    this.code = init.code ?? statusCodes[init.reason];
    this.details = init.details;
    this.#bare = init.bare ?? false;
  }

  /** The body a client gets. */
  toStatus(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...(this.#bare ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** `pods`, or `deployments.apps`: how Kubernetes names a resource in messages. */
export const qualifiedResource = (group: string, resource: string): string =>
  group === "" ? resource : `${resource}.${group}`;

const target = (group: string, kind: string, name?: string): StatusDetails => ({
  ...(name === undefined || name === "" ? {} : { name }),
  ...(group === "" ? {} : { group }),
  ...(kind === "" ? {} : { kind }),
});

/** 404: `configmaps "none" not found`. `resource` is the plural. */
export const notFound = (group: string, resource: string, name: string): StatusError =>
  new StatusError({
    reason: "NotFound",
    message: `${qualifiedResource(group, resource)} "${name}" not found`,
    details: target(group, resource, name),
  });

/** 409 AlreadyExists. `resource` is the plural. */
export const alreadyExists = (group: string, resource: string, name: string): StatusError =>
  new StatusError({
    reason: "AlreadyExists",
    message: `${qualifiedResource(group, resource)} "${name}" already exists`,
    details: target(group, resource, name),
  });

/** 409 Conflict: `Operation cannot be fulfilled on RESOURCE "NAME": WHY`. `resource` is the plural. */
export const conflict = (
  group: string,
  resource: string,
  name: string,
  why: string,
  causes?: StatusCause[],
): StatusError =>
  new StatusError({
    reason: "Conflict",
    message: `Operation cannot be fulfilled on ${qualifiedResource(group, resource)} "${name}": ${why}`,
    details: { ...target(group, resource, name), ...(causes ? { causes } : {}) },
  });

/** 403 Forbidden: `RESOURCE "NAME" is forbidden: WHY`. `resource` is the plural. */
export const forbidden = (group: string, resource: string, name: string, why: string): StatusError =>
  new StatusError({
    reason: "Forbidden",
    message:
      name === ""
        ? `${qualifiedResource(group, resource)} is forbidden: ${why}`
        : `${qualifiedResource(group, resource)} "${name}" is forbidden: ${why}`,
    details: target(group, resource, name),
  });

/** 400 BadRequest with the message as it stands. */
export const badRequest = (message: string): StatusError => new StatusError({ reason: "BadRequest", message });

/** 500 InternalError: `Internal error occurred: WHY`. */
export const internalError = (why: string, cause?: unknown): StatusError =>
  new StatusError(
    { reason: "InternalError", message: `Internal error occurred: ${why}`, details: { causes: [{ message: why }] } },
    cause,
  );

/** 500 with the message alone, as upstream answers with an error that it has no Status for. */
export const plainError = (message: string): StatusError =>
  new StatusError({ reason: "InternalError", message, bare: true });
