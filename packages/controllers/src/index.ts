/**
 * @bulkhead/controllers: everything that makes what is like what is wanted, each a plain client of a Kubernetes API.
 *
 * One folder a controller: a pure plan and what carries it out. `startControllers` runs them all over shared informers;
 * `controllerTable` lists their names, identities and ClusterRoles, `ownClusterRoles` the roles that upstream has not.
 */
export { ownClusterRoles } from "./cluster-roles.ts";
export type { ControllerContext, ControllerDefinition } from "./controller.ts";
export type { CurrencySettings } from "./currency/currency-controller.ts";
export { gatherCluster, oneVersionEach } from "./currency/gather-cluster.ts";
export { type Gathered, together } from "./currency/gathered.ts";
export { lookupsOf, withoutAdvisories } from "./currency/lookups.ts";
export { findFault, type HealthFacts, isReady, living } from "./image-update/health.ts";
export type { ImageUpdateSettings } from "./image-update/image-update-controller.ts";
export type {
  CandidateJudge,
  CandidateQuestion,
  ImageUpdatePorts,
  Judgement,
  PatchOffer,
  PatchQuestion,
  PatchSource,
  Puller,
  TagSource,
  WorkloadImage,
} from "./image-update/ports.ts";
export { type Kinded, wholeOf } from "./image-update/workload.ts";
export {
  type ControllerSettings,
  controllerTable,
  type RunningControllers,
  readerIdentity,
  type StartControllersOptions,
  startControllers,
} from "./start-controllers.ts";
export type { TemplateJudge } from "./template-judge/template-judge-controller.ts";
