/** Debian's names of its suites in the advisories; as of 2026 testing is what becomes 14. */
export const suites: Readonly<Record<string, string>> = {
  testing: "debian:14",
  forky: "debian:14",
  stable: "debian:13",
  trixie: "debian:13",
  oldstable: "debian:12",
  bookworm: "debian:12",
  unstable: "debian:sid",
  sid: "debian:sid",
};
