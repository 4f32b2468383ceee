import { badRequest, forbidden, type KubeObject } from "@bulkhead/api";
import {
  type ImageRuleSet,
  imagesOf,
  isListed,
  parseImageReference,
  patchedOrigin,
  templateOf,
} from "@bulkhead/policy";
import type { Store } from "@bulkhead/store";
import type { ImageResolver } from "../admission/image-facts.ts";
import { pullSecretsOf, pullSecretsReadKey } from "../admission/pull-secrets.ts";
import { type Answer, type ApiRequest, jsonAnswer } from "../request/api-request.ts";
import { methodNotAllowed } from "../request/errors.ts";
import { parse } from "../resources/object-bytes.ts";

/** Where the update loop gets the one credential that a Deployment's image is pulled with. */
export const pullCredentialPath = "/registry/credential";

export interface PullCredentialOptions {
  readonly store: Store;
  readonly images: ImageResolver | undefined;
  readonly rules: () => ImageRuleSet;
}

/** `REGISTRY/PATH` of an image's name, then of what it was patched from; none where the text names no image. */
function repositoriesOf(text: string): readonly string[] {
  try {
    const image = parseImageReference(text);
    return [image, patchedOrigin(image) ?? image].map(({ registry, repository }) => `${registry}/${repository}`);
  } catch {
    return [];
  }
}

/**
 * GET /registry/credential?namespace=…&deployment=…&image=REGISTRY/PATH: of the pull secrets that this Deployment's pods get,
 * the one entry for an image that it runs, or that what it runs was patched from, as a Docker configuration that holds nothing
 * else. Only for images that a policy
 * lists. Who may ask at all is RBAC's to say, by the path; the record of it stands before the answer leaves.
 */
export function answerPullCredential({ store, images, rules }: PullCredentialOptions, request: ApiRequest): Answer {
  const { info, audit } = request;
  if (info.verb !== "get") throw methodNotAllowed();
  const [namespace = "", name = "", image = ""] = ["namespace", "deployment", "image"].map(
    (one) => info.query.get(one) ?? "",
  );
  const [asked] = repositoriesOf(image);
  if (namespace === "" || name === "" || asked === undefined)
    throw badRequest("namespace, deployment and image (REGISTRY/PATH) must be given");
  const stored = store.get({ group: "apps", resource: "deployments", namespace, name });
  const template = stored === undefined ? undefined : templateOf(parse<KubeObject>(stored));
  const runs = [...imagesOf(template?.spec ?? { containers: [] })].some((one) =>
    repositoriesOf(one.image).includes(asked),
  );
  if (template === undefined || !runs || !isListed(rules(), image, template.identity))
    throw forbidden("apps", "deployments", name, `it runs no image of ${asked} that a policy lists`);
  const opened: string[] = [];
  const secrets = pullSecretsOf(store, { namespace, spec: template.spec, template: true }, (names) => {
    opened.push(...names.map((one) => `${namespace}/${one}`));
  });
  const { registry, repository } = parseImageReference(image);
  const config = images?.credential?.(secrets, registry, repository);
  audit.critical = true;
  audit.about({
    ...info,
    isResource: true,
    group: "apps",
    version: "v1",
    resource: "deployments",
    subresource: "pull-credential",
    namespace,
    name,
  });
  if (opened.length > 0) audit.annotate(pullSecretsReadKey, opened.join(" "));
  return jsonAnswer(200, config === undefined ? {} : { config });
}
