/** The issuer of every token of an instance, and what its tokens are for unless said. */
export const tokenIssuer = "https://kubernetes.default.svc";
