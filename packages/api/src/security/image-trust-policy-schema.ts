import type { JSONSchemaProps } from "../generated/types.ts";
import {
  imageOutcomes,
  imageSeverities,
  policyModes,
  runningPodActions,
  vexJustifications,
  vexStatuses,
} from "./image-trust-policy.ts";
import { choice, duration, labelSelector, list, object, root, text } from "./schema-parts.ts";

const segment = "[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*";
const host = "[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[0-9a-fA-F:]+\\]";
const name = (description: string): JSONSchemaProps =>
  text(description, { pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", maxLength: 63 });

/** `registry.example/shop/*`, `registry.example/shop/web`, `registry.example/*`, `*`. */
export const imagePatterns = (description: string): JSONSchemaProps =>
  list(
    description,
    64,
    text('"registry.example/shop/web", "registry.example/shop/*" for everything below, "*" for every image.', {
      pattern: `^(\\*|(${host})(:[0-9]{1,5})?(/${segment})*(/\\*)?)$`,
      maxLength: 512,
    }),
    { minItems: 1 },
  );

const allow: JSONSchemaProps = {
  type: "array",
  maxItems: 256,
  "x-kubernetes-list-type": "atomic",
  description: "The images that may run; an empty list trusts none.",
  items: object("A registry and the repositories of it that may run.", ["registry", "repositories"], {
    registry: text('"host" or "host:port"; "docker.io" for names without one; "*" for any.', {
      pattern: `^(\\*|(${host})(:[0-9]{1,5})?)$`,
      maxLength: 261,
    }),
    repositories: {
      type: "array",
      minItems: 1,
      maxItems: 256,
      "x-kubernetes-list-type": "set",
      description: '"shop/web" for exactly that one, "shop/*" for everything below, "*" for all of the registry.',
      items: text("A repository or a pattern of repositories.", {
        pattern: `^(\\*|${segment}(/${segment})*(/\\*)?)$`,
        maxLength: 255,
      }),
    },
  }),
};

const identity = (what: string): JSONSchemaProps => text(what, { minLength: 1, maxLength: 1024 });

const authority = object("Who may sign: a key or a keyless identity.", ["name"], {
  name: name("How refusals and attestations call it."),
  key: object("A public key.", ["publicKey"], {
    publicKey: text("PEM: ECDSA (P-256, P-384, P-521), Ed25519 or RSA of 2048 bits and more.", {
      minLength: 1,
      maxLength: 16384,
    }),
    trustRoot: name("The trust root whose transparency log must hold the signature; absent: none is asked for."),
    ignoreTlog: { type: "boolean", description: "Asks for no log, whatever the trust root says." },
  }),
  keyless: object("A certificate of a trust root's authority; issuer and identity are both needed.", ["trustRoot"], {
    trustRoot: name("The trust root whose authority issued the certificate."),
    issuer: identity("The OIDC issuer, exactly."),
    issuerPattern: identity("A regular expression (RE2) of which the whole issuer must be a match."),
    identity: identity("The certificate's identity, exactly: an address, a workflow's URL."),
    identityPattern: identity("A regular expression (RE2) of which the whole identity must be a match."),
  }),
});

const signatures = list(
  "What must be signed, by whom. Every requirement that speaks of an image must be met.",
  64,
  object("Signatures and attestations that images need.", ["authorities"], {
    images: imagePatterns("The images it speaks of; absent: every image."),
    require: choice("Any: one authority's signature suffices. All: each must have signed.", ["Any", "All"], {
      default: "Any",
    }),
    authorities: list("Who may sign.", 32, authority, { minItems: 1 }),
    attestations: list(
      "Signed statements about the image that must be there.",
      16,
      object("A statement, by its type and by what it says.", ["predicateType"], {
        predicateType: text('"https://slsa.dev/provenance/v1", "https://cyclonedx.org/bom", …', {
          minLength: 1,
          maxLength: 1024,
        }),
        authorities: list(
          "Whose statement counts, by name; absent: any of the authorities.",
          32,
          name("An authority."),
        ),
        builder: text('Provenance: the builder\'s id; a "*" at the end stands for any rest.', {
          minLength: 1,
          maxLength: 1024,
        }),
        source: text('Provenance: what it was built from; a "*" at the end stands for any rest.', {
          minLength: 1,
          maxLength: 1024,
        }),
      }),
    ),
  }),
);

const trustRoots: JSONSchemaProps = {
  ...list(
    "Sigstore trusted roots, whole: certificate authorities and transparency logs. Nothing is fetched.",
    8,
    object("A trust root.", ["name", "trustedRoot"], {
      name: name("How authorities name it."),
      trustedRoot: text("JSON of application/vnd.dev.sigstore.trustedroot+json;version=0.1.", {
        minLength: 2,
        maxLength: 262144,
      }),
    }),
  ),
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["name"],
};

const highest = choice("The highest severity that passes; None: no finding does.", ["None", ...imageSeverities]);

const vulnerabilities = object("Which known vulnerabilities an image may have.", [], {
  highest,
  deadlines: object(
    "How long after its fix came out a finding above the highest still passes; absent: not at all.",
    [],
    Object.fromEntries(imageSeverities.map((s) => [s, duration(`For ${s} findings: "72h", "14d".`)])),
  ),
  unfixed: choice("A finding above the highest without a fix.", imageOutcomes, { default: "Warn" }),
  exploited: choice("Known to be exploited, whatever its severity.", imageOutcomes, { default: "Refuse" }),
  vexAuthors: list(
    "Whose VEX statement that an image is not affected counts, besides this policy's own.",
    32,
    identity("An author, exactly: ImageTrustPolicy/NAME, ImageTrustPolicy/NAME#SIGNER."),
  ),
  vexSigners: list("Whose signed VEX attestations beside an image count; they sign no image.", 32, authority),
  vex: list(
    "What the policy itself says of vulnerabilities.",
    256,
    object("A statement; its author is the policy.", ["vulnerability", "status"], {
      vulnerability: text("The vulnerability, by any of its names.", {
        pattern: "^[A-Za-z0-9][A-Za-z0-9._:-]*$",
        maxLength: 128,
      }),
      images: imagePatterns("The images it speaks of; absent: every image."),
      packages: list(
        "The packages it speaks of; absent: every package.",
        32,
        text("A package URL, with or without version: pkg:deb/debian/openssl.", {
          pattern: "^pkg:[a-z][a-z0-9.+-]*/.+",
          maxLength: 1024,
        }),
        { minItems: 1 },
      ),
      status: choice(
        "NotAffected (with a justification or statement) and Fixed let the finding pass; the others are shown.",
        vexStatuses,
      ),
      justification: choice("Why it is not affected, in OpenVEX's words.", vexJustifications),
      statement: text("Why, for people.", { minLength: 1, maxLength: 2048 }),
    }),
  ),
});

const misconfigurations = object("Which misconfigurations an image may have.", [], {
  highest,
  refuse: list(
    "Checks that are refused whatever their severity.",
    64,
    text("A check's identifier.", { minLength: 1, maxLength: 128 }),
  ),
});

export const imageTrustPolicy = root(
  "ImageTrustPolicy says which images may run. A namespace that no policy speaks for runs none.",
  object("What may run, and where.", ["allow"], {
    namespaceSelector: labelSelector,
    allow,
    mode: choice(
      "Enforce refuses what no enforcing policy lists and what breaks a rule; Warn lets it run and warns; Audit lets it run and records it.",
      policyModes,
      { default: "Enforce" },
    ),
    trustRoots,
    signatures,
    vulnerabilities,
    endOfLife: choice("A base or runtime whose maker has stopped mending it; absent: it passes.", imageOutcomes),
    misconfigurations,
    secrets: choice("Secrets found in the image's files; absent: they pass.", imageOutcomes),
    unknown: choice("What cannot be known: missing or stale data, what a scan could not read; absent: Warn.", [
      "Warn",
      "Refuse",
    ]),
    runningPods: choice(
      "What becomes of a running pod that could not start any more: Report it, Isolate it by network, or Replace it; absent: Report.",
      runningPodActions,
    ),
  }),
);
