import type { LabelSelector } from "../generated/types.ts";
import type { KubeObject } from "../object.ts";

/** What a node sees of a running container that its image and its pod do not account for. */
export const runtimeSignals = [
  /** A program runs that was written after the container started, or lies on a volume. */
  "ProgramNotInImage",
  /** A program runs from memory alone, or its file was taken away. */
  "ProgramInMemory",
  /** A port is listened on that neither the pod nor a Service in front of it names. */
  "UndeclaredListener",
  /** A program, library or account file of the image was changed or added. */
  "SystemFileChanged",
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
  /** Only of what matches one of these: a path, a path ending in `/*`, a port as `8080/TCP`; absent: whatever the value. */
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
