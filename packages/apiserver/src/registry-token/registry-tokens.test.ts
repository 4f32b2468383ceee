import { generateKeyPairSync, type JsonWebKey, verify, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { createAuthority } from "../../integration/certificates.ts";
import type { Attributes } from "../authorization/authorizer.ts";
import { registryCredential } from "./basic-password.ts";
import { grantedAccess, scopeText } from "./grant.ts";
import { createRegistryTokens } from "./registry-tokens.ts";

const authority = createAuthority("registry tokens");
const signer = () => {
  const { cert, key } = authority.issue("registry-token");
  return { certificate: cert, key };
};
const user = { name: "ci", uid: "", groups: [], extra: {} };
const part = (token: string, n: number): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[n] ?? "", "base64url").toString()) as Record<string, unknown>;

test("a token says for whom, for which service, what and for how long, signed by the key of its first certificate", () => {
  const tokens = createRegistryTokens({ signer: signer(), issuer: "us", service: "registry", now: () => 1_000_500 });
  const access = [{ type: "repository" as const, name: "shop/web", actions: ["pull", "push"] }];
  const { token, id, issued, lifetime } = tokens.issue("system:serviceaccount:shop:ci", access);
  expect([issued, lifetime]).toEqual([1000, 300]);
  expect(part(token, 1)).toEqual({
    iss: "us",
    sub: "system:serviceaccount:shop:ci",
    aud: "registry",
    exp: 1300,
    nbf: 1000,
    iat: 1000,
    jti: id,
    access,
  });
  const { typ, alg, x5c } = part(token, 0) as { typ: string; alg: string; x5c: string[] };
  expect([typ, alg, x5c.length]).toEqual(["JWT", "ES256", 1]);
  const leaf = new X509Certificate(Buffer.from(x5c[0] ?? "", "base64"));
  expect(leaf.verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
  const [head, body, signature = ""] = token.split(".");
  const good = verify(
    "sha256",
    Buffer.from(`${head}.${body}`),
    { key: leaf.publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  expect(good).toBe(true);
  expect((leaf.publicKey.export({ format: "jwk" }) as JsonWebKey).crv).toBe("P-256");
});

test("another pair signs from then on, a pair that is none is not taken", () => {
  const tokens = createRegistryTokens({ signer: signer(), issuer: "us", service: "registry" });
  const first = part(tokens.issue("a", []).token, 0)["x5c"];
  tokens.renew(signer());
  expect(part(tokens.issue("a", []).token, 0)["x5c"]).not.toEqual(first);
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  expect(() => tokens.renew({ ...signer(), key: String(other) })).toThrow(/another key/);
});

test("each action is asked of the authorizer where the repository lies, and what it does not allow is not granted", () => {
  const asked: string[] = [];
  const authorizer = {
    authorize: (a: Attributes) => {
      asked.push(`${a.verb} ${a.resource}.${a.group} ${a.namespace}/${a.name}`);
      return { decision: a.verb === "pull" ? ("allow" as const) : ("no-opinion" as const), reason: "" };
    },
  };
  const granted = grantedAccess(authorizer, user, [
    { type: "repository", name: "shop/web", actions: ["pull", "push"] },
    { type: "repository", name: "tool", actions: ["delete"] },
    { type: "catalog" },
  ]);
  expect(granted).toEqual([{ type: "repository", name: "shop/web", actions: ["pull"] }]);
  expect(scopeText(granted)).toBe("repository:shop/web:pull");
  expect(asked).toEqual([
    "pull repositories.registry.security.bulkhead.dev shop/web",
    "push repositories.registry.security.bulkhead.dev shop/web",
    "delete repositories.registry.security.bulkhead.dev /tool",
    "list repositories.registry.security.bulkhead.dev /",
  ]);
});

test("an explicit denial is not a grant", () => {
  const authorizer = { authorize: () => ({ decision: "deny" as const, reason: "" }) };
  expect(grantedAccess(authorizer, user, [{ type: "catalog" }])).toEqual([]);
});

test("a password of Basic is a bearer token, whatever the user name; anything else is none", () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
  expect(registryCredential(basic("anyone:ey.a.b"))).toBe("ey.a.b");
  expect(registryCredential(basic(":ey.a.b"))).toBe("ey.a.b");
  expect(registryCredential("Bearer ey.a.b")).toBe("ey.a.b");
  for (const text of [undefined, "", basic("anyone"), basic("anyone:"), basic("a:b c"), "Digest x", "Basic %%%"])
    expect(registryCredential(text), text).toBeUndefined();
});
