import type { Control } from "../control.ts";
import { admissionControls } from "./admission.ts";
import { auditControls } from "./audit.ts";
import { backupsControls } from "./backups.ts";
import { controlPlaneControls } from "./control-plane.ts";
import { identitiesControls } from "./identities.ts";
import { imagesControls } from "./images.ts";
import { namespacesControls } from "./namespaces.ts";
import { networkControls } from "./network.ts";
import { nodeControls } from "./node.ts";
import { registryControls } from "./registry.ts";
import { runtimeControls } from "./runtime.ts";
import { secretsControls } from "./secrets.ts";
import { workloadsControls } from "./workloads.ts";

/** Every control that we ship, by area. */
export const controls: readonly Control[] = [
  ...workloadsControls,
  ...identitiesControls,
  ...networkControls,
  ...secretsControls,
  ...namespacesControls,
  ...admissionControls,
  ...imagesControls,
  ...controlPlaneControls,
  ...nodeControls,
  ...runtimeControls,
  ...registryControls,
  ...backupsControls,
  ...auditControls,
];
