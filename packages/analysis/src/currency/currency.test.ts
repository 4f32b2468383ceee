import type { KubeObject, Node, PartFacts } from "@bulkhead/api";
import { compileCurrency } from "@bulkhead/policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apiVersionTable } from "./api-version-table.ts";
import { apiVersionItems, usesIn } from "./api-versions.ts";
import { imageItems, nodeSubjects, serverSubject } from "./cluster.ts";
import { certificateItems, keyItems, tokenItems } from "./dated.ts";
import { madeLookups, now } from "./fixture.ts";
import { inventoryOf, isOlder, type Subject } from "./inventory.ts";
import { type Item, judge } from "./item.ts";
import { bulkheadSubject, dependencySubjects, nodeSubject } from "./own-packages.ts";
import { planParts, releaseStep } from "./part-plan.ts";
import { partProgramSubjects, partSubjects } from "./parts.ts";
import { systemSubjects } from "./system-packages.ts";

const judged = (subjects: readonly Subject[], lookups = madeLookups()): readonly Item[] =>
  inventoryOf(subjects, [], lookups, { of: "here", now, unseen: [] }).items;
const only = (items: readonly Item[]): Item => {
  expect(items).toHaveLength(1);
  return items[0] as Item;
};

const dependency = (programs: Record<string, number>, dev = false) =>
  dependencySubjects({
    format: 1,
    version: "0.1.0",
    dependencies: [{ name: "yaml", version: "2.9.1", dev, in: programs }],
  });
const runc: PartFacts = {
  name: "runc",
  version: "1.3.3+ds1-1",
  suite: "testing",
  changelogNames: ["CVE-2025-31133"],
  escapes: [],
  origin: "/x/parts.json",
  offer: { version: "1.3.3+ds1-1", suite: "testing", asked: "2026-11-20T00:00:00Z", newer: false },
};

describe("dependencies", () => {
  const flaw = [{ of: "yaml", id: "CVE-1", fixed: "2.9.2" }];
  test("what a program holds is touched, with the program as evidence", () => {
    const item = only(judged(dependency({ apiserver: 3 }), madeLookups(flaw)));
    expect(item.verdict).toBe("vulnerable");
    expect(item.vulnerabilities[0]).toMatchObject({
      touches: "yes",
      because: "bundled into apiserver (3 files)",
      fixed: "2.9.2",
    });
  });
  test("what no program holds is not touched, and is said nonetheless", () => {
    const item = only(judged(dependency({}), madeLookups(flaw)));
    expect(item.verdict).toBe("current");
    expect(item.vulnerabilities[0]?.touches).toBe("no");
  });
  test("what only builds is left out, unless a program holds it", () => {
    expect(judged(dependency({}, true))).toEqual([]);
    expect(judged(dependency({ dns: 1 }, true))).toHaveLength(1);
  });
  test("one version at several places of the lock file is one, held wherever one of them is", () => {
    const at = (programs: Record<string, number>) => ({ name: "yaml", version: "2.9.1", dev: false, in: programs });
    const places = [at({}), at({ dns: 1 }), at({ dns: 2 })];
    const item = only(
      judged(dependencySubjects({ format: 1, version: "0.1.0", dependencies: places }), madeLookups(flaw)),
    );
    expect(item.vulnerabilities[0]?.because).toBe("bundled into dns (3 files)");
  });
  test("without advisories, or with old ones, nothing is called current", () => {
    expect(only(judged(dependency({ dns: 1 }), madeLookups([], { unasked: ["npm"] }))).verdict).toBe("unknown");
    expect(only(judged(dependency({ dns: 1 }), madeLookups([], { stale: true }))).verdict).toBe("unknown");
    expect(only(judged(dependency({ dns: 1 }))).verdict).toBe("current");
  });
});

describe("parts", () => {
  test("a flaw that Debian's changelog names is repaired; another may touch", () => {
    const flaws = [
      { of: "runc", id: "CVE-2025-31133" },
      { of: "runc", id: "CVE-2026-1" },
    ];
    const item = only(judged(partSubjects([runc]), madeLookups(flaws)));
    expect(item.vulnerabilities.map(({ id, touches }) => [id, touches])).toEqual([
      ["CVE-2026-1", "unknown"],
      ["CVE-2025-31133", "no"],
    ]);
    expect(item.verdict).toBe("vulnerable");
  });
  test("a known escape touches, also where no advisory speaks of it", () => {
    const escapes = [{ id: "CVE-2026-41579", lets: "files are made on the machine", grave: true, fixed: "1.3.6" }];
    const item = only(judged(partSubjects([{ ...runc, escapes }]), madeLookups([], { unasked: ["debian:14"] })));
    expect(item).toMatchObject({ verdict: "vulnerable", vulnerabilities: [{ touches: "yes", severity: "critical" }] });
  });
  test("where nobody asked what the suite has, it is not current", () => {
    const { offer: _, ...unasked } = runc;
    expect(only(judged(partSubjects([unasked]))).verdict).toBe("unknown");
    expect(only(judged(partSubjects([runc]))).verdict).toBe("current");
    expect(
      only(
        judged(partSubjects([{ ...runc, offer: { ...(runc.offer as NonNullable<PartFacts["offer"]>), newer: true } }])),
      ).verdict,
    ).toBe("update");
  });
});

test("what a part's programs were built from touches where its functions are linked", () => {
  const parts = [
    { name: "runc", files: ["bin/runc"] },
    { name: "kubectl", files: ["bin/kubectl"] },
  ];
  const stdlib = { ecosystem: "Go", name: "stdlib", version: "1.26.5", paths: ["bin/runc", "cni/ptp"] } as const;
  const [subject, ...others] = partProgramSubjects(parts, [stdlib]);
  expect(others).toEqual([]);
  expect(subject?.package?.paths).toEqual(["bin/runc"]);
  expect((["linked", "not-linked", undefined] as const).map((code) => subject?.touch("CVE-1", code).touches)).toEqual([
    "yes",
    "no",
    "unknown",
  ]);
});

describe("Node, kernel, system", () => {
  const cycles = { nodejs: [{ cycle: "24", endOfLife: "2028-04-30", latest: "24.21.0" }] };
  test("Node is current while its line is mended and nothing newer is there", () => {
    const at = (version: string, known = cycles): Item =>
      only(judged([nodeSubject({ version, path: "/n" })], madeLookups([], { cycles: known })));
    expect(at("24.21.0").verdict).toBe("current");
    expect(at("24.20.1").verdict).toBe("update");
    expect(at("24.21.0", { nodejs: [{ cycle: "24", endOfLife: "2026-04-30", latest: "24.21.0" }] }).verdict).toBe(
      "unsupported",
    );
    expect(at("23.0.0").verdict).toBe("unknown");
    expect(only(judged([nodeSubject({ version: "24.21.0", path: "/n" })])).verdict).toBe("unknown");
  });
  test("a kernel of no package is unknown, one that waits for a reboot wants one", () => {
    const lookedAt = new Date(now).toISOString();
    const own = systemSubjects({ lookedAt, kernel: { release: "6.12.1-custom" } });
    expect(only(judged(own)).verdict).toBe("unknown");
    const packaged = {
      name: "linux-image-6.1.0-40-amd64",
      version: "6.1.153-1",
      source: "linux-signed-amd64",
      sourceVersion: "6.1.153+1",
      architecture: "amd64",
    };
    const waiting = systemSubjects({
      lookedAt,
      kernel: { release: "6.1.0-40-amd64", installed: "6.1.0-41-amd64", package: packaged },
    });
    expect(only(judged(waiting))).toMatchObject({
      verdict: "update",
      whatToDo: "reboot into 6.1.0-41-amd64, which is installed",
    });
  });
  test("a release that only its community mends wants to be left", () => {
    const debian = [{ cycle: "12", endOfLife: "2026-06-10", extendedSupport: "2028-06-30" }];
    const facts = {
      lookedAt: "2026-11-21T00:00:00Z",
      distribution: { id: "debian", versionId: "12", name: "Debian 12" },
    };
    const at = (cycles: readonly object[]): Item =>
      only(judged(systemSubjects(facts), madeLookups([], { cycles: { debian: cycles as never } })));
    expect(at(debian)).toMatchObject({ verdict: "update", support: { until: "2028-06-30", ended: false } });
    expect(at([{ cycle: "12", endOfLife: "2026-06-10" }]).verdict).toBe("unsupported");
  });
  test("a package is unknown while apt has read no index", () => {
    const openssl = {
      name: "openssl",
      version: "3.0.17-1",
      source: "openssl",
      sourceVersion: "3.0.17-1",
      architecture: "amd64",
    };
    const facts = { lookedAt: new Date(now).toISOString(), packages: [openssl] };
    expect(only(judged(systemSubjects(facts))).verdict).toBe("unknown");
    const asked = {
      ...facts,
      packages: [{ ...openssl, candidate: { version: "3.0.17-1", suite: "bookworm", newer: false } }],
      indexesRead: "2026-11-20T00:00:00Z",
    };
    expect(only(judged(systemSubjects(asked))).verdict).toBe("current");
  });
});

describe("API versions", () => {
  const use = (apiVersion: string, kind: string) => ({
    apiVersion,
    kind,
    where: `${kind} a`,
    by: "written by kubectl",
  });
  const item = (apiVersion: string, kind: string, server?: number): Item | undefined =>
    apiVersionItems([use(apiVersion, kind)], server).map((each) => judge(each, now))[0];
  test("gone, deprecated, not yet deprecated, stable", () => {
    expect(item("extensions/v1beta1", "Ingress", 36)).toMatchObject({ verdict: "unsupported" });
    expect(item("extensions/v1beta1", "Ingress", 21)).toMatchObject({ verdict: "update" });
    expect(item("networking.k8s.io/v1beta1", "ServiceCIDR", 36)?.verdict).toBe("update");
    expect(item("networking.k8s.io/v1beta1", "ServiceCIDR", 33)?.verdict).toBe("current");
    expect(item("apps/v1", "Deployment", 36)).toBeUndefined();
    expect(item("v1", "Endpoints", 36)).toMatchObject({ verdict: "update", support: { ended: false } });
  });
  test("of others' groups nothing is said, of an alpha version that it may go", () => {
    expect(item("cert-manager.io/v1alpha2", "Certificate")).toBeUndefined();
    expect(item("storagemigration.k8s.io/v1alpha1", "StorageVersionMigration")?.verdict).toBe("update");
  });
  test("what kubectl applied and who wrote last is read; controllers' own writing is not", () => {
    const object: KubeObject = {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: {
        name: "web",
        namespace: "shop",
        annotations: {
          "kubectl.kubernetes.io/last-applied-configuration":
            '{"apiVersion":"autoscaling/v2beta2","kind":"HorizontalPodAutoscaler"}',
        },
        managedFields: [
          { manager: "argocd", apiVersion: "autoscaling/v2beta2", operation: "Update" },
          { manager: "kube-controller-manager", apiVersion: "autoscaling/v1", operation: "Update" },
        ],
      },
    };
    expect(usesIn(object)).toEqual([
      {
        apiVersion: "autoscaling/v2beta2",
        kind: "HorizontalPodAutoscaler",
        where: "HorizontalPodAutoscaler shop/web",
        by: "applied by kubectl",
      },
    ]);
  });
  test("the table is in itself sound: nothing goes before it is deprecated, its replacement is there by then", () => {
    for (const { deprecated, removed = 99, insteadSince = 0, instead, apiVersion, kinds } of apiVersionTable) {
      expect(deprecated, apiVersion).toBeLessThan(removed);
      expect(insteadSince, `${apiVersion} ${kinds.join()}`).toBeLessThanOrEqual(Math.max(removed, 29));
      expect(instead === undefined).toBe(insteadSince === 0);
    }
  });
});

describe("what has a date", () => {
  const certificate = {
    name: "apiserver/tls",
    origin: "/pki/x.crt",
    notBefore: "2026-11-01T00:00:00Z",
    renewed: true,
    key: "ec",
  };
  test("certificates by their ends", () => {
    const at = (notAfter: string) =>
      judge(certificateItems([{ ...certificate, notAfter }], now)[0] as never, now).verdict;
    expect(at("2026-12-20T00:00:00Z")).toBe("current");
    expect(at("2026-11-25T00:00:00Z")).toBe("update");
    expect(at("2026-11-20T00:00:00Z")).toBe("unsupported");
  });
  test("keys by their age, tokens because they never end", () => {
    const key = (since: string | undefined, renewed = false) =>
      judge(
        keyItems(
          [{ name: "k", origin: "/k", renewed, remedy: "x", ...(since === undefined ? {} : { since }) }],
          now,
        )[0] as never,
        now,
      ).verdict;
    expect(key("2026-11-01T00:00:00Z")).toBe("current");
    expect(key("2025-01-01T00:00:00Z")).toBe("update");
    expect(key(undefined)).toBe("unknown");
    expect(judge(tokenItems([{ name: "a/b", origin: "Secret a/b" }], now)[0] as never, now).verdict).toBe("update");
  });
});

describe("other clusters", () => {
  const node = (name: string, kubelet: string): Node =>
    ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name },
      status: {
        nodeInfo: {
          kubeletVersion: kubelet,
          containerRuntimeVersion: "containerd://2.1.4",
          kernelVersion: "6.8.0-60-generic",
          osImage: "Ubuntu 22.04.5 LTS",
        },
      },
    }) as unknown as Node;
  test("one item a version, with its nodes; what cannot be seen from outside is unknown", () => {
    const items = judged(
      nodeSubjects([node("a", "v1.34.1"), node("b", "v1.34.1"), node("c", "v1.33.0")]),
      madeLookups([], { cycles: { kubernetes: [{ cycle: "1.34", endOfLife: "2026-10-27", latest: "1.34.9" }] } }),
    );
    expect(
      items.map(({ name, verdict }) => [name, verdict]).toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
    ).toEqual([
      ["Ubuntu 22.04.5 LTS", "unknown"],
      ["containerd 2.1.4", "unknown"],
      ["kubelet v1.33.0", "unknown"],
      ["kubelet v1.34.1", "unsupported"],
      ["linux 6.8.0-60-generic", "unknown"],
    ]);
    expect(items.find(({ name }) => name === "kubelet v1.34.1")?.origin).toBe("nodeInfo of a, b");
  });
  test("an image that nobody scanned is unknown; one whose base is over is unsupported", () => {
    const report = { digest: "sha256:1", images: ["web:1"], namespaces: ["shop"], sources: [], blindSpots: [] };
    const at = (more: object): Item => judge(imageItems([{ ...report, ...more }])[0] as never, now);
    expect(at({}).verdict).toBe("unknown");
    const sources = [{ name: "osv", records: 1, checkedAt: "2026-11-20T00:00:00Z" }];
    expect(at({ scannedAt: "2026-11-20T00:00:00Z", sources }).verdict).toBe("current");
    const worst = {
      findings: [],
      endOfLife: [{ name: "debian 10", since: "2024-06-30" }],
      misconfigurations: [],
      secrets: [],
    };
    expect(at({ scannedAt: "2026-11-20T00:00:00Z", sources, worst }).verdict).toBe("unsupported");
  });
});

test("Kubernetes' advisories do not speak of Bulkhead's own API server; Debian alone mends a line that upstream has left", () => {
  const flaws = madeLookups([{ of: "k8s.io/kubernetes", id: "CVE-1" }]);
  const at = (version: string): Item => only(judged([serverSubject({ version, origin: "x" })], flaws));
  expect(at("v1.36.0+bulkhead").verdict).toBe("unknown");
  expect(at("v1.36.0+k3s1").verdict).toBe("vulnerable");
  const cycles = { containerd: [{ cycle: "2.1", endOfLife: "2026-07-03" }] };
  const containerd = { ...runc, name: "containerd", version: "2.1.9+ds1-5" };
  expect(only(judged(partSubjects([containerd]), madeLookups([], { cycles })))).toMatchObject({
    verdict: "update",
    support: { ended: false, extended: true },
  });
});

describe("the plan of parts", () => {
  const hold = {
    part: "runc",
    reason: "freeze",
    by: "ann",
    since: "2026-11-01T00:00:00Z",
    until: "2026-12-01T00:00:00Z",
  };
  const facts = {
    parts: [{ name: "runc", version: "1.3.3-1" }],
    offers: [{ name: "runc", version: "1.3.4-1", suite: "testing" }],
    newer: (a: string, b: string) => a > b,
    items: [],
    rules: compileCurrency({ policies: [], approvals: [], holds: [hold], failed: [] }),
    now,
  };
  test("a hold keeps a part until its end; a fix does not wait for it", () => {
    expect(planParts(facts).steps[0]).toMatchObject({ part: "runc", verdict: { held: hold } });
    expect(planParts({ ...facts, now: Date.parse(hold.until) }).steps[0]?.verdict).not.toHaveProperty("held");
    expect(planParts({ ...facts, now: Date.parse(hold.until) }).expired).toEqual([hold]);
    const items = judged(partSubjects([runc]), madeLookups([{ of: "runc", id: "CVE-2026-1" }]));
    expect(planParts({ ...facts, items }).steps[0]).toMatchObject({
      security: ["CVE-2026-1"],
      verdict: { passedOver: hold },
    });
    const offers = [{ name: "runc", version: "1.3.4-1", suite: "testing-security" }];
    expect(planParts({ ...facts, offers }).steps[0]).toMatchObject({ verdict: { passedOver: hold } });
  });
  test("who could not be asked is not unchanged", () => {
    expect(planParts({ ...facts, offers: undefined })).toMatchObject({
      steps: [],
      unchanged: [],
      unknown: [{ part: "runc" }],
    });
    expect(planParts({ ...facts, offers: [{ name: "runc", version: "1.3.3-1", suite: "testing" }] }).unchanged).toEqual(
      ["runc"],
    );
  });
});

test("a release is a step where it is newer, and mends what its own version is said to mend alone", () => {
  const offer = { version: "0.2.0", registry: "registry.example", since: "2026-11-20T00:00:00Z" };
  const rules = compileCurrency({ policies: [], approvals: [], holds: [], failed: [] });
  const newer = (a: string, than: string): boolean => a > than;
  const step = (flaws: Parameters<typeof madeLookups>[0], version = offer.version) =>
    releaseStep({
      here: "0.1.0",
      offer: { ...offer, version },
      newer,
      items: judged([bulkheadSubject("0.1.0", "x")], madeLookups(flaws)),
      rules,
      now,
    });
  expect(step([], "0.1.0")).toBeUndefined();
  expect(step([])).toMatchObject({
    part: "bulkhead",
    from: "0.1.0",
    to: "0.2.0",
    suite: "registry.example",
    security: [],
  });
  const flaws = [
    { of: "bulkhead", id: "CVE-1", fixed: "0.2.0" },
    { of: "bulkhead", id: "CVE-2", fixed: "0.2.1" },
    { of: "bulkhead", id: "CVE-3" },
  ];
  expect(step(flaws)?.security).toEqual(["CVE-1"]);
});

test("the order of what was found never matters, and a flaw that goes takes nothing else with it", () => {
  const names = ["a", "b", "c", "d"];
  const all = dependencySubjects({
    format: 1,
    version: "1",
    dependencies: names.map((name) => ({ name, version: "1.0.0", dev: false, in: { dns: 1 } })),
  });
  const flaws = names.flatMap((of) => [
    { of, id: `CVE-${of}1` },
    { of, id: `CVE-${of}2`, exploited: true },
  ]);
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: 4 }), fc.subarray(flaws), fc.nat(7), (subjects, known, index) => {
      const before = judged(all, madeLookups(known));
      expect(judged(subjects, madeLookups(known))).toEqual(before);
      const gone = flaws[index];
      const after = judged(all, madeLookups(known.filter((each) => each !== gone)));
      for (const item of after) if (!item.name.startsWith(`${gone?.of}@`)) expect(before).toContainEqual(item);
    }),
  );
});

test("plain versions are ordered by their numbers", () => {
  expect(isOlder("1.9.0", "1.10.0")).toBe(true);
  expect(isOlder("24.21.0", "24.21.0")).toBe(false);
  expect(isOlder("2.0", "2.0.1")).toBe(true);
});
