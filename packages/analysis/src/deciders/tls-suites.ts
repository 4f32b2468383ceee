/** Whether a cipher suite has known attacks, or gives past traffic away once its key is stolen. */
export const isWeakSuite = (suite: string): boolean => /_RC4_|_3DES_|_NULL_|_EXPORT_|^TLS_RSA_/.test(suite);

/**
 * What Go offers where nothing is said, since it left out RSA key exchange and 3DES (Kubernetes 1.30); of older versions
 * nothing is said here.
 */
const defaultSuites: readonly string[] = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  ...["ECDSA", "RSA"].flatMap((key) =>
    ["AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256", "AES_128_CBC_SHA", "AES_256_CBC_SHA"].map(
      (suite) => `TLS_ECDHE_${key}_WITH_${suite}`,
    ),
  ),
];

/** The suites that a program of this version of Kubernetes offers unless it is told others. */
export const suitesOfVersion = (version: string | undefined): readonly string[] | undefined =>
  Number(/^v1\.(\d+)\./.exec(version ?? "")?.[1] ?? 0) >= 30 ? defaultSuites : undefined;
