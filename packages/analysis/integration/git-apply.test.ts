import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "vitest";
import { unifiedDiff } from "../src/posture/fix/unified-diff.ts";

const hasGit = spawnSync("git", ["--version"]).status === 0;

test.skipIf(!hasGit)(`a unified diff is what git applies${hasGit ? "" : " (skipped: no git here)"}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-diff-"));
  try {
    const line = fc.constantFrom("a\n", "b\n", "c\n", "  d: 1\n", "---\n");
    const text = fc.tuple(fc.array(line, { maxLength: 30 }), fc.boolean()).map(([lines, cut]) => {
      const whole = lines.join("");
      return cut ? whole.slice(0, -1) : whole;
    });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = unifiedDiff("file.yaml", before, after);
        if (before === after) return diff === "";
        writeFileSync(join(folder, "file.yaml"), before);
        execFileSync("git", ["apply", "--whitespace=nowarn", "-"], { cwd: folder, input: diff, stdio: "pipe" });
        return readFileSync(join(folder, "file.yaml"), "utf8") === after;
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
