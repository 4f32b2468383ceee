/** What /version says: kubectl compares major and minor, and parses gitVersion as a semantic version. */
export const versionInfo = (bulkheadVersion: string) => ({
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: `v1.36.0+bulkhead${bulkheadVersion === "" ? "" : `.${bulkheadVersion}`}`,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
});
