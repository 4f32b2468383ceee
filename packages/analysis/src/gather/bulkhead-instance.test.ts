import { expect, test } from "vitest";
import { controls } from "../posture/controls/index.ts";
import { Evaluation } from "../posture/evaluate.ts";
import { ObjectSet } from "../snapshot/object-set.ts";
import { type BulkheadInstance, factsOfInstance } from "./bulkhead-instance.ts";

const instance: BulkheadInstance = {
  nodeName: "a",
  defaults: "bulkhead",
  listen: "127.0.0.1",
  registryPort: 5000,
  onlyApiserver: false,
  where: "/var/lib/bulkhead/instance.json",
  auditLevel: () => "Metadata",
  remotes: { value: [], where: "registries.json" },
};

const findingsOf = (changed: Partial<BulkheadInstance>): string[] => {
  const evaluation = new Evaluation({
    objects: new ObjectSet(factsOfInstance({ ...instance, ...changed })),
    controls,
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: Date.parse("2026-11-21T00:00:00Z"),
  });
  return evaluation
    .findings()
    .filter(({ object }) => object.apiVersion === "facts.bulkhead.dev/v1")
    .map(({ control, outcome }) => `${outcome} ${control.id}`)
    .toSorted();
};

/** What only keys, time and use can tell. */
const notTold = [
  "unknown api-encryption-key-age",
  "unknown api-tls-ciphers",
  "unknown audit-local-only",
  "unknown audit-unverified",
  "unknown certificate-ends-soon",
  "unknown certificate-weak-key",
  "unknown masters-used",
];

test("an instance as it is made has nothing to mend, and what nobody told of is unknown", () => {
  expect(findingsOf({})).toEqual(notTold);
});

test.each<[string, Partial<BulkheadInstance>, string[]]>([
  ["with an old key", { keyAgeDays: 800 }, ["fail api-encryption-key-age"]],
  ["on all addresses", { listen: "0.0.0.0" }, ["fail api-listens-everywhere"]],
  ["with Kubernetes' defaults", { defaults: "kubernetes" }, ["fail api-external-ips"]],
  [
    "with a mirror over plain HTTP",
    {
      remotes: { value: [{ host: "m.example", plainHttp: true, skipsVerification: false }], where: "registries.json" },
    },
    ["fail registry-remote-plain-http"],
  ],
  [
    "with an audit policy that drops what it does not name",
    { auditLevel: ({ resource }) => (resource === "secrets" ? "Request" : "None") },
    ["fail audit-catch-all", "fail audit-secret-bodies"],
  ],
])("%s", (_, changed, expected) => {
  expect(findingsOf(changed).filter((line) => !notTold.includes(line))).toEqual(expected);
});
