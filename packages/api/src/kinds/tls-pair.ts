import { createPrivateKey, X509Certificate } from "node:crypto";

const certificateBlock = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/;
const keyBlock = /-----BEGIN ([A-Z ]+ )?PRIVATE KEY-----[^]+?-----END ([A-Z ]+ )?PRIVATE KEY-----/;

const decode = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    // OpenSSL's reason may carry parts of the key's encoding; only that it failed is told.
    return undefined;
  }
}

/** Why a certificate and a private key (both base64 of PEM) do not make a TLS pair; undefined where they do. */
export function tlsPairError(certificate: string, key: string): string | undefined {
  const certificatePem = certificateBlock.exec(decode(certificate))?.[0];
  if (certificatePem === undefined) return "tls: failed to find any PEM data in certificate input";
  const keyPem = keyBlock.exec(decode(key))?.[0];
  if (keyPem === undefined) return "tls: failed to find any PEM data in key input";
  const parsedCertificate = parsed(() => new X509Certificate(certificatePem));
  if (parsedCertificate === undefined) return "tls: failed to parse certificate";
  const parsedKey = parsed(() => createPrivateKey(keyPem));
  if (parsedKey === undefined) return "tls: failed to parse private key";
  return parsedCertificate.checkPrivateKey(parsedKey) ? undefined : "tls: private key does not match public key";
}
