import type { PeerCertificate } from "../http/exchange.ts";
import type { Authentication, Authenticator } from "./authenticator.ts";
import { withAuthenticated } from "./user.ts";

/** One object for all requests of a connection, so that what is known of it need not be found out again. */
const users = new WeakMap<PeerCertificate, Authentication>();

function known(certificate: PeerCertificate): Authentication {
  let answer = users.get(certificate);
  if (answer === undefined) {
    const user = withAuthenticated({
      name: certificate.commonName,
      uid: "",
      groups: certificate.organizations,
      extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${certificate.fingerprint}`] },
    });
    users.set(certificate, (answer = { outcome: "known", user }));
  }
  return answer;
}

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
      return known(certificate);
    },
  };
}
