import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A CA for one test, by the machine's openssl. */
export function testAuthority(folder: string): { readonly ca: Buffer; issue(name: string): Pair } {
  const at = mkdtempSync(join(folder, "ca-"));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: at, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test", "-days", "2");
  writeFileSync(join(at, "san"), "subjectAltName=IP:127.0.0.1\n");
  return {
    ca: readFileSync(join(at, "ca.crt")),
    issue: (name) => {
      openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
      const out = `${name}.crt`;
      openssl(
        "x509",
        "-req",
        "-in",
        `${name}.csr`,
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        out,
        "-days",
        "2",
        "-extfile",
        "san",
      );
      return { cert: readFileSync(join(at, out)), key: readFileSync(join(at, `${name}.key`)) };
    },
  };
}

/** Why no certificate can be made here; undefined when it can. */
export function lackingOpenssl(): string | undefined {
  try {
    execFileSync("openssl", ["version"], { stdio: "pipe" });
    return undefined;
  } catch {
    return "there is no openssl to make test certificates";
  }
}
