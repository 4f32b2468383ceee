import { crc32 } from "node:zlib";

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** GitHub's and npm's tokens end in the CRC-32 of what stands between prefix and it, base 62, six digits. */
export function checksumHolds(token: string): boolean {
  const body = token.slice(token.indexOf("_") + 1);
  let rest = crc32(body.slice(0, -6));
  let sum = "";
  while (rest > 0) {
    sum = `${digits[rest % 62]}${sum}`;
    rest = Math.floor(rest / 62);
  }
  return sum.padStart(6, "0") === body.slice(-6);
}

/** A JSON Web Token that is one: its header is JSON with an algorithm that signs, its payload is JSON. */
export function isSignedToken(token: string): boolean {
  const [header, payload] = token.split(".");
  const read = (part: string | undefined): unknown => {
    try {
      return JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8"));
    } catch {
      return undefined;
    }
  };
  const head = read(header);
  const body = read(payload);
  return (
    typeof head === "object" &&
    head !== null &&
    "alg" in head &&
    head.alg !== "none" &&
    typeof body === "object" &&
    body !== null
  );
}

/** `user:password` in base64, as Docker's configuration keeps it. */
export function isBasicCredential(text: string): boolean {
  const plain = Buffer.from(text, "base64").toString("utf8");
  return /^[^:\s]+:[^\s]{4,}$/.test(plain) && !plain.includes("\ufffd");
}

/** A PEM body is base64 over several lines that decodes to more than a placeholder's worth. */
export function isKeyBody(body: string): boolean {
  const text = body.replace(/\\n|\\r|["'+,\s]/g, "").replace(/^(Proc-Type|DEK-Info):.*?(?=[A-Za-z0-9+/]{40})/, "");
  return /^[A-Za-z0-9+/]{80,}={0,2}$/.test(text) && new Set(text).size > 20;
}
