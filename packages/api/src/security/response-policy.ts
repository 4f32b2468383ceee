import type { LabelSelector } from "../generated/types.ts";
import type { KubeObject } from "../object.ts";

/** What the API server sees of a pod's identity that the pod does not account for. */
export const identitySignals = [
  /** A token bound to a pod was used from an address that is not the pod's. */
  "TokenUsedElsewhere",
  /** A pod's ServiceAccount was used for what it was never used for since somebody looks. */
  "IdentityUsedAnew",
  /** A token bound to a pod was shown after the pod was gone. */
  "TokenOfGonePod",
] as const;
export type IdentitySignal = (typeof identitySignals)[number];

/** What is seen of a running container, or of a pod's identity, that image and pod do not account for. */
export const runtimeSignals = [
  /** A program runs that was written after the container started, or lies on a volume. */
  "ProgramNotInImage",
  /** A program runs from memory alone, or its file was taken away. */
  "ProgramInMemory",
  /** A program of the image has loaded code that was written after the container started, or lies on a volume. */
  "LibraryNotInImage",
  /** A port is listened on that neither the pod nor a Service in front of it names. */
  "UndeclaredListener",
  /** A program, library or account file of the image was changed or added. */
  "SystemFileChanged",
  ...identitySignals,
] as const;
export type RuntimeSignal = (typeof runtimeSignals)[number];

/** From the mildest. `Stop` ends all containers of the pod for good; its controller makes another one. */
export const responseActions = ["Ignore", "Tell", "Isolate", "Replace", "Stop"] as const;
export type ResponseAction = (typeof responseActions)[number];

export const responseModes = ["DryRun", "Enforce"] as const;
export type ResponseMode = (typeof responseModes)[number];

export interface ResponseRule {
  readonly signals: readonly RuntimeSignal[];
  readonly action: ResponseAction;
  /** Only of what matches one of these: a path, a path ending in `/*`, a port as `8080/TCP`, an address, `list secrets`; absent: whatever the value. */
  readonly values?: readonly string[] | undefined;
}

export interface ResponsePolicySpec {
  /** Absent or empty: every namespace. */
  readonly namespaceSelector?: LabelSelector | undefined;
  /** Absent or empty: every pod of these. */
  readonly podSelector?: LabelSelector | undefined;
  /** `DryRun`, the default: says what it would do, and does nothing but tell. */
  readonly mode?: ResponseMode | undefined;
  /** The first that fits a signal counts. */
  readonly rules: readonly ResponseRule[];
}

/** What is done about runtime signals. Without one they are told. */
export interface ResponsePolicy extends KubeObject {
  spec: ResponsePolicySpec;
}
