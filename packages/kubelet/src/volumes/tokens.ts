import type { Pod } from "@bulkhead/api";
import type { Client } from "@bulkhead/client";
import { ConfigError } from "../config/config-error.ts";

/** Service account tokens bound to pods, asked for when first needed and again at 80 % of their life. */
export interface PodTokens {
  get(pod: Pod, audience: string | undefined, seconds: number): Promise<string>;
  /** When the next of this pod's tokens wants to be renewed, milliseconds; undefined for none. */
  renewAt(uid: string): number | undefined;
  forget(uid: string): void;
}

interface Issued {
  readonly token: string;
  readonly renewAt: number;
  readonly expiresAt: number;
}

const renewalPart = 0.8;
/** However long it lives, a token is renewed once a day. */
const longest = 24 * 3600 * 1000;

/** When a token that was issued at one time and expires at another is due. */
export const renewalTime = (issuedAt: number, expiresAt: number): number =>
  issuedAt + Math.min((expiresAt - issuedAt) * renewalPart, longest);

export function createPodTokens(client: Client, now: () => number): PodTokens {
  const byPod = new Map<string, Map<string, Issued>>();
  return {
    get: async (pod, audience, seconds) => {
      const uid = pod.metadata.uid ?? "";
      const tokens = byPod.get(uid) ?? new Map<string, Issued>();
      byPod.set(uid, tokens);
      const key = `${seconds}/${audience ?? ""}`;
      const known = tokens.get(key);
      if (known !== undefined && now() < known.renewAt) return known.token;
      try {
        const issued = await request(client, pod, audience, seconds, now());
        tokens.set(key, issued);
        return issued.token;
      } catch (error) {
        // A token that still holds outlives an API that cannot be reached.
        if (known !== undefined && now() < known.expiresAt) return known.token;
        throw error;
      }
    },
    renewAt: (uid) => {
      const times = [...(byPod.get(uid)?.values() ?? [])].map(({ renewAt }) => renewAt);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    forget: (uid) => void byPod.delete(uid),
  };
}

async function request(
  client: Client,
  pod: Pod,
  audience: string | undefined,
  seconds: number,
  now: number,
): Promise<Issued> {
  const { namespace, name, uid } = pod.metadata;
  const account = pod.spec?.serviceAccountName ?? "default";
  const answer = await client.post<{ status?: { token?: string; expirationTimestamp?: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { name: account, namespace },
      spec: {
        audiences: audience === undefined || audience === "" ? [] : [audience],
        expirationSeconds: seconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
      },
    },
  );
  const token = answer.status?.token;
  if (token === undefined)
    throw new ConfigError("MissingObject", `the API gave no token for service account ${namespace}/${account}`);
  const expires = Date.parse(answer.status?.expirationTimestamp ?? "") || now + seconds * 1000;
  return { token, expiresAt: expires, renewAt: renewalTime(now, expires) };
}
