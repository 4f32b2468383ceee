import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { expect, test } from "vitest";
import { currencyBom } from "./bom.ts";
import { certificateItems } from "./dated.ts";
import { madeLookups, now } from "./fixture.ts";
import { inventoryOf } from "./inventory.ts";
import { dependencySubjects } from "./own-packages.ts";

test("the document passes the schema of 1.6 and says what touches and what does not", async () => {
  const dependencies = [
    { name: "@a/yaml", version: "2.9.1", dev: false, in: { dns: 1 } },
    { name: "left", version: "1.0.0", dev: false, in: {} },
  ];
  const certificate = {
    name: "tls",
    origin: "/x",
    notBefore: "2026-01-01T00:00:00Z",
    notAfter: "2026-12-24T00:00:00Z",
    renewed: true,
    key: "ec",
  };
  const inventory = inventoryOf(
    dependencySubjects({ format: 1, version: "0.1.0", dependencies }),
    certificateItems([certificate], now),
    madeLookups([
      { of: "@a/yaml", id: "CVE-1", fixed: "2.9.2", exploited: true },
      { of: "left", id: "CVE-2", severity: "negligible" },
    ]),
    { of: "/var/lib/bulkhead", now, unseen: [{ what: "registry", why: "nobody could look" }] },
  );
  const bom = currencyBom(inventory, "0.1.0");
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(JSON.stringify(bom))).toBeNull();
  expect(bom).toMatchObject({
    vulnerabilities: [
      { id: "CVE-1", analysis: { state: "exploitable" }, affects: [{ ref: "dependency/@a/yaml@2.9.1" }] },
      { id: "CVE-2", analysis: { state: "not_affected" } },
    ],
    compositions: [{ aggregate: "incomplete" }],
  });
});
