import type { Control } from "../control.ts";
import { auditCatchAll } from "./audit-catch-all/control.ts";
import { auditLocalOnly } from "./audit-local-only/control.ts";
import { auditLogSmall } from "./audit-log-small/control.ts";
import { auditOff } from "./audit-off/control.ts";
import { auditRetention } from "./audit-retention/control.ts";
import { auditSecretAccess } from "./audit-secret-access/control.ts";
import { auditSecretBodies } from "./audit-secret-bodies/control.ts";
import { auditUnchained } from "./audit-unchained/control.ts";
import { auditUnverified } from "./audit-unverified/control.ts";

export const auditControls: readonly Control[] = [
  auditOff,
  auditCatchAll,
  auditSecretBodies,
  auditSecretAccess,
  auditUnchained,
  auditUnverified,
  auditRetention,
  auditLocalOnly,
  auditLogSmall,
];
