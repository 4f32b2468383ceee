import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RecordedPosture } from "@bulkhead/analysis";
import { currencyKeeperUser } from "@bulkhead/api";
import type { AuditEvent } from "@bulkhead/audit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frameworksNamed, gatherCompliance } from "../commands/compliance.ts";
import { CommandFailure } from "../exit-codes.ts";
import { evidenceText } from "./evidence-text.ts";
import { endingAt, otherWriter } from "./recorded-span.ts";
import { holds, signingKey, writeSigned } from "./signature.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bulkhead-compliance-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pod = (name: string, privileged: boolean): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop}
spec: {containers: [{name: c, image: x, securityContext: {privileged: ${privileged}}}]}
---
`;
const input = {
  async *[Symbol.asyncIterator]() {
    yield Buffer.from(pod("bad", true) + pod("good", false));
  },
};
const gathered = (framework?: string) =>
  gatherCompliance(
    { from: ["-"], ...(framework === undefined ? {} : { framework }) },
    "0.1.0",
    input,
    ({ evidence }) => evidence,
  );

describe("evidence of manifests", () => {
  test("one framework by its requirements, all of them in a line each", async () => {
    const evidence = await gathered("pss");
    const text = evidenceText(evidence);
    expect(text).toMatch(/baseline\/privileged +not met .* 1\/2 .*Pod shop\/bad/);
    expect(text).toMatch(/baseline\/hostPorts +met .* 0\/2 /);
    const whole = evidenceText(await gathered());
    for (const id of ["pss", "nsa", "cis", "attack", "owasp", "nist", "pci"])
      expect(whole).toMatch(new RegExp(`^${id} +\\S.*\\d$`, "m"));
  });

  test("what a folder cannot hold is not known, and said before anything else", async () => {
    const evidence = await gathered("cis");
    const text = evidenceText(evidence);
    expect(text.indexOf("facts.bulkhead.dev/ControlPlaneFacts")).toBeLessThan(text.indexOf("CIS Kubernetes Benchmark"));
    expect(text).toMatch(/1\.2\.1 +not known/);
    expect(text).toContain("Gaps, which a machine could answer and no control does");
  });

  test("a framework mistyped is refused with the nearest", () => {
    expect(() => frameworksNamed("ciss")).toThrow(
      new CommandFailure('there is no framework "ciss"; did you mean cis?'),
    );
    expect(frameworksNamed("nist")).toEqual(["nist"]);
  });
});

describe("over a span", () => {
  test.each([
    [{ until: "1d" }, "--until ends a span"],
    [{ since: "30d", from: ["-"] }, "manifests do not say"],
    [{ since: "30d", namespace: "shop" }, "leave -n out"],
    [{ since: "1h", until: "2h" }, "ends before it begins"],
    [{ since: "1h", until: "2999-01-01T00:00:00Z" }, "still to come"],
    [{ since: "soon" }, "write 15m"],
  ])("%j is refused before anything is asked", async (options, says) => {
    await expect(gatherCompliance(options, "0.1.0", input, () => undefined)).rejects.toThrow(says);
  });

  test("to now means to where the record ends, as long as it is still written", () => {
    const minutes = (n: number): number => Date.parse("2026-11-21T12:00:00Z") + n * 60_000;
    const iso = (n: number): string => new Date(minutes(n)).toISOString();
    const recorded = new RecordedPosture([
      { from: iso(0), at: {}, observed: [{ from: iso(0), to: iso(10) }], changes: [] },
    ]);
    const ending = (to: number): number => endingAt({ from: minutes(0), to: minutes(to) }, recorded).to;
    expect(ending(14)).toBe(minutes(10));
    expect(ending(25)).toBe(minutes(25));
    expect(ending(5)).toBe(minutes(5));
    expect(endingAt({ from: 0, to: 1 }, new RecordedPosture([])).to).toBe(1);
  });

  const wrote = (username: string, more: object = {}): AuditEvent =>
    ({
      stage: "ResponseComplete",
      verb: "update",
      user: { username },
      responseStatus: { code: 200 },
      objectRef: { resource: "posturehistories", name: "posture-x" },
      requestReceivedTimestamp: "2026-11-21T12:00:00.000000Z",
      ...more,
    }) as unknown as AuditEvent;
  const controller = "system:serviceaccount:kube-system:posture-controller";

  test("the record is doubted where anybody but the controller wrote it, also in its name", () => {
    expect(otherWriter(wrote(controller))).toBeUndefined();
    expect(otherWriter(wrote("mallory"))).toBe(
      "mallory did update posturehistories posture-x at 2026-11-21T12:00:00.000000Z",
    );
    expect(otherWriter(wrote("mallory", { impersonatedUser: { username: controller } }))).toContain("in that name");
    expect(otherWriter(wrote("mallory", { responseStatus: { code: 403 } }))).toBeUndefined();
    expect(otherWriter(wrote("mallory", { verb: "get" }))).toBeUndefined();
  });

  test("so it is where anybody but root's own process wrote what it goes by of the machine", () => {
    const objectRef = { resource: "posturefacts", name: "vm" };
    expect(otherWriter(wrote(currencyKeeperUser, { objectRef }))).toBeUndefined();
    expect(otherWriter(wrote(controller, { objectRef }))).toContain("posturefacts vm");
    expect(otherWriter(wrote(currencyKeeperUser))).toContain("posturehistories posture-x");
    expect(otherWriter(wrote("mallory", { objectRef: { resource: "posturesummaries" } }))).toBeUndefined();
  });
});

describe.each([
  ["Ed25519", () => generateKeyPairSync("ed25519")],
  ["ECDSA", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
] as const)("signed by %s", (name, make) => {
  test("holds for what was signed, by whom it was signed, and for nothing else", async () => {
    const { privateKey, publicKey } = make();
    const at = (file: string): string => join(folder, `${name}-${file}`);
    await writeFile(at("key"), privateKey.export({ type: "pkcs8", format: "pem" }));
    await writeFile(at("pub"), publicKey.export({ type: "spki", format: "pem" }));
    await writeFile(at("other"), make().publicKey.export({ type: "spki", format: "pem" }));
    const beside = await writeSigned(at("page.html"), "evidence", await signingKey(at("key")));
    expect(beside).toBe(at("page.html.sig"));
    expect(await holds(at("page.html"), beside, at("pub"))).toBe(true);
    expect(await holds(at("page.html"), beside, at("other"))).toBe(false);
    await writeFile(at("page.html"), `${await readFile(at("page.html"), "utf8")} changed`);
    expect(await holds(at("page.html"), beside, at("pub"))).toBe(false);
    await expect(holds(at("page.html"), at("page.html"), at("pub"))).rejects.toThrow("is no signature");
    await expect(holds(at("page.html"), at("none"), at("pub"))).rejects.toThrow("there is no");
  });
});

test("a key that cannot sign is refused before any work is done, and nothing of it is said", async () => {
  const rsa = join(folder, "rsa");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(rsa, privateKey.export({ type: "pkcs8", format: "pem" }));
  await expect(signingKey(rsa)).rejects.toThrow("no key of Ed25519 or ECDSA");
  const text = join(folder, "text");
  await writeFile(text, "hunter2");
  await expect(signingKey(text)).rejects.toThrow(/holds no private key/);
  await expect(signingKey(text)).rejects.not.toThrow(/hunter2/);
});
