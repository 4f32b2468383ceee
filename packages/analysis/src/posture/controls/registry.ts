import type { Control } from "../control.ts";
import { registryAnonymousPull } from "./registry-anonymous-pull/control.ts";
import { registryAnonymousPush } from "./registry-anonymous-push/control.ts";
import { registryDeletes } from "./registry-deletes/control.ts";
import { registryPlainHttp } from "./registry-plain-http/control.ts";
import { registryPushesUnrecorded } from "./registry-pushes-unrecorded/control.ts";
import { registryRemotePlainHttp } from "./registry-remote-plain-http/control.ts";
import { registryRemoteUnverified } from "./registry-remote-unverified/control.ts";

export const registryControls: readonly Control[] = [
  registryPlainHttp,
  registryAnonymousPush,
  registryAnonymousPull,
  registryRemoteUnverified,
  registryRemotePlainHttp,
  registryPushesUnrecorded,
  registryDeletes,
];
