import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openPlainFolder, scanImage } from "../src/index.ts";
import { openGoFunctions } from "../src/packages/go-functions.ts";

const parts = process.env["BULKHEAD_PARTS"] ?? "";
const program = join(parts, "bin/runc");
const why =
  parts === "" ? "BULKHEAD_PARTS is not set" : existsSync(program) ? undefined : "bin/runc is not among the parts";
const folder = mkdtempSync(join(tmpdir(), "bulkhead-go-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(why !== undefined)(
  `the functions of a Go program that others built${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    test("what it starts processes with is linked, what sends mail is not", async () => {
      copyFileSync(program, join(folder, "runc"));
      const { inventory } = await scanImage(openPlainFolder(folder));
      const functions = inventory.goFunctions?.["runc"] ?? "";
      const links = openGoFunctions(functions);
      const has = (path: string, ...symbols: string[]) => links("stdlib", [{ path, symbols }]);
      expect(has("os/exec", "Cmd.Start")).toBe(true);
      expect(has("encoding/json", "Decoder.Decode", "nothing")).toBe(true);
      expect(has("net/smtp", "SendMail", "Client.Mail")).toBe(false);
      expect(has("html/template")).toBe(false);
      // A few tens of kilobytes for some ten thousand functions.
      expect(functions.length).toBeLessThan(64 << 10);
    });
  },
);
