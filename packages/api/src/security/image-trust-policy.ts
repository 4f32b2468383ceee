import type { LabelSelector } from "../generated/types.ts";
import type { KubeObject } from "../object.ts";

/** One registry and the repositories of it that may run. */
export interface TrustedImages {
  /** `host` or `host:port` as written in an image's full name (`docker.io` where it names none); `*`: any registry. */
  readonly registry: string;
  /** `shop/web` (exactly that), `shop/*` (everything below, at any depth), `*` (everything). */
  readonly repositories: readonly string[];
}

export interface ImageTrustPolicySpec {
  /** The namespaces it speaks for; absent or empty: all. */
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly allow: readonly TrustedImages[];
  /**
   * Enforce (the default): what no enforcing policy of the namespace lists is refused. Warn: where no policy enforces,
   * it runs and is warned about.
   */
  readonly mode?: "Enforce" | "Warn" | undefined;
}

/** Says which images may run, cluster-scoped. A namespace that no policy speaks for runs none. */
export interface ImageTrustPolicy extends KubeObject {
  spec: ImageTrustPolicySpec;
}
