import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** Just enough X.509 v3 (RFC 5280) for a test's own authority: P-256, an hour's life. */
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const size = body.length;
  // As short as can be: Go reads no other.
  const length = Buffer.from(size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const time = (at: number): Buffer =>
  der(
    0x17,
    Buffer.from(
      new Date(at)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, "")
        .slice(2),
    ),
  );
const attribute = (type: string, text: string): Buffer => der(0x31, sequence(oid(type), der(0x0c, Buffer.from(text))));

const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));
const commonName = "550403";
const organization = "55040a";

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends KeyPair {
  /** A certificate for a client, or for `localhost` and 127.0.0.1 where `server` is set. */
  issue(name: string, groups?: readonly string[], lifetime?: { readonly from: number; readonly to: number }): KeyPair;
}

const nameOf = (common: string, groups: readonly string[]): Buffer =>
  sequence(...groups.map((group) => attribute(organization, group)), attribute(commonName, common));

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64").replaceAll(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;

const hour = 3_600_000;

function certificate(
  subject: Buffer,
  publicKey: KeyObject,
  issuer: { readonly name: Buffer; readonly key: KeyObject },
  authority: boolean,
  { from, to }: { readonly from: number; readonly to: number },
): string {
  const constraints = sequence(
    oid("551d13"),
    der(0x01, Buffer.from([0xff])),
    der(0x04, sequence(...(authority ? [der(0x01, Buffer.from([0xff]))] : []))),
  );
  const names = sequence(
    oid("551d11"),
    der(0x04, sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])))),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    issuer.name,
    sequence(time(from), time(to)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(constraints, names)),
  );
  return pem(sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), sign("sha256", body, issuer.key))));
}

/** An authority of the test's own. */
export function createAuthority(name: string): Authority {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = nameOf(name, []);
  const key = String(privateKey.export({ type: "pkcs8", format: "pem" }));
  const now = { from: Date.now() - hour, to: Date.now() + hour };
  return {
    cert: certificate(subject, publicKey, { name: subject, key: privateKey }, true, now),
    key,
    issue: (common, groups = [], lifetime = now) => {
      const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const issuer = { name: subject, key: createPrivateKey(key) };
      return {
        cert: certificate(nameOf(common, groups), pair.publicKey, issuer, false, lifetime),
        key: String(pair.privateKey.export({ type: "pkcs8", format: "pem" })),
      };
    },
  };
}

/** A key that signs tokens. */
export const signingKey = (): string =>
  String(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }));
