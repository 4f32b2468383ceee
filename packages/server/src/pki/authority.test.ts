import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { isFresh, issue, makeAuthority } from "./authority.ts";

const now = Date.UTC(2026, 0, 1);
const wish = {
  commonName: "kube-apiserver",
  server: true,
  dnsNames: ["kubernetes.default.svc"],
  ipAddresses: ["10.96.0.1", "::1"],
  days: 30,
} as const;

test("a leaf is signed by its authority, names what was asked, and is no authority", async () => {
  const authority = await makeAuthority("bulkhead-server-ca", now);
  const leaf = await issue(authority, wish, now);
  const parsed = new X509Certificate(leaf.certificate);
  expect(parsed.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  expect(parsed.checkHost("kubernetes.default.svc")).toBe("kubernetes.default.svc");
  expect(parsed.checkIP("10.96.0.1")).toBe("10.96.0.1");
  expect(parsed.ca).toBe(false);
  expect(new X509Certificate(authority.certificate).ca).toBe(true);
  const other = await makeAuthority("bulkhead-server-ca", now);
  expect(parsed.verify(new X509Certificate(other.certificate).publicKey)).toBe(false);
});

test("a client's groups are its organizations", async () => {
  const authority = await makeAuthority("bulkhead-client-ca", now);
  const leaf = await issue(
    authority,
    { commonName: "system:node:a", organizations: ["system:nodes", "x"], client: true, days: 1 },
    now,
  );
  expect(new X509Certificate(leaf.certificate).subject).toBe("O=system:nodes\nO=x\nCN=system:node:a");
});

test("a certificate is renewed in its last third, or when a name is missing", async () => {
  const authority = await makeAuthority("ca", now);
  const leaf = await issue(authority, wish, now);
  const day = 86_400_000;
  expect(isFresh(leaf.certificate, wish, authority.certificate, now + 19 * day)).toBe(true);
  expect(isFresh(leaf.certificate, wish, authority.certificate, now + 21 * day)).toBe(false);
  expect(isFresh(leaf.certificate, { ...wish, dnsNames: ["other"] }, authority.certificate, now)).toBe(false);
});
