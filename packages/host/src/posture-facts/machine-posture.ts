import type { NodePosture, SeenCertificate } from "@bulkhead/api";

/** What an instance's machine says: for the NodeFacts of its node, and the certificates for its ControlPlaneFacts. */
export interface MachinePosture {
  /** The instance's node; undefined where its configuration cannot be read. */
  readonly nodeName: string | undefined;
  readonly node: NodePosture;
  readonly certificates?: readonly SeenCertificate[];
}
