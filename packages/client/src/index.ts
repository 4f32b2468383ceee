/**
 * @bulkhead/client: a thin typed client of any Kubernetes API, informers, workqueues and events.
 *
 * The usual way: `createClient` (from `clientOptionsOf(await loadKubeconfig([path])).options` where there is a
 * kubeconfig), one `createInformerFactory` a process, one `createWorkqueue` and one `createEventRecorder` a controller.
 */
export { type Backoff, type BackoffOptions, createBackoff, pause } from "./backoff.ts";
export { type ClientOptions, createClient } from "./client.ts";
export { type Authenticator, bearerToken, type Impersonation, tokenFile } from "./credentials.ts";
export { type DiscoveredResource, discoverResources } from "./discovery.ts";
export { createEventRecorder, type EventRecorderOptions, objectReference } from "./event-recorder.ts";
export { failureOf, hasReason, statusError } from "./failure.ts";
export { createInformer, dropManagedFields, type InformerOptions } from "./informer.ts";
export {
  createInformerFactory,
  type InformerFactory,
  type InformerFactoryOptions,
  type InformerSelection,
} from "./informer-factory.ts";
export { joinStreams } from "./join-streams.ts";
export {
  emptyKubeconfig,
  formatKubeconfig,
  type Kubeconfig,
  mergeKubeconfigs,
  type NamedCluster,
  type NamedContext,
  type NamedUser,
  parseKubeconfig,
  removeFromKubeconfig,
  setInKubeconfig,
} from "./kubeconfig.ts";
export { KubeconfigError, type KubeconfigErrorCode } from "./kubeconfig-error.ts";
export { type ContextClient, clientOptionsOf, loadKubeconfig, writeKubeconfig } from "./kubeconfig-file.ts";
export { createObjectCache, type ObjectCache } from "./object-cache.ts";
export {
  briefSchedules,
  changeDigests,
  currencyApprovals,
  currencyPolicies,
  currencySummaries,
  exceptions,
  imageReports,
  imageTrustPolicies,
  machineInventories,
  openClusterReports,
  openReports,
  postureControls,
  postureFacts,
  postureHistories,
  postureSummaries,
  responsePolicies,
  updatePolicies,
} from "./own-kinds.ts";
export { resourcePath } from "./path.ts";
export { resourceOf, resources } from "./resources.ts";
export { createTransport, type TlsMaterial, type Transport, type TransportOptions } from "./transport.ts";
export type * from "./types.ts";
export { createWorkqueue, type WorkqueueOptions } from "./workqueue.ts";
