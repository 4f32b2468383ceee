import type { ImageConfig } from "../archives/image-config.ts";
import type { Package } from "../inventory.ts";
import type { Executable } from "../scan/layer-record.ts";
import type { ImageFile } from "../scan/merge-records.ts";
import type { SecretScanner } from "../secrets/secret-scanner.ts";

export type CheckSeverity = "critical" | "high" | "medium" | "low" | "info";

/** What a check looks at. */
export interface CheckSubject {
  readonly config: ImageConfig;
  /** A file system without a configuration: only its files are judged. */
  readonly bare?: boolean;
  readonly marks: readonly ImageFile[];
  readonly executables: readonly Executable[];
  readonly packages: readonly Package[];
  readonly secrets: Pick<SecretScanner, "scanWords">;
}

/** One place where a check fails, in words that hold no secret. */
export interface CheckHit {
  readonly where: string;
  readonly says: string;
}

/** A rule about an image's configuration or files. */
export interface ImageCheck {
  /** `root-user`; never changes once published. */
  readonly id: string;
  readonly title: string;
  readonly severity: CheckSeverity;
  /** Why it matters, and what to do. */
  readonly why: string;
  readonly fix: string;
  find(subject: CheckSubject): readonly CheckHit[];
}
