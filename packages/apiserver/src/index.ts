/**
 * @bulkhead/apiserver: a Kubernetes API server as a library. `createApiServer(options)` gives something that listens on
 * sockets and closes; everything it needs (store, keys, certificates, the way to agents) is handed in.
 */

export type { ImageResolver } from "./admission/image-facts.ts";
export type { PullSecrets } from "./admission/pull-secrets.ts";
export { type ApiServer, createApiServer } from "./api-server.ts";
export type { Authentication, Authenticator, Credentials } from "./authentication/authenticator.ts";
export {
  type BoundObject,
  type ServiceAccountClaims,
  serviceAccountClaims,
  type UserClaims,
  userClaims,
} from "./authentication/token-claims.ts";
export { createTokenKeys, type JsonWebKey, type TokenKeys } from "./authentication/token-keys.ts";
export type { User } from "./authentication/user.ts";
export type { OwnAccess } from "./authorization/reconcile-roles.ts";
export { defaultHttpLimits, type HttpLimits } from "./http/limits.ts";
export type { ListenAddress, ServingCertificates } from "./http/listener.ts";
export type { UseMemory } from "./identity-use/learned-uses.ts";
export type { ApiServerOptions } from "./options.ts";
export { registryTokenPath } from "./registry-token/basic-password.ts";
export { notifierAuthenticator, notifierDigest, registryNotifier } from "./registry-token/notifier.ts";
export { pullCredentialPath } from "./registry-token/pull-credential.ts";
export { registryEventsPath } from "./registry-token/registry-paths.ts";
export {
  createRegistryTokens,
  type RegistrySigner,
  type RegistryToken,
  type RegistryTokens,
} from "./registry-token/registry-tokens.ts";
export { registryGroup } from "./registry-token/repository.ts";
export type { DefaultsMode } from "./resources/services.ts";
export type { AgentDialer } from "./subresources/agent-dialer.ts";
