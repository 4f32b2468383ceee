import type { PodSpec, Secret, ServiceAccount } from "@bulkhead/api";
import type { Store, StoredObject } from "@bulkhead/store";
import { peek } from "../resources/object-bytes.ts";
import type { AdmissionRequest } from "./admission.ts";

/** Credentials that a pod brings for the pull of its images. */
export interface PullSecrets {
  readonly namespace: string;
  /** Secrets as the pod names them, or for a template that names none, its ServiceAccount. */
  readonly names: readonly string[];
  /** Those of them that are not there. */
  readonly absent: readonly string[];
  /** Another text whenever other credentials may be meant: namespace, names and revisions, and no value. "": none is there. */
  readonly key: string;
  /** Opens them: Docker configurations (JSON) in the secrets' order, each with its secret's name. Others are left out. */
  open(): readonly { readonly name: string; readonly config: string }[];
}

/** More a pod does not need; each is opened for every question that is not answered yet. */
const most = 32;
const configs: Readonly<Record<string, string>> = {
  "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
  "kubernetes.io/dockercfg": ".dockercfg",
};

/** Which secrets a pod's images are pulled with. A template's pods will be given their ServiceAccount's. */
function namesOf(store: Pick<Store, "get">, namespace: string, spec: PodSpec, template: boolean): readonly string[] {
  const named = spec.imagePullSecrets ?? [];
  const account = spec.serviceAccountName ?? "";
  const stored =
    named.length > 0 || !template
      ? undefined
      : store.get({ group: "", resource: "serviceaccounts", namespace, name: account === "" ? "default" : account });
  const all = stored === undefined ? named : (peek<ServiceAccount>(stored).imagePullSecrets ?? []);
  return [...new Set(all.map(({ name = "" }) => name).filter((name) => name !== ""))].slice(0, most);
}

function configOf(store: Pick<Store, "open">, stored: StoredObject): string | undefined {
  const { type = "", data } = JSON.parse(Buffer.from(store.open(stored)).toString()) as Secret;
  const value = data?.[configs[type] ?? ""];
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
}

/** The pull secrets of a pod or template as they are now. `opened` hears once whose values were taken. */
export function pullSecretsOf(
  store: Pick<Store, "get" | "open">,
  { namespace, spec, template }: { readonly namespace: string; readonly spec: PodSpec; readonly template: boolean },
  opened: (names: readonly string[]) => void,
): PullSecrets {
  const names = namesOf(store, namespace, spec, template);
  const found = names.map((name) => ({ name, stored: store.get({ group: "", resource: "secrets", namespace, name }) }));
  const there = found.flatMap(({ name, stored }) => (stored === undefined ? [] : [{ name, stored }]));
  let configsOpened: readonly { readonly name: string; readonly config: string }[] | undefined;
  return {
    namespace,
    names,
    absent: found.filter(({ stored }) => stored === undefined).map(({ name }) => name),
    key:
      there.length === 0 ? "" : JSON.stringify([namespace, there.map(({ name, stored }) => [name, stored.revision])]),
    open: () => {
      if (configsOpened === undefined) {
        configsOpened = there.flatMap(({ name, stored }) => {
          const config = configOf(store, stored);
          return config === undefined ? [] : [{ name, config }];
        });
        if (there.length > 0) opened(there.map(({ name }) => name));
      }
      return configsOpened;
    },
  };
}

/** The audit record's annotation: whose values were taken. */
export const pullSecretsReadKey = "images.security.bulkhead.dev/pull-secrets-read";

/** The same for what a request writes; whose values were taken stands in the request's audit record. */
export const pullSecretsFor =
  (store: Pick<Store, "get" | "open">) =>
  (request: Pick<AdmissionRequest, "namespace" | "annotate">, spec: PodSpec, template: boolean): PullSecrets =>
    pullSecretsOf(store, { namespace: request.namespace, spec, template }, (names) =>
      request.annotate(pullSecretsReadKey, names.map((name) => `${request.namespace}/${name}`).join(" ")),
    );
