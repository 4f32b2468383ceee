import { expect, test } from "vitest";
import { readPolicy, securitySource } from "./debian-archive.ts";

const policy = `runc:
  Installed: (none)
  Candidate: 1.1.5+ds1-1+deb12u1
  Version table:
     1.1.5+ds1-1+deb12u1 500
        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
containerd:
  Installed: (none)
  Candidate: 1.6.20~ds1-1+deb12u3
  Version table:
     1.6.20~ds1-1+deb12u3 500
        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
     1.6.20~ds1-1+deb12u2 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
gone:
  Installed: (none)
  Candidate: (none)
  Version table:
catatonit:
  Installed: 0.1.7-1+b2
  Candidate: 0.1.7-1+b2
  Version table:
 *** 0.1.7-1+b2 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
`;

test("each candidate is told with the suite that has it, its own before its security suite", () => {
  expect(readPolicy(policy, "bookworm")).toEqual([
    { name: "runc", version: "1.1.5+ds1-1+deb12u1", suite: "bookworm" },
    { name: "containerd", version: "1.6.20~ds1-1+deb12u3", suite: "bookworm-security" },
    { name: "catatonit", version: "0.1.7-1+b2", suite: "bookworm" },
  ]);
  expect(readPolicy("", "bookworm")).toEqual([]);
});

test("a suite's repaired packages lie beside it, where there are any", () => {
  const mirror = "http://mirror.example/debian";
  const security = { mirror: "http://mirror.example/debian-security", suite: "testing-security" };
  expect(securitySource({ mirror, suite: "testing" })).toEqual(security);
  for (const suite of ["unstable", "sid", "testing-security"])
    expect(securitySource({ mirror, suite })).toBeUndefined();
  expect(securitySource({ mirror: "http://mirror.example/other", suite: "testing" })).toBeUndefined();
});
