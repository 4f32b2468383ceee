// npm test: sets up as npm start does and runs the whole suite. The last line counts: "N passed, N failed, N skipped".
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { partsFolder, repository, setUp, underPinnedNode } from "./setup.mjs";

await setUp("npm test");

const modules = join(repository, "node_modules");
const scratch = mkdtempSync(join(tmpdir(), "bulkhead-test-"));
const parts = partsFolder();
const totals = { passed: 0, failed: 0, skipped: 0 };
const skippedNames = [];
const failedNames = [];
const secondNames = [];

/**
 * One seed a state of the tree: a property that fails for a change fails each time it is asked, wherever that is, and the
 * next change tries other values. Undefined (drawn anew) where there is no git.
 */
function treeSeed() {
  const { status, stdout } = spawnSync("git", ["-C", repository, "rev-parse", "HEAD^{tree}"], { encoding: "utf8" });
  return status === 0 ? String(Number.parseInt(stdout.slice(0, 8), 16) | 0) : undefined;
}

const propertySeed = process.env.PROPERTY_SEED ?? treeSeed();
if (propertySeed !== undefined) process.stdout.write(`Property tests draw with PROPERTY_SEED=${propertySeed}.\n`);

/**
 * A check that is one program: passes with exit code 0. What it says is shown whole when it ends, since others run beside
 * it; of one that loads from the network each line as it comes.
 */
async function check(name, args, { live = false } = {}) {
  const file = join(scratch, `${name.replaceAll(/\W+/g, "-")}.txt`);
  const said = live ? "inherit" : openSync(file, "w");
  const started = performance.now();
  if (live) process.stdout.write(`\n── ${name}\n`);
  const code = await underPinnedNode(args, { stdio: ["ignore", said, said] });
  if (!live) {
    closeSync(said);
    process.stdout.write(`\n── ${name} (${secondsSince(started)})\n${readFileSync(file, "utf8")}`);
  }
  if (code === 0) totals.passed += 1;
  else {
    totals.failed += 1;
    failedNames.push(name);
  }
  return code === 0;
}

const secondsSince = (started) => `${Math.round((performance.now() - started) / 1000)} s`;

/** Runs a vitest project, or some files of it; answers the exit code and the report of every file. */
async function vitest(project, files = []) {
  const report = join(scratch, `${project}.json`);
  rmSync(report, { force: true });
  const code = await underPinnedNode(
    [
      join(modules, "vitest", "vitest.mjs"),
      "run",
      ...files,
      "--project",
      project,
      "--passWithNoTests",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...(files.length > 0 ? ["--maxWorkers=1"] : []),
    ],
    {
      env: {
        ...process.env,
        PATH: `${join(modules, ".bin")}:${process.env.PATH}:/usr/sbin:/sbin`,
        BULKHEAD_PARTS: parts,
        ...(propertySeed === undefined ? {} : { PROPERTY_SEED: propertySeed }),
        NO_COLOR: "1",
      },
    },
  );
  try {
    return { code, files: JSON.parse(readFileSync(report, "utf8")).testResults };
  } catch (error) {
    return { code, files: [], lost: error.message };
  }
}

/** A file whose setup failed skips its tests: that is no reason to pass. */
const failed = (file) => file.status === "failed" || file.assertionResults.some((test) => test.status === "failed");

/**
 * A vitest project, counted test by test. With `again`, where the machine is shared (CI is set), a file that failed is
 * run once more, whole, by itself and named: its tests have real machines' clocks in them, and a defect fails twice.
 */
async function suite(project, { again = false } = {}) {
  process.stdout.write(`\n── ${project}\n`);
  let { code, files, lost } = await vitest(project);
  const second = again && process.env.CI !== undefined ? files.filter(failed).map(({ name }) => name) : [];
  // More than a handful is no accident of the clock.
  if (second.length > 0 && second.length <= 5) {
    const names = second.map((name) => relative(repository, name));
    process.stdout.write(`\n── ${project}: once more, alone: ${names.join(", ")}\n`);
    secondNames.push(
      ...files
        .filter(failed)
        .flatMap(failuresOf)
        .map((name) => `${project}: ${name}`),
    );
    const rerun = await vitest(project, names);
    code = rerun.code;
    lost ??= rerun.lost ?? (rerun.files.length < second.length ? "the second run ended early" : undefined);
    files = [...files.filter(({ name }) => !second.includes(name)), ...rerun.files];
  }
  if (lost !== undefined) {
    totals.failed += 1;
    failedNames.push(`${project}: no report (${lost})`);
    return;
  }
  let failures = 0;
  for (const file of files) {
    for (const name of failed(file) ? failuresOf(file) : []) {
      failures += 1;
      failedNames.push(`${project}: ${name}`);
    }
    for (const test of file.assertionResults) {
      if (test.status === "passed") totals.passed += 1;
      if (test.status === "pending" || test.status === "skipped") {
        totals.skipped += 1;
        skippedNames.push(`${project}: ${test.fullName}`);
      }
    }
  }
  if (code !== 0 && failures === 0) {
    failures += 1;
    failedNames.push(`${project}: ended with ${code} though no test failed (an error outside any test)`);
  }
  totals.failed += failures;
}

/** What failed in a file: its tests by name, or the file itself where its setup did. */
function failuresOf(file) {
  const tests = file.assertionResults.filter((test) => test.status === "failed").map((test) => test.fullName);
  return tests.length > 0 ? tests : [`${file.name}: ${file.message || "did not load"}`];
}

const script = (name) => join(repository, "scripts", name);

async function parted() {
  await check("parts (private copies of Debian packages)", [script("parts.ts"), parts], { live: true });
  await check("programs that only tests run", [script("test-parts.ts"), parts], { live: true });
  await check("types", [
    join(modules, "typescript", "bin", "tsc"),
    "--noEmit",
    "-p",
    join(repository, "tsconfig.json"),
  ]);
}

async function bundled() {
  await check("lint", [join(modules, "oxlint", "bin", "oxlint"), "--type-aware", "--deny-warnings"]);
  await check("format", [join(modules, "@biomejs", "biome", "bin", "biome"), "check", "."]);
  return check("bundles", [script("build.mjs")]);
}

process.stdout.write("\nparts and types beside lint, format and bundles …\n");
const [built] = await Promise.all([bundled(), parted()]);
await suite("unit", { again: true });
await suite("integration", { again: true });
if (built) for (const project of ["e2e", "e2e-alone"]) await suite(project, { again: true });
rmSync(scratch, { recursive: true, force: true });

if (skippedNames.length > 0)
  process.stdout.write(`\nSkipped, with the reason in each name:\n${skippedNames.map((n) => `  ${n}`).join("\n")}\n`);
if (secondNames.length > 0)
  process.stdout.write(`\nFailed at first, and run once more:\n${secondNames.map((n) => `  ${n}`).join("\n")}\n`);
if (failedNames.length > 0) process.stdout.write(`\nFailed:\n${failedNames.map((n) => `  ${n}`).join("\n")}\n`);
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exit(totals.failed === 0 ? 0 : 1);
