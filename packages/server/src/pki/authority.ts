import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const day = 86_400_000;

/** A certificate and its private key, both PEM (PKCS #8). */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What a leaf certificate says. One that is neither `server` nor `client` signs tokens. */
export interface LeafWish {
  readonly commonName: string;
  /** Groups, for a client; each an O. */
  readonly organizations?: readonly string[];
  readonly server?: boolean;
  readonly client?: boolean;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** Days it holds. */
  readonly days: number;
}

const pem = (label: string, bytes: ArrayBuffer): string => x509.PemConverter.encode(bytes, label);

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

const serial = (): string =>
  Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)))
    .toString("hex")
    .replace(/^[89a-f]/, "7");

async function pair(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<KeyPair> {
  return {
    certificate: certificate.toString("pem"),
    key: `${pem("PRIVATE KEY", await webcrypto.subtle.exportKey("pkcs8", keys.privateKey))}\n`,
  };
}

const subject = (commonName: string, organizations: readonly string[] = []): x509.JsonName => [
  ...organizations.map((o) => ({ O: [o] })),
  { CN: [commonName] },
];

/** A self-signed authority that may sign leaves and nothing deeper. Holds ten years. */
export async function makeAuthority(commonName: string, now: number): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: subject(commonName),
    notBefore: new Date(now - 300_000),
    notAfter: new Date(now + 3650 * day),
    signingAlgorithm: algorithm,
    keys: keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pair(certificate, keys);
}

/** A leaf signed by the authority. */
export async function issue(authority: KeyPair, wish: LeafWish, now: number): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    x509.PemConverter.decodeFirst(authority.key),
    algorithm,
    false,
    ["sign"],
  );
  const keys = await newKeys();
  const names: x509.JsonGeneralNames = [
    ...(wish.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(wish.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  const usages = [
    ...(wish.server ? [x509.ExtendedKeyUsage.serverAuth] : []),
    ...(wish.client ? [x509.ExtendedKeyUsage.clientAuth] : []),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: subject(wish.commonName, wish.organizations),
    issuer: issuer.subjectName,
    notBefore: new Date(now - 300_000),
    notAfter: new Date(now + wish.days * day),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...(usages.length > 0 ? [new x509.ExtendedKeyUsageExtension(usages, false)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names, false)] : []),
    ],
  });
  return pair(certificate, keys);
}

/** Whether a certificate still has more than a third of its life before it and covers the names wished for. */
export function isFresh(certificate: string, wish: LeafWish, authority: string, now: number): boolean {
  const parsed = new x509.X509Certificate(certificate);
  const [from, until] = [parsed.notBefore.getTime(), parsed.notAfter.getTime()];
  if (until - now < (until - from) / 3) return false;
  if (parsed.issuer !== new x509.X509Certificate(authority).subject) return false;
  const names = parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map((n) => n.value) ?? [];
  const has = new Set(names);
  const wanted = [...(wish.dnsNames ?? []), ...(wish.ipAddresses ?? [])];
  return wanted.every((name) => has.has(name)) && parsed.subjectName.getField("CN")[0] === wish.commonName;
}
