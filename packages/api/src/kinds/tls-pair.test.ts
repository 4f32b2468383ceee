import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { tlsPairError } from "./tls-pair.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A certificate made once, for tests: P-256, signed by itself. Its key is not kept. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUGP2M57RFV2sovWuFE7D2xy5+zE4wCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMZXhhbXBsZS50ZXN0MCAXDTI2MTEyMTEzMTkxNFoYDzIxMjYx
MDI4MTMxOTE0WjAXMRUwEwYDVQQDDAxleGFtcGxlLnRlc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQysucv45ft/dVxpsywIev2wZvA5gZXib8RmvKyf/iRAtLg
IUfRfwic+3SnmouA2JWI/bgCftH//9tcsafTbP+jo1MwUTAdBgNVHQ4EFgQUXegC
0deExa0OdulGgAWL2lnbnAQwHwYDVR0jBBgwFoAUXegC0deExa0OdulGgAWL2lnb
nAQwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAvCRZ4dl+r2b1
GpRU80U6GhTPSPUHc29b9qqGoHPI5hsCIQC5XYTgdA7x43LE9Xhfsmahoe4Cp3Vc
cesAz09xo7fqNw==
-----END CERTIFICATE-----
`;

const strangeKey = (): string => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
};

test("both must be PEM", () => {
  expect(tlsPairError("", "")).toBe("tls: failed to find any PEM data in certificate input");
  expect(tlsPairError(base64(certificate), base64("x"))).toBe("tls: failed to find any PEM data in key input");
});

test("PEM must hold what it says, and nothing of a bad key is told", () => {
  const broken = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
  expect(tlsPairError(base64(certificate), base64(broken))).toBe("tls: failed to parse private key");
  const nothing = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  expect(tlsPairError(base64(nothing), base64(strangeKey()))).toBe("tls: failed to parse certificate");
});

test("the key must be the certificate's", () => {
  expect(tlsPairError(base64(certificate), base64(strangeKey()))).toBe("tls: private key does not match public key");
});
