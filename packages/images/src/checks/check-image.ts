import {
  namedUser,
  noHealthcheck,
  pipedInstall,
  remoteAdd,
  rootUser,
  secretInEnvironment,
  secretInHistory,
  sshPort,
} from "./config-checks.ts";
import { packageManager, setuidFiles, shellLeft, unknownSetuid, worldWritable } from "./file-checks.ts";
import type { CheckHit, CheckSeverity, CheckSubject, ImageCheck } from "./image-check.ts";

const ofFiles: ReadonlySet<ImageCheck> = new Set([
  unknownSetuid,
  setuidFiles,
  worldWritable,
  packageManager,
  shellLeft,
]);

/** All checks of an image's configuration and files, gravest first. */
export const imageChecks: readonly ImageCheck[] = [
  secretInEnvironment,
  secretInHistory,
  rootUser,
  unknownSetuid,
  setuidFiles,
  worldWritable,
  remoteAdd,
  pipedInstall,
  sshPort,
  packageManager,
  namedUser,
  shellLeft,
  noHealthcheck,
];

/** A check that failed, and where. */
export interface CheckFinding {
  readonly id: string;
  readonly title: string;
  readonly severity: CheckSeverity;
  readonly why: string;
  readonly fix: string;
  readonly hits: readonly CheckHit[];
}

export function checkImage(subject: CheckSubject): CheckFinding[] {
  return imageChecks.flatMap((check) => {
    if (subject.bare === true && !ofFiles.has(check)) return [];
    const { id, title, severity, why, fix } = check;
    const hits = check.find(subject);
    return hits.length === 0 ? [] : [{ id, title, severity, why, fix, hits }];
  });
}
