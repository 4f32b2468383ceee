import type { webcrypto } from "node:crypto";

/** The names under which @peculiar/x509 knows Node's own Web Crypto types; the DOM library is not loaded. */
declare global {
  interface Crypto extends webcrypto.Crypto {}
  interface CryptoKey extends webcrypto.CryptoKey {}
  interface CryptoKeyPair extends webcrypto.CryptoKeyPair {}
}
