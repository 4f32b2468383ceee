import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePullSecrets } from "./pull-secret.ts";
import { RegistryError } from "./registry-error.ts";

const auth = (user: string): { readonly auth: string } => ({
  auth: Buffer.from(`${user}:p:${user}`).toString("base64"),
});
const secrets = parsePullSecrets(
  JSON.stringify({
    auths: {
      "https://index.docker.io/v1/": auth("hub"),
      "registry.example.com": auth("all"),
      "registry.example.com/shop": auth("shop"),
      "*.pkg.dev": auth("google"),
      "local:5000": { username: "u", password: "pw" },
      "token.example.com": { auth: Buffer.from("x:").toString("base64"), identitytoken: "refresh" },
      "empty.example.com": {},
    },
    credHelpers: { "gcr.io": "gcloud" },
  }),
);

describe("the credential for", () => {
  test.each([
    ["docker.io", "library/nginx", "hub"],
    ["registry.example.com", "other/web", "all"],
    ["registry.example.com", "shop/web", "shop"],
    ["registry.example.com", "shopping/web", "all"],
    ["eu.pkg.dev", "a/b", "google"],
    ["a.eu.pkg.dev", "a/b", undefined],
    ["registry.example.com:5000", "a", undefined],
    ["registry.example.com.evil.org", "a", undefined],
    ["local:5000", "a", "u"],
    ["local", "a", undefined],
    ["empty.example.com", "a", undefined],
  ])("%s/%s is %s's", (registry, repository, user) => {
    expect(secrets.credentialFor(registry, repository)?.username).toBe(user);
  });

  test("a password may hold colons, a token stands by itself", () => {
    expect(secrets.credentialFor("registry.example.com", "x")?.password).toBe("p:all");
    expect(secrets.credentialFor("token.example.com", "x")?.identityToken).toBe("refresh");
  });

  test("a helper is named for its registry, a store for what it keeps", () => {
    expect(secrets.helperFor("gcr.io")).toEqual({ name: "gcloud", server: "gcr.io" });
    expect(secrets.helperFor("registry.example.com")).toBeUndefined();
    const stored = parsePullSecrets(
      JSON.stringify({ auths: { "https://index.docker.io/v1/": {}, "r.example": {} }, credsStore: "pass" }),
    );
    expect(stored.helperFor("docker.io")).toEqual({ name: "pass", server: "https://index.docker.io/v1/" });
    expect(stored.helperFor("r.example")).toEqual({ name: "pass", server: "r.example" });
    expect(stored.helperFor("other.example")).toBeUndefined();
  });
});

test("the older form is the entries alone", () => {
  expect(parsePullSecrets(JSON.stringify({ "r.example": auth("old") })).credentialFor("r.example", "a")?.username).toBe(
    "old",
  );
});

test("any text is read or refused, and no refusal tells a secret", () => {
  expect(() => parsePullSecrets('{"auths": {"r": {"auth": "c2VjcmV0"}}}')).toThrow(
    expect.objectContaining({ code: "malformed", message: expect.not.stringContaining("secret") }),
  );
  expect(() => parsePullSecrets('hunter2"')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, host) => {
      try {
        parsePullSecrets(JSON.stringify(value)).credentialFor(host, "a");
      } catch (error) {
        expect(error).toBeInstanceOf(RegistryError);
      }
    }),
  );
});
