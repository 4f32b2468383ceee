import { type ImageTrustPolicySpec, type Namespace, type Pod, type ScanFacts, silentLog } from "@bulkhead/api";
import { normaliseExceptions, normaliseImages } from "@bulkhead/policy";
import { beforeEach, expect, test } from "vitest";
import { createImageGate } from "./image-gate.ts";
import type { WaitingScan } from "./image-scans.ts";

const digest = `sha256:${"a".repeat(64)}`;
const image = `registry.example/shop/web@${digest}`;
const namespace: Namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", uid: "uid-shop" } };
const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop" },
  spec: { containers: [{ name: "web", image }] },
};
const nothing: ScanFacts = {
  findings: [],
  sources: [{ name: "osv" }],
  endOfLife: [],
  misconfigurations: [],
  secrets: [],
  blindSpots: [],
};
const exploited: ScanFacts = {
  ...nothing,
  findings: [
    { id: "CVE-2026-1", aliases: [], package: "zlib 1.2", severity: "low", exploited: true, fixedVersion: "1.3" },
  ],
};
const malicious: ScanFacts = {
  ...nothing,
  findings: [{ id: "MAL-2026-1", aliases: [], package: "left 1.0", severity: "unknown", malicious: true }],
};

let ran: Set<string>;
let asked: { readonly digest: string; readonly wait: boolean }[];
beforeEach(() => {
  ran = new Set();
  asked = [];
});

const asks: Partial<ImageTrustPolicySpec> = { vulnerabilities: { highest: "High" } };
const unread: WaitingScan = { failures: 0, running: false, ahead: 2 };

function gate(
  spec: Partial<ImageTrustPolicySpec>,
  scan: WaitingScan,
  more: { advisories?: boolean; image?: string } = {},
) {
  const policy = { allow: [{ registry: "registry.example", repositories: ["shop/*"] }], ...spec };
  const images = normaliseImages({
    policies: [
      {
        apiVersion: "security.bulkhead.dev/v1alpha1",
        kind: "ImageTrustPolicy",
        metadata: { name: "shop" },
        spec: policy,
      },
    ],
    namespaces: [namespace],
    exceptions: normaliseExceptions([], 0),
  });
  return createImageGate({
    rules: () => ({ images }),
    namespaces: () => [namespace],
    scans: {
      look: async (which, { wait }) => {
        asked.push({ digest: which.digest, wait });
        return scan;
      },
      matches: async () => more.advisories ?? true,
    },
    ran: {
      has: (uid, which) => ran.has(`${uid} ${which}`),
      add: async (uid, which) => void ran.add(`${uid} ${which}`),
    },
    log: silentLog,
    now: () => 0,
  })(pod, {
    field: "spec.containers[0].image",
    image: more.image ?? image,
    digest: more.image === undefined ? digest : undefined,
  });
}

test("what nobody read waits, and is told how long the line is", async () => {
  const verdict = await gate(asks, unread);
  expect(verdict.decision).toBe("hold");
  expect(verdict.because[0]?.says).toMatch(/ImageScanPending.*: 2 images are read before it$/);
  expect(asked).toEqual([{ digest, wait: true }]);
  expect(ran.size).toBe(0);
});

test("it waits for what could be malicious where no policy asks anything, if there are advisories", async () => {
  expect((await gate({}, unread)).decision).toBe("hold");
  expect((await gate({}, { ...unread, facts: malicious })).decision).toBe("deny");
  expect(ran.size).toBe(0);
  expect((await gate({}, { ...unread, facts: exploited })).decision).toBe("allow");
  expect(ran).toEqual(new Set([`uid-shop ${digest}`]));
});

test("without advisories and without a question nothing is read", async () => {
  expect((await gate({}, unread, { advisories: false })).decision).toBe("allow");
  expect(asked).toEqual([]);
});

test("a clean one starts and is remembered; one that is refused is not", async () => {
  expect((await gate(asks, { ...unread, facts: exploited })).decision).toBe("deny");
  expect(ran.size).toBe(0);
  expect((await gate(asks, { ...unread, facts: nothing })).decision).toBe("allow");
  expect(ran.size).toBe(1);
});

test("what ran before starts, whatever is known of it since, and nobody waits for its scan", async () => {
  ran.add(`uid-shop ${digest}`);
  expect((await gate(asks, { ...unread, facts: exploited })).decision).toBe("warn");
  expect((await gate(asks, unread)).decision).toBe("warn");
  expect(asked.every(({ wait }) => !wait)).toBe(true);
});

test("what cannot be read is held once and then refused where one asks, and said where nobody does", async () => {
  const failing = (failures: number): WaitingScan => ({ ...unread, failures, failure: "layer 2 is no archive" });
  const held = await gate(asks, failing(1));
  expect([held.decision, held.because[0]?.says]).toEqual(["hold", expect.stringContaining("layer 2 is no archive")]);
  expect((await gate(asks, failing(2))).decision).toBe("deny");
  expect(ran.size).toBe(0);
  expect((await gate({}, failing(2))).decision).toBe("warn");
});

test("what no registry named by a digest is refused where one asks what is in it", async () => {
  const byHand = { image: "registry.example/shop/web:1" };
  expect((await gate(asks, unread, byHand)).decision).toBe("deny");
  expect((await gate({}, unread, byHand)).decision).toBe("warn");
  expect(ran.size).toBe(0);
});
