import type { Exception, ImageTrustPolicy, KubeObject, Namespace } from "@bulkhead/api";
import { securityGroup } from "@bulkhead/api";
import {
  type ExceptionRules,
  type ImageRuleSet,
  normaliseExceptions,
  normaliseImages,
  normalisePodSecurity,
  type PodSecurityLevel,
  type PodSecurityRuleSet,
} from "@bulkhead/policy";
import type { Store, WatchHandle } from "@bulkhead/store";
import { peek } from "../resources/object-bytes.ts";

/** The deciders' rule sets as the objects are now: made per change (and when an exception expires), never per request. */
export interface DeciderRules {
  readonly podSecurity: PodSecurityRuleSet;
  readonly images: ImageRuleSet;
  readonly exceptions: ExceptionRules;
  close(): void;
}

const watched = [
  ["", "namespaces"],
  [securityGroup, "exceptions"],
  [securityGroup, "imagetrustpolicies"],
] as const;

export function watchDeciders(store: Store, defaults: PodSecurityLevel, now: () => number): DeciderRules {
  interface Rules {
    readonly exceptions: ExceptionRules;
    readonly podSecurity: PodSecurityRuleSet;
    readonly images: ImageRuleSet;
  }
  let rules: Rules | undefined;
  let closed = false;
  const list = <T extends KubeObject>(group: string, resource: string): T[] =>
    [...store.list({ group, resource, namespace: undefined }).items].map((object) => peek<T>(object));
  const build = (): Rules => {
    const namespaces = list<Namespace>("", "namespaces");
    const exceptions = normaliseExceptions(list<Exception>(securityGroup, "exceptions"), now());
    return {
      exceptions,
      podSecurity: normalisePodSecurity({ namespaces, exceptions, defaults }),
      images: normaliseImages({
        policies: list<ImageTrustPolicy>(securityGroup, "imagetrustpolicies"),
        namespaces,
        exceptions,
      }),
    };
  };
  const current = (): Rules => {
    if (rules?.exceptions.until !== undefined && rules.exceptions.until <= now()) rules = undefined;
    return (rules ??= build());
  };
  const handles: WatchHandle[] = [];
  const follow = (group: string, resource: string): void => {
    if (closed) return;
    const stale = (): void => {
      rules = undefined;
    };
    handles.push(
      store.watch(
        { group, resource, namespace: undefined, from: undefined },
        {
          onEvents: stale,
          onEnd: (why) => {
            if (why === "closed") return;
            stale();
            follow(group, resource);
          },
        },
      ),
    );
  };
  for (const [group, resource] of watched) follow(group, resource);
  return {
    get podSecurity() {
      return current().podSecurity;
    },
    get images() {
      return current().images;
    },
    get exceptions() {
      return current().exceptions;
    },
    close: () => {
      closed = true;
      for (const handle of handles) handle.close();
    },
  };
}
