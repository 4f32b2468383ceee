import type { Control } from "../control.ts";
import { backupKeysBeside } from "./backup-keys-beside/control.ts";
import { backupMissing } from "./backup-missing/control.ts";
import { backupSameMachine } from "./backup-same-machine/control.ts";
import { backupStale } from "./backup-stale/control.ts";
import { backupUnencrypted } from "./backup-unencrypted/control.ts";
import { backupUntested } from "./backup-untested/control.ts";

export const backupsControls: readonly Control[] = [
  backupMissing,
  backupStale,
  backupUntested,
  backupUnencrypted,
  backupKeysBeside,
  backupSameMachine,
];
