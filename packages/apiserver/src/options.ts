import type { Log } from "@bulkhead/api";
import type { NodePolicy, NodePolicyError } from "@bulkhead/policy";
import type { Store } from "@bulkhead/store";
import type { ImageResolver } from "./admission/image-facts.ts";
import type { Authenticator } from "./authentication/authenticator.ts";
import type { User } from "./authentication/user.ts";
import type { OwnAccess } from "./authorization/reconcile-roles.ts";
import type { HttpLimits } from "./http/limits.ts";
import type { ServingCertificates } from "./http/listener.ts";
import type { UseMemory } from "./identity-use/learned-uses.ts";
import type { RegistryTokens } from "./registry-token/registry-tokens.ts";
import type { DefaultsMode } from "./resources/services.ts";
import type { AgentDialer } from "./subresources/agent-dialer.ts";

/** Everything the API server is told; it reads no environment, no arguments and no files. */
export interface ApiServerOptions {
  /** The open store; the caller closes it, after the server. Its sealed resources must include core `secrets`. */
  readonly store: Store;
  readonly log?: Log;
  /** `bulkhead` (default): the safe defaults. `kubernetes`: upstream's. */
  readonly mode?: DefaultsMode;
  /** Serving certificate and client CA; replace them with `renew`. */
  readonly certificates: ServingCertificates;
  readonly tokens: {
    /** PEM of the private key (EC P-256 or RSA) that signs service account tokens. */
    readonly signingKey: string;
    /** PEMs of public keys whose tokens still count. */
    readonly verifyingKeys?: readonly string[];
    /** Default `https://kubernetes.default.svc`. */
    readonly issuer?: string;
    /** What a token must be for to be let in here, and what it is for when nothing was asked. Default: the issuer. */
    readonly audiences?: readonly string[];
    /** Seconds; longer wishes are shortened, with a warning. Default a year. */
    readonly maxLifetime?: number;
  };
  /** Fixed tokens, for tests and the first minute: token to user. */
  readonly staticTokens?: ReadonlyMap<string, User>;
  /** Further ways to know a user, asked after the built-in ones. */
  readonly authenticators?: readonly Authenticator[];
  /** The way to agents, for logs, exec, attach and port-forward. Without it these answer 503. */
  readonly agents?: AgentDialer;
  /** The address clients are told in /api and in the token issuer's discovery, `host:port`. */
  readonly advertise?: string;
  /** Where Services get their addresses, as CIDR. Default 10.96.0.0/16. The first address is the API's own. */
  readonly serviceCidr?: string;
  /** Address of the cluster's DNS, which new namespaces' allow-dns names. Default: the tenth of `serviceCidr`. */
  readonly clusterDns?: string;
  /** Resolves tags to digests for pods. Without it tags stay as they are. */
  readonly images?: ImageResolver;
  /** What programs beside the server may, made before anyone is served. Where it is there it is left as it is. */
  readonly ownAccess?: readonly OwnAccess[];
  /**
   * What the node will refuse by its own policy, or why that cannot be read: templates are judged by it too. Absent or
   * undefined: not known.
   */
  readonly nodePolicy?: (now: number) => NodePolicy | NodePolicyError | undefined;
  /** What is learned of what pods' identities are used for, and where the machine's own pods come from. */
  readonly identities?: {
    /** Where it is kept between two starts; absent: each start learns anew, and says so. */
    readonly memory?: UseMemory;
    /** Addresses of the machine: pods in the host's network come from them. */
    readonly hostAddresses?: () => readonly string[];
    /** Milliseconds, default a day: a change that has been looked at for less is learned from, not told of. */
    readonly learning?: number;
    /** Milliseconds, default 5,000: how long something odd waits before it is judged. */
    readonly settle?: number;
  };
  /** Signs for the machine's registry: makes this its token service (/registry/token) and taker of events (/registry/events). */
  readonly registryTokens?: RegistryTokens;
  /** Ports for NodePort Services, both ends included. Default 30000 to 32767. */
  readonly nodePorts?: { readonly first: number; readonly last: number };
  /** PEM of the CA that pods trust for this server; published as ConfigMap kube-root-ca.crt in each namespace. */
  readonly rootCa?: string;
  /** Bulkhead's own version, shown in /version. */
  readonly version?: string;
  readonly limits?: Partial<HttpLimits>;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
}
