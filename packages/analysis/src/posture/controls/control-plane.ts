import type { Control } from "../control.ts";
import { apiAdmissionDisabled } from "./api-admission-disabled/control.ts";
import { apiAlwaysAdmit } from "./api-always-admit/control.ts";
import { apiAnonymousAuth } from "./api-anonymous-auth/control.ts";
import { apiAuthorizationNode } from "./api-authorization-node/control.ts";
import { apiAuthorizationOpen } from "./api-authorization-open/control.ts";
import { apiAuthorizationRbac } from "./api-authorization-rbac/control.ts";
import { apiEncryptionAtRest } from "./api-encryption-at-rest/control.ts";
import { apiEncryptionKeyAge } from "./api-encryption-key-age/control.ts";
import { apiEventRateLimit } from "./api-event-rate-limit/control.ts";
import { apiExternalIps } from "./api-external-ips/control.ts";
import { apiInsecurePort } from "./api-insecure-port/control.ts";
import { apiKubeletAuthority } from "./api-kubelet-authority/control.ts";
import { apiListensEverywhere } from "./api-listens-everywhere/control.ts";
import { apiNodeRestriction } from "./api-node-restriction/control.ts";
import { apiProfiling } from "./api-profiling/control.ts";
import { apiServiceAccountKey } from "./api-service-account-key/control.ts";
import { apiServiceAccountLookup } from "./api-service-account-lookup/control.ts";
import { apiServingCertificate } from "./api-serving-certificate/control.ts";
import { apiStaticCredentials } from "./api-static-credentials/control.ts";
import { apiTlsCiphers } from "./api-tls-ciphers/control.ts";
import { apiTlsVersion } from "./api-tls-version/control.ts";
import { apiTokenExtension } from "./api-token-extension/control.ts";
import { certificateEndsSoon } from "./certificate-ends-soon/control.ts";
import { certificateWeakKey } from "./certificate-weak-key/control.ts";
import { controlPlaneListens } from "./control-plane-listens/control.ts";
import { controllerCredentials } from "./controller-credentials/control.ts";
import { controllerRootAuthority } from "./controller-root-authority/control.ts";
import { etcdAutoTls } from "./etcd-auto-tls/control.ts";
import { etcdOwnAuthority } from "./etcd-own-authority/control.ts";
import { etcdPeerTls } from "./etcd-peer-tls/control.ts";
import { etcdTls } from "./etcd-tls/control.ts";
import { mastersUsed } from "./masters-used/control.ts";

export const controlPlaneControls: readonly Control[] = [
  apiAnonymousAuth,
  apiAuthorizationOpen,
  apiAuthorizationRbac,
  apiAuthorizationNode,
  apiStaticCredentials,
  apiAlwaysAdmit,
  apiNodeRestriction,
  apiAdmissionDisabled,
  apiExternalIps,
  apiProfiling,
  apiTlsVersion,
  apiTlsCiphers,
  apiInsecurePort,
  apiEncryptionAtRest,
  apiEncryptionKeyAge,
  etcdTls,
  etcdPeerTls,
  etcdAutoTls,
  apiKubeletAuthority,
  apiServiceAccountLookup,
  apiTokenExtension,
  controlPlaneListens,
  controllerCredentials,
  mastersUsed,
  apiListensEverywhere,
  certificateEndsSoon,
  certificateWeakKey,
  apiServiceAccountKey,
  apiServingCertificate,
  apiEventRateLimit,
  controllerRootAuthority,
  etcdOwnAuthority,
];
