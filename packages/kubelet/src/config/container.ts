import type { Container, EphemeralContainer, Pod } from "@bulkhead/api";
import { type CriContainerConfig, type CriMount, signals } from "../cri/schema.ts";
import type { PresentImage } from "../images/puller.ts";
import { containerResources, type ResourceFacts } from "../pod/resources.ts";
import { imageAnnotation } from "../pod/runtime.ts";
import type { Variable } from "./environment.ts";
import { expand } from "./expansion.ts";
import { plainName } from "./plain-name.ts";
import { labels, podLabels } from "./sandbox.ts";
import { containerSecurity, type SecurityFacts } from "./security.ts";

export interface ContainerFacts {
  readonly attempt: number;
  readonly image: PresentImage;
  readonly variables: readonly Variable[];
  readonly mounts: readonly CriMount[];
  /** The container whose processes an ephemeral one looks into. */
  readonly target: string | undefined;
  readonly security: SecurityFacts;
  readonly resources: ResourceFacts;
}

/** Where a container's log lies below its pod's log folder. */
const logPath = (container: string, attempt: number): string => `${plainName(container)}/${attempt}.log`;

/** A container's configuration for CRI. Failures are ConfigError. */
export function containerConfig(
  pod: Pod,
  container: Container | EphemeralContainer,
  facts: ContainerFacts,
): CriContainerConfig {
  const values = new Map(facts.variables.map(({ key, value }) => [key, value]));
  const expanded = (words: readonly string[] | undefined): string[] =>
    (words ?? []).map((word) => expand(word, (name) => values.get(name)));
  const signal = container.lifecycle?.stopSignal;
  return {
    metadata: { name: container.name, attempt: facts.attempt },
    image: { image: facts.image.id, userSpecifiedImage: container.image ?? "" },
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? "",
    envs: facts.variables,
    mounts: facts.mounts,
    labels: { ...podLabels(pod), [labels.containerName]: container.name },
    annotations: { [imageAnnotation]: container.image ?? "" },
    logPath: logPath(container.name, facts.attempt),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    linux: {
      resources: containerResources(pod, container, facts.resources),
      securityContext: containerSecurity(pod, container, facts.image, facts.security, facts.target),
    },
    ...(signal === undefined ? {} : { stopSignal: Math.max(signals.indexOf(signal), 0) }),
  };
}
