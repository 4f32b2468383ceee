import type { Authenticator } from "./authenticator.ts";

/** A client certificate signed by the client CA: the common name is the user, the organizations are the groups. */
export function clientCertificateAuthenticator(): Authenticator {
  return {
    name: "client-certificate",
    authenticate: ({ peer, now }) => {
      const { certificate } = peer;
      if (certificate === undefined) return { outcome: "none" };
      if (!certificate.trusted) return { outcome: "refused", why: "not signed by the client CA" };
      // A connection may outlive its certificate.
      if (!(now >= certificate.notBefore && now <= certificate.notAfter))
        return { outcome: "refused", why: "outside the certificate's time" };
      if (certificate.commonName === "") return { outcome: "refused", why: "no common name" };
      return {
        outcome: "known",
        user: {
          name: certificate.commonName,
          uid: "",
          groups: certificate.organizations,
          extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${certificate.fingerprint}`] },
        },
      };
    },
  };
}
