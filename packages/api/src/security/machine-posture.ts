/**
 * What a machine says of how it is set up: read by whoever looks at it, and as the facts of NodeFacts and ControlPlaneFacts
 * by the controls. Absent: nobody could look.
 */

/** A setting that was seen, and where: a file, a program, `--anonymous-auth=true` of the Pod kube-system/kube-apiserver-a. */
export interface Seen<T> {
  readonly value: T;
  readonly where: string;
}

/** A file whose mode matters. */
export interface SeenFile {
  readonly path: string;
  /** Octal: `640`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** `640`: no bit beyond these. */
  readonly most: string;
  /** Whose it may be, besides root's. */
  readonly owner?: number;
}

/** What listens on other addresses than loopback: `tcp 0.0.0.0:10250 kubelet`. */
export interface SeenListener {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly program?: string;
  /** It is there to be reached: the API server's own port, the kubelet's. */
  readonly meant?: boolean;
}

export interface SeenCertificate {
  readonly name: string;
  readonly where: string;
  /** RFC 3339. */
  readonly notAfter: string;
  /** Whoever made it makes a new one when less than this is left; absent: nobody does. */
  readonly renewedWithDaysLeft?: number;
  readonly keyBits?: number;
  /** `rsa`, `ec`, `ed25519`. */
  readonly keyType?: string;
}

/** Of one node. */
export interface NodePosture {
  readonly kernel?: Seen<string>;
  readonly distribution?: Seen<{ readonly id: string; readonly version: string; readonly name: string }>;
  readonly runtime?: Seen<{ readonly name: string; readonly version: string; readonly package?: string }>;
  readonly runc?: Seen<{ readonly version: string; readonly package?: string }>;
  /** Container escapes that the runtime's version still has. */
  readonly unfixedEscapes?: Seen<readonly string[]>;
  /** Other flaws by which what should hold pods does not. */
  readonly unfixedWeaknesses?: Seen<readonly string[]>;
  readonly cgroupVersion?: Seen<1 | 2>;
  readonly apparmor?: Seen<boolean>;
  readonly selinux?: Seen<"enforcing" | "permissive" | "disabled">;
  readonly userNamespaces?: Seen<boolean>;
  readonly swapEncrypted?: Seen<boolean | "no swap">;
  /** Whether Secrets lie in a tmpfs that is never written to swap. */
  readonly secretsOutOfSwap?: Seen<boolean>;
  /** Kernel settings by their name (`kernel.kptr_restrict`). */
  readonly sysctls?: Seen<Readonly<Record<string, string>>>;
  readonly kernelLockdown?: Seen<"none" | "integrity" | "confidentiality">;
  readonly files?: Seen<readonly SeenFile[]>;
  readonly listeners?: Seen<readonly SeenListener[]>;
  /** Sockets of a container runtime that others than root may open. */
  readonly openRuntimeSockets?: Seen<readonly string[]>;
  readonly clockSynchronised?: Seen<boolean>;
  readonly diskEncrypted?: Seen<boolean>;
  readonly rebootRequired?: Seen<boolean>;
  readonly automaticUpdates?: Seen<boolean>;
  /** Security updates of system packages that wait. */
  readonly pendingSecurityUpdates?: Seen<number>;
  readonly sshPasswordLogin?: Seen<boolean>;
  readonly auditd?: Seen<boolean>;
}
