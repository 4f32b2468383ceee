import { randomBytes } from "node:crypto";
import { type Container, forbidden, nameSuffix, type Pod, type ServiceAccount, type Volume } from "@bulkhead/api";
import { isServiceAccountBound } from "@bulkhead/policy";
import type { Store } from "@bulkhead/store";
import type { RbacRules } from "../authorization/rbac-rules.ts";
import { peek } from "../resources/object-bytes.ts";
import type { DefaultsMode } from "../resources/services.ts";
import { type AdmissionPlugin, type AdmissionRequest, isCore } from "./admission.ts";

const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const mirror = "kubernetes.io/config.mirror";
/** A little over an hour, so that a token asked for an hour is not due for renewal at once. */
const expirationSeconds = 3607;

/** Which account a pod runs as, and whether its token is put into the pod. */
export const serviceAccount = (options: {
  readonly store: Store;
  readonly rules: RbacRules;
  readonly mode: DefaultsMode;
}): AdmissionPlugin => ({
  name: "ServiceAccount",
  mutate: (request) => {
    if (request.operation !== "CREATE" || !isCore(request, "pods") || request.subresource !== "") return;
    const pod = request.object as Pod;
    if (pod.metadata.annotations?.[mirror] !== undefined) {
      checkMirror(pod);
      return;
    }
    pod.spec ??= { containers: [] };
    if ((pod.spec.serviceAccountName ?? "") === "") pod.spec.serviceAccountName = "default";
    pod.spec.serviceAccount = pod.spec.serviceAccountName ?? "default";
    const account = accountOf(options.store, request, pod);
    if (mounts(options, request, pod, account)) mountToken(pod);
    if ((pod.spec.imagePullSecrets ?? []).length === 0 && (account.imagePullSecrets ?? []).length > 0)
      pod.spec.imagePullSecrets = structuredClone(account.imagePullSecrets ?? []);
  },
});

function accountOf(store: Store, request: AdmissionRequest, pod: Pod): ServiceAccount {
  const { namespace } = request;
  const name = pod.spec?.serviceAccountName ?? "";
  const stored = store.get({ group: "", resource: "serviceaccounts", namespace, name });
  if (stored === undefined)
    throw forbidden(
      "",
      "pods",
      request.name,
      `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    );
  return peek<ServiceAccount>(stored);
}

/** A pod that a node shows of its own making holds nothing that the API could give it. */
function checkMirror(pod: Pod): void {
  const refuse = (what: string): never => {
    throw forbidden("", "pods", pod.metadata.name ?? "", `a mirror pod may not reference ${what}`);
  };
  if ((pod.spec?.serviceAccountName ?? "") !== "") refuse("service accounts");
  for (const volume of pod.spec?.volumes ?? [])
    if (volume.projected?.sources?.some((source) => source.serviceAccountToken !== undefined))
      refuse("service account tokens");
}

/**
 * In kubernetes mode unset means mounted. In bulkhead mode unset means: only an account of its own that some binding
 * gives a right has a token to show.
 */
function mounts(
  options: { readonly rules: RbacRules; readonly mode: DefaultsMode },
  request: AdmissionRequest,
  pod: Pod,
  account: ServiceAccount,
): boolean {
  const said = pod.spec?.automountServiceAccountToken ?? account.automountServiceAccountToken;
  if (said !== undefined) return said;
  if (options.mode === "kubernetes") return true;
  const name = account.metadata.name ?? "";
  return name !== "default" && isServiceAccountBound(options.rules.current, request.namespace, name);
}

function mountToken(pod: Pod): void {
  const spec = pod.spec as NonNullable<Pod["spec"]>;
  const name = `kube-api-access-${nameSuffix(randomBytes(16))}`;
  let needed = false;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers] as Container[]) {
    if (container.volumeMounts?.some((mount) => mount.mountPath === mountPath)) continue;
    needed = true;
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }];
  }
  if (needed) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
        },
      },
    ],
  },
});
