/**
 * What a machine says of itself, in the shape of the `facts` of NodeFacts and ControlPlaneFacts objects (package
 * `analysis`, which this package may not import): plain data that is put into such objects as it is. Absent: nobody
 * could look.
 */
export interface Seen<T> {
  readonly value: T;
  /** Where it was seen: a file, a program. */
  readonly where: string;
}

export interface SeenFile {
  readonly path: string;
  /** Octal: `640`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** No bit beyond these. */
  readonly most: string;
  /** Whose it may be besides root's. */
  readonly owner?: number;
}

export interface SeenListener {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly program?: string;
  readonly meant?: boolean;
}

export interface SeenCertificate {
  readonly name: string;
  readonly where: string;
  /** RFC 3339. */
  readonly notAfter: string;
  readonly renewedWithDaysLeft?: number;
  readonly keyBits?: number;
  readonly keyType?: string;
}

/** For NodeFacts. */
export interface NodePosture {
  readonly kernel?: Seen<string>;
  readonly distribution?: Seen<{ readonly id: string; readonly version: string; readonly name: string }>;
  readonly runtime?: Seen<{ readonly name: string; readonly version: string; readonly package?: string }>;
  readonly runc?: Seen<{ readonly version: string; readonly package?: string }>;
  readonly unfixedEscapes?: Seen<readonly string[]>;
  readonly unfixedWeaknesses?: Seen<readonly string[]>;
  readonly cgroupVersion?: Seen<1 | 2>;
  readonly apparmor?: Seen<boolean>;
  readonly selinux?: Seen<"enforcing" | "permissive" | "disabled">;
  readonly userNamespaces?: Seen<boolean>;
  readonly swapEncrypted?: Seen<boolean | "no swap">;
  readonly secretsOutOfSwap?: Seen<boolean>;
  readonly sysctls?: Seen<Readonly<Record<string, string>>>;
  readonly kernelLockdown?: Seen<"none" | "integrity" | "confidentiality">;
  readonly files?: Seen<readonly SeenFile[]>;
  readonly listeners?: Seen<readonly SeenListener[]>;
  readonly openRuntimeSockets?: Seen<readonly string[]>;
  readonly clockSynchronised?: Seen<boolean>;
  readonly diskEncrypted?: Seen<boolean>;
  readonly rebootRequired?: Seen<boolean>;
  readonly automaticUpdates?: Seen<boolean>;
  readonly pendingSecurityUpdates?: Seen<number>;
  readonly sshPasswordLogin?: Seen<boolean>;
  readonly auditd?: Seen<boolean>;
}

/** What an instance's machine says: for the NodeFacts of its node, and the certificates for its ControlPlaneFacts. */
export interface MachinePosture {
  /** The instance's node; undefined where its configuration cannot be read. */
  readonly nodeName: string | undefined;
  readonly node: NodePosture;
  readonly certificates?: readonly SeenCertificate[];
}
