/** Pods for tests: a small valid one, with what a test is about on top. */
import type { Container, ContainerStatus, ObjectMeta, Pod, PodSpec, PodStatus } from "../../generated/types.ts";
import { podRow } from "./pod-row.ts";

export const makeContainer = (parts: Partial<Container> = {}): Container => ({
  name: "c",
  image: "example.com/app:1",
  ...parts,
});

interface PodParts {
  readonly metadata?: ObjectMeta;
  readonly spec?: Partial<PodSpec>;
  readonly status?: PodStatus;
}

/** Defaulted, as it would be stored. */
export function makePod({ metadata, spec, status }: PodParts = {}): Pod {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "n", generation: 1, ...metadata },
    spec: { serviceAccountName: "default", nodeName: "node", containers: [makeContainer()], ...spec },
    status: { phase: "Pending", qosClass: "BestEffort", ...status },
  };
  podRow.defaults(pod);
  return pod;
}

export const makeStatus = (parts: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: "c",
  image: "example.com/app:1",
  imageID: "",
  ready: false,
  restartCount: 0,
  ...parts,
});
