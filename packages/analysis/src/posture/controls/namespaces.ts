import type { Control } from "../control.ts";
import { exceptionBroad } from "./exception-broad/control.ts";
import { exceptionEnded } from "./exception-ended/control.ts";
import { exceptionLong } from "./exception-long/control.ts";
import { exceptionSubjectGone } from "./exception-subject-gone/control.ts";
import { namespaceDefault } from "./namespace-default/control.ts";
import { namespacePodSecurity } from "./namespace-pod-security/control.ts";
import { namespacePodSecurityLabel } from "./namespace-pod-security-label/control.ts";
import { namespacePodSecurityVersion } from "./namespace-pod-security-version/control.ts";
import { namespaceQuota } from "./namespace-quota/control.ts";
import { namespaceRestricted } from "./namespace-restricted/control.ts";
import { namespaceSystem } from "./namespace-system/control.ts";
import { namespaceTerminating } from "./namespace-terminating/control.ts";

export const namespacesControls: readonly Control[] = [
  exceptionBroad,
  exceptionEnded,
  exceptionLong,
  exceptionSubjectGone,
  namespaceDefault,
  namespacePodSecurity,
  namespacePodSecurityLabel,
  namespacePodSecurityVersion,
  namespaceQuota,
  namespaceRestricted,
  namespaceSystem,
  namespaceTerminating,
];
