import { describe, expect, test } from "vitest";
import { couldBeSecret, credentialIn, namesSecret, secretSettings } from "./secret-values.ts";

describe("names of secrets", () => {
  test.each([
    "DB_PASSWORD",
    "dbPassword",
    "PGPASSWORD",
    "api-key",
    "API_TOKEN",
    "client.secret",
    "AWS_SECRET_ACCESS_KEY",
    "PASSWORD2",
    "requirepass",
    "RABBITMQ_ERLANG_COOKIE",
  ])("%s is one", (name) => expect(namesSecret(name)).toBe(true));
  test.each([
    "DB_PASSWORD_FILE",
    "TOKEN_TTL",
    "SECRET_NAME",
    "KEYBOARD",
    "COMPASS",
    "PASSENGERS",
    "TOKENIZER",
    "PASSWORD_MIN_LENGTH",
    "PUBLIC_KEY",
  ])("%s is none", (name) => expect(namesSecret(name)).toBe(false));
});

describe("values", () => {
  test.each(["correct-horse", "changeme", "123456", "p@ss/word", "$ecret1", "$2a$10$abcdefgh"])(
    "%s could be a secret",
    (value) => expect(couldBeSecret(value)).toBe(true),
  );
  test.each([
    "",
    "true",
    "3600",
    "30s",
    "/run/secrets/x",
    "$(OTHER)",
    "${OTHER}",
    "$__file{/run/secrets/x}",
    "$oidc.clientSecret",
    "$sso-secret:client.secret",
    "ENC[AES256_GCM,data:xyz]",
    "<password>",
    "https://login.example",
    "vault:secret/x",
    "****",
  ])("%s could not", (value) => expect(couldBeSecret(value)).toBe(false));
});

describe("credentials by their form", () => {
  test.each([
    ["postgres://shop:battery@db/shop", "a password in an address"],
    ["-----BEGIN EC PRIVATE KEY-----\nx", "a private key"],
    [`ghp_${"a".repeat(36)}`, "a token of GitHub"],
    ["postgres://shop:$(PASSWORD)@db/shop", undefined],
    ["postgres://shop@db/shop", undefined],
    ["https://example/a:b@c", undefined],
    ["-----BEGIN PUBLIC KEY-----", undefined],
  ])("%s", (text, what) => expect(credentialIn(text)).toBe(what));
});

test("settings of files, by name and never by value", () => {
  const text =
    'a.password=horse1\n"apiKey": "staple0battery",\n  token: ${TOKEN}\nport: 8080\n# password: no\nexport DB_PASSWORD=battery\n';
  expect(secretSettings(text)).toEqual(["a.password", "apiKey", "DB_PASSWORD"]);
});

test("a long line that is almost a setting costs little", () => {
  const text = `password${" ".repeat(100_000)}x`;
  expect(secretSettings(text)).toEqual([]);
  expect(credentialIn(`${"a://".repeat(20_000)}@`)).toBeUndefined();
});
