import type { Control } from "../control.ts";
import { runtimeCgroupVersion } from "./runtime-cgroup-version/control.ts";
import { runtimePidsLimit } from "./runtime-pids-limit/control.ts";
import { runtimeSeccompDefault } from "./runtime-seccomp-default/control.ts";
import { runtimeSocketOpen } from "./runtime-socket-open/control.ts";
import { runtimeUnfixedEscape } from "./runtime-unfixed-escape/control.ts";
import { runtimeUnfixedWeakness } from "./runtime-unfixed-weakness/control.ts";
import { runtimeUserNamespaces } from "./runtime-user-namespaces/control.ts";

export const runtimeControls: readonly Control[] = [
  runtimeUnfixedEscape,
  runtimeUnfixedWeakness,
  runtimeSocketOpen,
  runtimeSeccompDefault,
  runtimeUserNamespaces,
  runtimeCgroupVersion,
  runtimePidsLimit,
];
