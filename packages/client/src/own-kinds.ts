import {
  type BriefSchedule,
  type ChangeDigest,
  type CurrencyApproval,
  type CurrencyPolicy,
  type CurrencySummary,
  type Exception,
  type ImageReport,
  type ImageTrustPolicy,
  type MachineInventory,
  type OpenReport,
  openReportsGroup,
  openReportsVersion,
  type PostureControl,
  type PostureFacts,
  type PostureHistory,
  type PostureSummary,
  type ResponsePolicy,
  securityGroup,
  securityVersion,
  type UpdatePolicy,
} from "@bulkhead/api";
import { resourceOf } from "./resources.ts";

/** Our own kinds, typed as the well-known ones are. */
const own = { group: securityGroup, version: securityVersion } as const;

export const exceptions = resourceOf<Exception>({
  ...own,
  resource: "exceptions",
  kind: "Exception",
  namespaced: true,
});

export const imageTrustPolicies = resourceOf<ImageTrustPolicy>({
  ...own,
  resource: "imagetrustpolicies",
  kind: "ImageTrustPolicy",
  namespaced: false,
});

export const updatePolicies = resourceOf<UpdatePolicy>({
  ...own,
  resource: "updatepolicies",
  kind: "UpdatePolicy",
  namespaced: true,
});

export const imageReports = resourceOf<ImageReport>({
  ...own,
  resource: "imagereports",
  kind: "ImageReport",
  namespaced: false,
});

/** Not ours, and written by us. */
export const openReports = resourceOf<OpenReport>({
  group: openReportsGroup,
  version: openReportsVersion,
  resource: "reports",
  kind: "Report",
  namespaced: true,
});

/** The same about what is in no namespace. */
export const openClusterReports = resourceOf<OpenReport>({
  group: openReportsGroup,
  version: openReportsVersion,
  resource: "clusterreports",
  kind: "ClusterReport",
  namespaced: false,
});

export const responsePolicies = resourceOf<ResponsePolicy>({
  ...own,
  resource: "responsepolicies",
  kind: "ResponsePolicy",
  namespaced: false,
});

export const briefSchedules = resourceOf<BriefSchedule>({
  ...own,
  resource: "briefschedules",
  kind: "BriefSchedule",
  namespaced: false,
});

export const postureControls = resourceOf<PostureControl>({
  ...own,
  resource: "posturecontrols",
  kind: "PostureControl",
  namespaced: false,
});

export const postureHistories = resourceOf<PostureHistory>({
  ...own,
  resource: "posturehistories",
  kind: "PostureHistory",
  namespaced: false,
});

export const postureSummaries = resourceOf<PostureSummary>({
  ...own,
  resource: "posturesummaries",
  kind: "PostureSummary",
  namespaced: false,
});

export const currencyPolicies = resourceOf<CurrencyPolicy>({
  ...own,
  resource: "currencypolicies",
  kind: "CurrencyPolicy",
  namespaced: false,
});

export const currencyApprovals = resourceOf<CurrencyApproval>({
  ...own,
  resource: "currencyapprovals",
  kind: "CurrencyApproval",
  namespaced: false,
});

export const currencySummaries = resourceOf<CurrencySummary>({
  ...own,
  resource: "currencysummaries",
  kind: "CurrencySummary",
  namespaced: false,
});

export const machineInventories = resourceOf<MachineInventory>({
  ...own,
  resource: "machineinventories",
  kind: "MachineInventory",
  namespaced: false,
});

export const postureFacts = resourceOf<PostureFacts>({
  ...own,
  resource: "posturefacts",
  kind: "PostureFacts",
  namespaced: false,
});

export const changeDigests = resourceOf<ChangeDigest>({
  ...own,
  resource: "changedigests",
  kind: "ChangeDigest",
  namespaced: false,
});
