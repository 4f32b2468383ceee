import { evaluatePodSecurity, type PodSecurityLevel } from "@bulkhead/policy";
import type { Breach, ControlCard, Fix } from "../posture/control.ts";
import { type Control, workloadControl } from "../posture/control.ts";
import type { PlacedContainer, Workload } from "../posture/workload.ts";
import type { View } from "../snapshot/view.ts";
import { brokenRule, ruleBreach } from "./pod-security-rule.ts";
import { containerOf, edited, listed, removing, setting } from "./workload-edits.ts";

/** Capabilities of which each gives so much of its own that a control of its own answers for it. */
export const ownCapabilities: ReadonlySet<string> = new Set([
  "ALL",
  "SYS_ADMIN",
  "SYS_MODULE",
  "SYS_PTRACE",
  "NET_ADMIN",
  "NET_RAW",
  "DAC_READ_SEARCH",
  "BPF",
  "PERFMON",
]);

/** `SYS_ADMIN` of `CAP_SYS_ADMIN`, as runtimes read it. */
export const bareCapability = (name: string): string => name.toUpperCase().replace(/^CAP_/, "");

const alone = new Map<string, boolean>();

/** Whether a level's decider refuses a container for adding this one capability. */
export function refusedCapability(level: Exclude<PodSecurityLevel, "privileged">, name: string): boolean {
  const key = `${level} ${name}`;
  const known = alone.get(key);
  if (known !== undefined) return known;
  const { because } = evaluatePodSecurity(
    {
      namespaces: new Map(),
      exceptions: { byDecider: new Map(), problems: [], expired: [], until: undefined },
      defaults: level,
    },
    {
      pod: {
        metadata: {},
        spec: {
          containers: [
            { name: "one", image: "one", securityContext: { capabilities: { add: [name], drop: ["ALL"] } } },
          ],
        },
      },
      identity: { namespace: "one", subjects: [] },
      mode: "enforce",
    },
  );
  const refused = because.some(({ rule }) => rule === `capabilities_${level}`);
  alone.set(key, refused);
  return refused;
}

/** Adds that a level refuses, by container. */
export function addedCapabilities(
  workload: Workload,
  view: View,
  level: Exclude<PodSecurityLevel, "privileged">,
  wanted: (name: string) => boolean,
  says: (container: PlacedContainer, names: readonly string[]) => string,
): readonly Breach[] {
  const rule = `capabilities_${level}`;
  const broken = brokenRule(workload, view, level, rule).filter(({ field }) => field.endsWith(".add"));
  if (broken.length === 0) return [];
  return workload.containers.flatMap((container) => {
    const one = broken.find((b) => b.container === container);
    if (one === undefined) return [];
    const names = (container.container.securityContext?.capabilities?.add ?? []).filter(
      (name) => refusedCapability(level, name) && wanted(bareCapability(name)),
    );
    return names.length === 0 ? [] : [ruleBreach(one, level, rule, says(container, names))];
  });
}

/** Takes capabilities out of what a container adds. */
export function withoutCapabilities(
  workload: Workload,
  breach: Breach,
  wanted: (name: string) => boolean,
  mind: string,
): Fix {
  const added = containerOf(workload, breach)?.container.securityContext?.capabilities?.add ?? [];
  const kept = added.filter((name) => !wanted(bareCapability(name)));
  return edited([kept.length === 0 ? removing(workload, breach.field) : setting(workload, breach.field, kept)], {
    mind,
  });
}

/** A control over capabilities that are weighed each by itself. */
export const capabilityControl = (
  card: Omit<ControlCard, "area">,
  names: readonly string[],
  says: string,
  mind: string,
): Control => {
  const wanted = (name: string): boolean => names.includes(name);
  return workloadControl({
    ...card,
    area: "workloads",
    check: (workload, view) =>
      addedCapabilities(
        workload,
        view,
        "baseline",
        wanted,
        ({ name }, found) => `container ${name} adds ${listed(found)}: ${says}`,
      ),
    fix: (workload, breach) => withoutCapabilities(workload, breach, wanted, mind),
  });
};
