import type { Control } from "../control.ts";
import { secretAsEnv } from "./secret-as-env/control.ts";
import { secretInAnnotations } from "./secret-in-annotations/control.ts";
import { secretInArguments } from "./secret-in-arguments/control.ts";
import { secretInConfigMap } from "./secret-in-config-map/control.ts";
import { secretInEnv } from "./secret-in-env/control.ts";
import { secretLastApplied } from "./secret-last-applied/control.ts";
import { secretOptionalMissing } from "./secret-optional-missing/control.ts";
import { secretPullMissing } from "./secret-pull-missing/control.ts";
import { secretShared } from "./secret-shared/control.ts";
import { secretSubPath } from "./secret-sub-path/control.ts";
import { secretUnused } from "./secret-unused/control.ts";
import { secretVolumeUnused } from "./secret-volume-unused/control.ts";
import { secretWholeInEnv } from "./secret-whole-in-env/control.ts";

export const secretsControls: readonly Control[] = [
  secretAsEnv,
  secretInAnnotations,
  secretInArguments,
  secretInConfigMap,
  secretInEnv,
  secretLastApplied,
  secretOptionalMissing,
  secretPullMissing,
  secretShared,
  secretSubPath,
  secretUnused,
  secretVolumeUnused,
  secretWholeInEnv,
];
