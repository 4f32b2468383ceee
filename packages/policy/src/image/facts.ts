import type { ScanFacts, SignatureFacts } from "@bulkhead/api";

/** Everything known about an image besides its name. Facts of another digest than the image's are not looked at. */
export interface ImageFacts {
  readonly digest: string;
  /** Absent: nobody looked for signatures. */
  readonly signatures?: SignatureFacts;
  /** Absent: never scanned. */
  readonly scan?: ScanFacts;
  /** Why it cannot be scanned. */
  readonly scanFailure?: string;
  /** It is about to be scanned, and advisories to hold it against are at hand: it waits for that, whatever policies ask. */
  readonly scanComes?: boolean;
  /** Whether this digest ran in this namespace before: new advisories then alarm, and refuse nothing. */
  readonly ranBefore?: boolean;
  /** The moment of the question, milliseconds since the epoch. */
  readonly now: number;
}

/**
 * When it is asked. `template`: a workload is written, its pods come later; `admission`: a pod is written; `start`: the node
 * is about to start it (signatures were asked for at its admission, and its digest cannot change); `running`: it runs, and
 * policies or advisories changed.
 */
export type ImageStage = "template" | "admission" | "start" | "running";
