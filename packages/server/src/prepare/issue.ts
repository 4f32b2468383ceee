import { readFile } from "node:fs/promises";
import { createTokenKeys, userClaims } from "@bulkhead/apiserver";
import { formatKubeconfig } from "@bulkhead/client";
import { instancePaths, readInstance } from "@bulkhead/host";
import { issue } from "../pki/authority.ts";
import { authorities } from "../pki/certificates.ts";
import { tokenKeyFile } from "../pki/token-key.ts";
import { instanceKubeconfig } from "./admin-kubeconfig.ts";
import { tokenIssuer } from "./names.ts";

/** Names that only the system itself may bear. */
function refuseSystemName(name: string): void {
  if (name === "" || name.startsWith("system:"))
    throw new Error(`"${name}" is a name of the system's own; choose one without system: in front`);
}

/** A kubeconfig with a client certificate that holds for some hours. */
export async function issueKubeconfig(
  root: string,
  hours: number,
  user: string,
  groups: readonly string[],
): Promise<string> {
  for (const name of [user, ...groups.filter((g) => g !== "system:masters")]) refuseSystemName(name);
  const config = await readInstance(root);
  if (config === undefined) throw new Error(`${root} holds no instance`);
  const { client, server } = await authorities(root, Date.now());
  const wish = { commonName: user, organizations: groups, client: true, days: hours / 24 };
  const { certificate, key } = await issue(client, wish, Date.now());
  return formatKubeconfig(instanceKubeconfig(config, server.certificate, { name: user, certificate, key }));
}

/** A bearer token that holds for some hours. */
export async function issueToken(
  root: string,
  hours: number,
  user: string,
  groups: readonly string[],
): Promise<string> {
  for (const name of [user, ...groups.filter((g) => g !== "system:masters")]) refuseSystemName(name);
  const signing = await readFile(tokenKeyFile(instancePaths(root)), "utf8");
  return createTokenKeys(signing).sign(
    userClaims({
      user,
      groups,
      issuer: tokenIssuer,
      audiences: [tokenIssuer],
      lifetime: Math.round(hours * 3600),
      now: Date.now(),
    }),
  );
}
