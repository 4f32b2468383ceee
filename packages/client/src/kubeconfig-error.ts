export type KubeconfigErrorCode = "absent" | "malformed" | "no-context" | "unsupported" | "unreadable";

/** A kubeconfig that cannot be used. Messages name files and fields, never tokens or keys. */
export class KubeconfigError extends Error {
  readonly code: KubeconfigErrorCode;

  constructor(code: KubeconfigErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "KubeconfigError";
    this.code = code;
  }
}
