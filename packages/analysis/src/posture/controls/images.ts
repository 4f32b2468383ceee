import type { Control } from "../control.ts";
import { imageAdvisoriesStale } from "./image-advisories-stale/control.ts";
import { imageCriticalFixable } from "./image-critical-fixable/control.ts";
import { imageEndOfLife } from "./image-end-of-life/control.ts";
import { imageExploited } from "./image-exploited/control.ts";
import { imageMaliciousPackage } from "./image-malicious-package/control.ts";
import { imageManyRegistries } from "./image-many-registries/control.ts";
import { imageNotPinned } from "./image-not-pinned/control.ts";
import { imageNotScanned } from "./image-not-scanned/control.ts";
import { imageNotTrusted } from "./image-not-trusted/control.ts";
import { imagePolicyAnyRegistry } from "./image-policy-any-registry/control.ts";
import { imagePolicyNotEnforced } from "./image-policy-not-enforced/control.ts";
import { imagePullPolicy } from "./image-pull-policy/control.ts";
import { imageSecretInside } from "./image-secret-inside/control.ts";
import { imageTagLatest } from "./image-tag-latest/control.ts";

export const imagesControls: readonly Control[] = [
  imageNotPinned,
  imageTagLatest,
  imagePullPolicy,
  imageExploited,
  imageCriticalFixable,
  imageMaliciousPackage,
  imageSecretInside,
  imageEndOfLife,
  imageNotScanned,
  imageNotTrusted,
  imagePolicyNotEnforced,
  imagePolicyAnyRegistry,
  imageAdvisoriesStale,
  imageManyRegistries,
];
