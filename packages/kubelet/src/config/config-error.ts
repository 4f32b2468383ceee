export type ConfigErrorCode =
  | "MissingObject"
  | "MissingKey"
  | "BadReference"
  | "RunAsRoot"
  | "UnknownUser"
  | "Unsupported"
  | "BadPath";

/** A container or volume that cannot be made as its pod asks; the message is for the pod's owner and holds no value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code: ConfigErrorCode;

  constructor(code: ConfigErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
