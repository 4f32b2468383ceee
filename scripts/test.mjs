// npm test: sets up as npm start does and runs the whole suite. The last line counts: "N passed, N failed, N skipped".
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ensureHostsFile,
  installPackages,
  installSystemPrograms,
  partsFolder,
  repository,
  requireRoot,
  underPinnedNode,
} from "./setup.mjs";

requireRoot("npm test");
await installPackages();
await installSystemPrograms();
ensureHostsFile();

const modules = join(repository, "node_modules");
const scratch = mkdtempSync(join(tmpdir(), "bulkhead-test-"));
const parts = partsFolder();
const totals = { passed: 0, failed: 0, skipped: 0 };
const skippedNames = [];
const failedNames = [];

/** A check that is one program: passes with exit code 0. */
async function check(name, args, options) {
  process.stdout.write(`\n── ${name}\n`);
  const code = await underPinnedNode(args, options);
  if (code === 0) totals.passed += 1;
  else {
    totals.failed += 1;
    failedNames.push(name);
  }
  return code === 0;
}

/** A vitest project, counted test by test. */
async function suite(project) {
  process.stdout.write(`\n── ${project}\n`);
  const report = join(scratch, `${project}.json`);
  const code = await underPinnedNode(
    [
      join(modules, "vitest", "vitest.mjs"),
      "run",
      "--project",
      project,
      "--passWithNoTests",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
    {
      env: {
        ...process.env,
        PATH: `${join(modules, ".bin")}:${process.env.PATH}:/usr/sbin:/sbin`,
        BULKHEAD_PARTS: parts,
        NO_COLOR: "1",
      },
    },
  );
  let result;
  try {
    result = JSON.parse(readFileSync(report, "utf8"));
  } catch (error) {
    totals.failed += 1;
    failedNames.push(`${project}: no report (${error.message})`);
    return;
  }
  totals.passed += result.numPassedTests;
  totals.failed += result.numFailedTests;
  for (const file of result.testResults) {
    // A file whose setup failed skips its tests: that is no reason to pass.
    if (file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")) {
      totals.failed += 1;
      failedNames.push(`${project}: ${file.name}: ${file.message ?? "did not load"}`);
    }
    for (const test of file.assertionResults) {
      if (test.status === "pending" || test.status === "skipped") {
        totals.skipped += 1;
        skippedNames.push(`${project}: ${test.fullName}`);
      }
      if (test.status === "failed") failedNames.push(`${project}: ${test.fullName}`);
    }
  }
  if (code !== 0 && totals.failed === 0) {
    totals.failed += 1;
    failedNames.push(`${project}: ended with ${code} though no test failed (an error outside any test)`);
  }
}

await check("parts (private copies of Debian packages)", [join(repository, "scripts", "parts.ts"), parts]);
await check("programs that only tests run", [join(repository, "scripts", "test-parts.ts"), parts]);
await check("types", [join(modules, "typescript", "bin", "tsc"), "--noEmit", "-p", join(repository, "tsconfig.json")]);
await check("lint", [join(modules, "oxlint", "bin", "oxlint"), "--type-aware", "--deny-warnings"]);
await check("format", [join(modules, "@biomejs", "biome", "bin", "biome"), "check", "."]);
const built = await check("bundles", [join(repository, "scripts", "build.mjs")]);
await suite("unit");
await suite("integration");
if (built) for (const project of ["e2e", "e2e-alone"]) await suite(project);
rmSync(scratch, { recursive: true, force: true });

if (skippedNames.length > 0)
  process.stdout.write(`\nSkipped, with the reason in each name:\n${skippedNames.map((n) => `  ${n}`).join("\n")}\n`);
if (failedNames.length > 0) process.stdout.write(`\nFailed:\n${failedNames.map((n) => `  ${n}`).join("\n")}\n`);
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exit(totals.failed === 0 ? 0 : 1);
