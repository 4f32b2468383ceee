import type { NodePolicy, NodePolicyError } from "@bulkhead/policy";
import type { Store } from "@bulkhead/store";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { RbacRules } from "../authorization/rbac-rules.ts";
import type { ResourceRegistry } from "../resources/registry.ts";
import type { DefaultsMode } from "../resources/services.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { authors } from "./authors.ts";
import { definitionLifecycle } from "./definition-lifecycle.ts";
import { definitionProtection } from "./definition-protection.ts";
import { externalIps } from "./external-ips.ts";
import type { ImageResolver } from "./image-facts.ts";
import { imageScannerRestriction } from "./image-scanner-restriction.ts";
import { imageTrust } from "./image-trust.ts";
import { knownImages } from "./known-images.ts";
import { namespaceDefaults } from "./namespace-defaults.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { ownerReferences } from "./owner-references.ts";
import { defaultTolerations, hostUsers, priority } from "./pod-defaults.ts";
import { podResize } from "./pod-resize.ts";
import { podSecurity } from "./pod-security.ts";
import { pullSecretsFor } from "./pull-secrets.ts";
import { rbacEscalation } from "./rbac-escalation.ts";
import type { DeciderRules } from "./rule-cache.ts";
import { serviceAccount } from "./service-account.ts";
import { workloadJudge } from "./workload-judge.ts";

export interface AdmissionOptions {
  readonly store: Store;
  readonly registry: ResourceRegistry;
  readonly authorizer: Authorizer;
  readonly rbac: RbacRules;
  readonly deciders: DeciderRules;
  readonly mode: DefaultsMode;
  readonly images: ImageResolver | undefined;
  readonly nodePolicy: (now: number) => NodePolicy | NodePolicyError | undefined;
  readonly services: AdmissionPlugin;
  readonly clusterDns: string;
  readonly rootCa: string;
  readonly now: () => number;
}

/** All plugins in the order in which they are asked. The last ones are Bulkhead's own and absent in kubernetes mode. */
export function admissionPlugins(options: AdmissionOptions): readonly AdmissionPlugin[] {
  const { store, mode, deciders, authorizer, registry } = options;
  const safe = mode === "bulkhead";
  const sources = { resolver: options.images, known: knownImages(store), pullSecrets: pullSecretsFor(store) };
  return [
    namespaceLifecycle(store),
    namespaceDefaults(options),
    serviceAccount({ store, rules: options.rbac, mode }),
    nodeRestriction,
    imageScannerRestriction,
    priority(store),
    defaultTolerations,
    ...(safe ? [hostUsers] : []),
    podResize(store),
    options.services,
    podSecurity({ store, rules: deciders, explain: safe }),
    imageTrust(deciders, sources, safe ? "all" : "signed"),
    rbacEscalation({ store, rules: options.rbac, authorizer }),
    authors,
    definitionProtection,
    definitionLifecycle(options.now),
    ...(safe ? [workloadJudge({ ...options, sources }), ownerReferences(authorizer, registry), externalIps] : []),
  ];
}
