import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkPlaces, unit, unitName, wrapper } from "./file-texts.ts";
import { checkOurs, madeBy, makeFile, removeFile } from "./made-files.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bulkhead-install-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const places = () => ({ root: join(folder, "root"), prefix: join(folder, "usr"), units: join(folder, "units") });

describe("the command on the path", () => {
  test("runs the programs in the instance's folder, which is its instance unless another is named", () => {
    const made = wrapper(places());
    const programs = join(folder, "root", "programs");
    mkdirSync(programs, { recursive: true });
    writeFileSync(join(programs, "bulkhead.mjs"), "");
    writeFileSync(
      join(programs, "node"),
      '#!/bin/sh\necho "$BULKHEAD_INSTALLED_ROOT|$BULKHEAD_ROOT|$BULKHEAD_DISTRIBUTION|$*"\n',
      {
        mode: 0o755,
      },
    );
    const script = join(folder, "bulkhead");
    writeFileSync(script, made.text, { mode: made.mode });
    const said = (env: NodeJS.ProcessEnv) =>
      spawnSync(script, ["why", "a b"], { env: { PATH: process.env["PATH"], ...env } });
    expect(said({}).stdout.toString()).toBe(`${folder}/root||${programs}|${programs}/bulkhead.mjs why a b\n`);
    expect(said({ BULKHEAD_ROOT: "/other" }).stdout.toString()).toContain("/root|/other|");
    rmSync(programs, { recursive: true });
    const gone = said({});
    expect(gone.status).toBe(2);
    expect(gone.stderr.toString()).toContain("npm start");
  });
});

describe("systemd's unit", () => {
  test("leaves containers alone, and waits for the instance to be there", () => {
    const { text, path } = unit(places());
    expect(path).toMatch(/\/units\/bulkhead-[0-9a-f]{8}\.service$/);
    expect(text).toContain(`ExecStart=${folder}/usr/bin/bulkhead up --root ${folder}/root\n`);
    expect(text).toContain("KillMode=process\n");
    expect(text).toContain(`ConditionPathExists=${folder}/root/instance.json\n`);
    expect(text.split("\n").filter((l) => l.startsWith("["))).toEqual(["[Unit]", "[Service]", "[Install]"]);
  });
  test("has the plain name for the usual place", () => {
    expect(unitName("/var/lib/bulkhead")).toBe("bulkhead.service");
  });
});

test.each(["/a b", "/a$(x)", "relative", "/a'b", "/a/../b", "/a\nb"])(
  "%j would have to be quoted and is refused",
  (root) => {
    expect(() => checkPlaces({ ...places(), root })).toThrow(expect.objectContaining({ exit: 2 }));
  },
);

describe("files of ours", () => {
  const file = (text: string) => ({ path: join(folder, "deep", "file"), text: `${madeBy}\n${text}`, mode: 0o755 });

  test("are made, left, renewed and removed", async () => {
    expect(await makeFile(file("a"))).toBe(true);
    expect(await makeFile(file("a"))).toBe(false);
    expect(await makeFile(file("b"))).toBe(true);
    expect(readFileSync(file("").path, "utf8")).toContain("\nb");
    expect(statSync(file("").path).mode & 0o777).toBe(0o755);
    expect(await removeFile(file("").path)).toBe(true);
    expect(await removeFile(file("").path)).toBe(false);
  });

  test("someone else's are neither overwritten nor removed", async () => {
    const path = join(folder, "theirs");
    writeFileSync(path, "#!/bin/sh\n");
    for (const attempt of [
      () => makeFile({ path, text: madeBy, mode: 0o755 }),
      () => removeFile(path),
      () => checkOurs([path]),
    ])
      await expect(attempt()).rejects.toMatchObject({ exit: 1, message: expect.stringContaining(path) });
    expect(readFileSync(path, "utf8")).toBe("#!/bin/sh\n");
  });
});
