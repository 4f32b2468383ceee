import type { Pod } from "../../generated/types.ts";
import { podSpecWarnings } from "./pod-spec-warnings.ts";

/** Warnings for a new Pod, as kubectl shows them. */
export const podWarnings = (pod: Pod): string[] => podSpecWarnings(pod.spec, "spec", pod.metadata);
