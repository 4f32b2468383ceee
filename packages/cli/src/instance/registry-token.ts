import type { Client } from "@bulkhead/client";
import { CommandFailure } from "../exit-codes.ts";

/** Tokens for the instance's registry, with what the client's user may there. */
export const registryTokenFrom =
  (client: Pick<Client, "raw">) =>
  async (scope: string): Promise<string> => {
    const { status, body } = await client.raw("GET", `/registry/token?scope=${encodeURIComponent(scope)}`);
    if (status !== 200)
      throw new CommandFailure(`the API server gave no token for the registry: it answered ${status}`, 1);
    return (JSON.parse(body.toString("utf8")) as { token: string }).token;
  };
