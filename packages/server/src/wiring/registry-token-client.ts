import { StatusError } from "@bulkhead/api";
import { registryTokenPath } from "@bulkhead/apiserver";
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
