import type { Control } from "../control.ts";
import { admissionBindingDangling } from "./admission-binding-dangling/control.ts";
import { admissionBindingLenient } from "./admission-binding-lenient/control.ts";
import { admissionImageContent } from "./admission-image-content/control.ts";
import { admissionImagePolicyNowhere } from "./admission-image-policy-nowhere/control.ts";
import { admissionImageSignatures } from "./admission-image-signatures/control.ts";
import { admissionImagesUnjudged } from "./admission-images-unjudged/control.ts";
import { admissionPolicyIgnore } from "./admission-policy-ignore/control.ts";
import { admissionPolicyUnbound } from "./admission-policy-unbound/control.ts";
import { admissionWebhookCa } from "./admission-webhook-ca/control.ts";
import { admissionWebhookIgnore } from "./admission-webhook-ignore/control.ts";
import { admissionWebhookNamespaces } from "./admission-webhook-namespaces/control.ts";
import { admissionWebhookObjectExempt } from "./admission-webhook-object-exempt/control.ts";
import { admissionWebhookService } from "./admission-webhook-service/control.ts";
import { admissionWebhookTimeout } from "./admission-webhook-timeout/control.ts";
import { admissionWebhookUrl } from "./admission-webhook-url/control.ts";

export const admissionControls: readonly Control[] = [
  admissionBindingDangling,
  admissionBindingLenient,
  admissionImageContent,
  admissionImagePolicyNowhere,
  admissionImageSignatures,
  admissionImagesUnjudged,
  admissionPolicyIgnore,
  admissionPolicyUnbound,
  admissionWebhookCa,
  admissionWebhookIgnore,
  admissionWebhookNamespaces,
  admissionWebhookObjectExempt,
  admissionWebhookService,
  admissionWebhookTimeout,
  admissionWebhookUrl,
];
