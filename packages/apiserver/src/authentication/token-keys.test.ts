import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createTokenKeys } from "./token-keys.ts";

const ec = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = (key: { export(options: object): string | Buffer }, type: string) =>
  String(key.export({ type, format: "pem" }));

describe.each([
  ["ES256", ec],
  ["RS256", rsa],
] as const)("%s", (algorithm, generate) => {
  const pair = generate();
  const keys = createTokenKeys(pem(pair.privateKey, "pkcs8"));

  test("what was signed is verified, and published for others to verify", () => {
    const token = keys.sign({ sub: "a" });
    expect(keys.verify(token)).toEqual({ sub: "a" });
    expect(keys.jwks[0]).toMatchObject({ alg: algorithm, use: "sig" });
    expect(keys.jwks[0]).not.toHaveProperty("d");
  });

  test("nothing else is", () => {
    const [head = "", claims = "", signature = ""] = keys.sign({ sub: "a" }).split(".");
    const other = Buffer.from('{"sub":"b"}').toString("base64url");
    for (const token of [
      "",
      "a.b.c",
      `${head}.${other}.${signature}`,
      `${head}.${claims}.`,
      `${head}.${claims}.${signature}.x`,
    ])
      expect(keys.verify(token), token).toBeUndefined();
    expect(
      createTokenKeys(pem(generate().privateKey, "pkcs8")).verify(`${head}.${claims}.${signature}`),
    ).toBeUndefined();
  });

  test("tokens of the key before a rotation still count", () => {
    const next = createTokenKeys(pem(ec().privateKey, "pkcs8"), [pem(pair.publicKey, "spki")]);
    expect(next.verify(keys.sign({ sub: "a" }))).toEqual({ sub: "a" });
    expect(next.jwks.length).toBe(2);
  });
});
