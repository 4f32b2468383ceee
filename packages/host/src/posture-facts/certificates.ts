import { X509Certificate } from "node:crypto";
import type { SeenCertificate } from "@bulkhead/api";

const day = 86_400_000;

/**
 * The first certificate of a PEM text. Leaves of an instance are made anew in their last third; authorities are not.
 * Undefined where the text holds none.
 */
export function certificateFrom(pem: string, where: string): SeenCertificate | undefined {
  let read: X509Certificate;
  try {
    read = new X509Certificate(pem);
  } catch {
    return undefined;
  }
  const { publicKey } = read;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  const [from, to] = [read.validFromDate.getTime(), read.validToDate.getTime()];
  return {
    name: /^CN=(.+)$/m.exec(read.subject)?.[1] ?? read.subject.replaceAll("\n", ", "),
    where,
    notAfter: read.validToDate.toISOString(),
    ...(read.ca ? {} : { renewedWithDaysLeft: Math.floor((to - from) / day / 3) }),
    ...(publicKey.asymmetricKeyType === undefined ? {} : { keyType: publicKey.asymmetricKeyType }),
    ...(bits === undefined ? {} : { keyBits: bits }),
  };
}
