import { StatusError } from "@bulkhead/api";
import { pullCredentialPath, registryTokenPath } from "@bulkhead/apiserver";
import type { Client } from "@bulkhead/client";

/** Tokens for the machine's registry, as a program of ours gets them: with what its identity may there. */
export const registryTokenFrom =
  (client: Pick<Client, "raw">) =>
  async (scope: string): Promise<string> => {
    const { status, body } = await client.raw("GET", `${registryTokenPath}?scope=${encodeURIComponent(scope)}`);
    if (status !== 200)
      throw new StatusError({ reason: "ServiceUnavailable", message: `no token for the registry: ${status}` });
    return (JSON.parse(body.toString("utf8")) as { token: string }).token;
  };

/** Gives the credential of a Deployment's pods for an image (`REGISTRY/PATH`) that it runs. */
export type PullCredential = (
  puller: { readonly namespace: string; readonly deployment: string },
  image: string,
) => Promise<string | undefined>;

/**
 * The one credential that a Deployment's image of a repository is pulled with, as a Docker configuration; undefined: it has
 * none. What opens all other secrets stays with the API server.
 */
export const pullCredentialFrom =
  (client: Pick<Client, "raw">): PullCredential =>
  async ({ namespace, deployment }, image) => {
    const query = new URLSearchParams({ namespace, deployment, image });
    const { status, body } = await client.raw("GET", `${pullCredentialPath}?${query.toString()}`);
    if (status !== 200)
      throw new StatusError({
        reason: "ServiceUnavailable",
        message: `the pull secret of deployment ${namespace}/${deployment} for ${image} was not given: ${status}`,
      });
    return (JSON.parse(body.toString("utf8")) as { config?: string }).config;
  };
