import type { KeyObject } from "node:crypto";
import type { Log } from "@bulkhead/api";
import type { Checkpoint } from "@bulkhead/audit";
import type { KeyProvider } from "@bulkhead/keyring";

export interface StoreOptions {
  /** Holds `store.db` and `store.lock`; made with mode 0700 when absent. */
  readonly folder: string;
  readonly log?: Log;
  /** Which resources are sealed at rest and in memory. Needs `keyProvider`. */
  readonly sealed?: (group: string, resource: string) => boolean;
  readonly keyProvider?: KeyProvider;
  /** The writer's thread. Default: its source; a bundle passes its own file. */
  readonly workerUrl?: URL | string;
  /** How far back lists and watches reach; whichever bound is met first. */
  readonly history?: {
    /** Default 300000: five minutes. Counted by the monotonic clock. */
    readonly milliseconds?: number;
    /** Default 100000. */
    readonly revisions?: number;
    /** Bytes that history keeps beside the current objects. Default 16 MiB. */
    readonly bytes?: number;
  };
  /** Default 3 MiB. */
  readonly maxObjectBytes?: number;
  /** Events that a busy watcher may be behind. Default 10000. */
  readonly watchLag?: number;
  readonly audit?: {
    /** Ed25519, private: signs checkpoints. Without one none are made. */
    readonly signingKey?: KeyObject;
    /** A checkpoint after so many records. Default 1000. */
    readonly everyRecords?: number;
    /** And after so many seconds when there are new records. Default 60. */
    readonly everySeconds?: number;
    /** Every new checkpoint: the place to send it elsewhere. */
    readonly onCheckpoint?: (checkpoint: Checkpoint) => void;
    /** Oldest records go beyond so many; a signed checkpoint stands for them. Default: none goes. Needs `signingKey`. */
    readonly keepRecords?: number;
  };
  /** The writer has died: nothing can be written any more; reads go on. */
  readonly onFailure?: (error: Error) => void;
  /** Milliseconds, monotonic. Default performance.now. */
  readonly clock?: () => number;
}
