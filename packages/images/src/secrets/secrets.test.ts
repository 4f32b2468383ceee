import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLiteralSearch } from "./literal-search.ts";
import { secretRules } from "./rules.ts";
import { createSecretScanner } from "./secret-scanner.ts";

const scanner = createSecretScanner({ key: Buffer.alloc(32, 7) });
const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** As random as a secret, and the same each time. Made here, so that no file of ours holds one. */
function drawn(seed: string, length: number, alphabet = letters): string {
  let text = "";
  for (let i = 0; text.length < length; i++)
    for (const byte of createHash("sha256").update(`${seed}${i}`).digest()) text += alphabet[byte % alphabet.length];
  return text.slice(0, length);
}
const summed = (prefix: string, seed: string): string => {
  const body = drawn(seed, 30);
  let rest = crc32(body);
  let sum = "";
  for (; rest > 0; rest = Math.floor(rest / 62)) sum = `${letters[rest % 62]}${sum}`;
  return `${prefix}_${body}${sum.padStart(6, "0")}`;
};
const pem = (kind: string, body: string): string =>
  [`-----BEGIN ${kind}PRIVATE`, ` KEY-----\n${body}\n-----END ${kind}PRIVATE`, " KEY-----\n"].join("");
const base64 = Buffer.from(drawn("pem", 300))
  .toString("base64")
  .replace(/(.{64})/g, "$1\n");
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const bech32 = "023456789ACDEFGHJKLMNPQRSTUVWXYZ";

/** For each rule a text in which it must find something, and one of the kind that others take for it. */
const fixtures: Readonly<Record<string, { readonly found: string; readonly passed: string; readonly path?: string }>> =
  {
    "private-key": { found: pem("RSA ", base64), passed: pem("", "...your key here...") },
    "aws-access-key": { found: `id=AKIA${drawn("aws", 16, base32)}`, passed: "id=AKIAIOSFODNN7EXAMPLE" },
    "aws-secret-key": {
      found: `aws_secret_access_key = ${drawn("aws2", 40)}`,
      passed: "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
    "github-token": { found: `t: ${summed("ghp", "gh")}`, passed: `t: ghp_${drawn("no sum", 36)}` },
    "github-fine-grained-token": {
      found: `github_pat_${drawn("g1", 22)}_${drawn("g2", 59)}`,
      passed: `github_pat_${"a".repeat(22)}_${"b".repeat(59)}`,
    },
    "gitlab-token": { found: `glpat-${drawn("gl", 20)}`, passed: "glpat-xxxxxxxxxxxxxxxxxxxx" },
    "npm-token": { found: summed("npm", "n"), passed: "npm_config_cache_folder_of_the_build_machine" },
    "npm-registry-token": {
      found: `//r.example/:_authToken=${drawn("reg", 30)}`,
      passed: "//r.example/:_authToken=${NPM_TOKEN}",
      path: "root/.npmrc",
    },
    "pypi-token": { found: `pypi-AgE${drawn("py", 80)}`, passed: "pypi-AgE" },
    "slack-token": {
      found: `xoxb-1${drawn("sl", 40, "0123456789")}-${drawn("sl2", 24)}`,
      passed: "xoxb-not-a-token-but-a-name-of-one",
    },
    "slack-webhook": {
      found: `https://hooks.slack.com/services/T${drawn("a", 9, "ABCDEF0123")}/B${drawn("b", 9, "ABCDEF0123")}/${drawn("c", 24)}`,
      passed: "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    },
    "stripe-key": { found: `sk_live_${drawn("st", 24)}`, passed: "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx" },
    "google-api-key": { found: `AIza${drawn("go", 35)}`, passed: `AIza${"SyA".repeat(11)}xx` },
    "openai-key": { found: `sk-proj-${drawn("o1", 30)}T3BlbkFJ${drawn("o2", 30)}`, passed: "sk-...T3BlbkFJ..." },
    "anthropic-key": { found: `sk-ant-api03-${drawn("an", 95)}`, passed: `sk-ant-api03-${"x".repeat(95)}` },
    "vault-token": { found: `hvs.${drawn("v", 90)}`, passed: "hvs.your-token-here-please-replace-it" },
    "docker-hub-token": { found: `dckr_pat_${drawn("d", 27)}`, passed: "dckr_pat_aaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    "docker-credentials": {
      found: `{"auths":{"r":{"auth":"${Buffer.from(`bob:${drawn("b", 12)}`).toString("base64")}"}}}`,
      passed: '{"auths":{"r":{"auth":"bm90aGluZw=="}}}',
      path: "root/.docker/config.json",
    },
    "age-key": { found: `AGE-SECRET-KEY-1${drawn("age", 58, bech32)}`, passed: `AGE-SECRET-KEY-1${"Q".repeat(58)}` },
    "json-web-token": {
      found: `${part({ alg: "RS256", typ: "JWT" })}.${part({ sub: "someone", n: 1 })}.${drawn("jwt", 80)}`,
      passed: `${part({ alg: "none" })}.${part({ sub: "someone" })}.${drawn("jwt", 80)}`,
    },
    "url-password": {
      found: `postgres://shop:${drawn("u", 14)}@db:5432/shop`,
      passed: "postgres://user:password@localhost/db",
    },
    "password-setting": {
      found: `DB_PASSWORD=${drawn("ps", 20)}`,
      passed: "DB_PASSWORD=${DB_PASSWORD_FROM_ENV}\nTOKEN=changeme12345678\nsecret=/run/secrets/token1",
      path: "app/.env",
    },
  };

describe("each rule", () => {
  test("has fixtures", () => expect(Object.keys(fixtures).sort()).toEqual(secretRules.map((r) => r.id).sort()));

  for (const [id, { found, passed, path = "app/file.txt" }] of Object.entries(fixtures)) {
    test(`${id}: finds what it is for, and says it without the value`, async () => {
      const text = `first line\n${found}\nlast`;
      expect(scanner.suspects(path, Buffer.from(text))).toBe(true);
      const findings = await scanner.scan(path, text);
      expect(findings.map((f) => f.rule)).toContain(id);
      expect(findings[0]).toMatchObject({ path, line: 2 });
      for (const value of found.match(/[\w+/]{12,}/g) ?? []) expect(JSON.stringify(findings)).not.toContain(value);
    });
    test(`${id}: passes its look-alike`, async () => {
      expect((await scanner.scan(path, passed)).map((f) => f.rule)).not.toContain(id);
    });
  }
});

describe("the scanner", () => {
  test("counts a place once, and tells one secret at two places by its fingerprint", async () => {
    const token = fixtures["gitlab-token"]?.found ?? "";
    const findings = await scanner.scan("a", `${token}\n${token}\n`);
    expect(findings.map((f) => [f.rule, f.line])).toEqual([
      ["gitlab-token", 1],
      ["gitlab-token", 2],
    ]);
    expect(new Set(findings.map((f) => f.fingerprint)).size).toBe(1);
    const other = await createSecretScanner({ key: Buffer.alloc(32, 8) }).scan("a", token);
    expect(other[0]?.fingerprint).not.toBe(findings[0]?.fingerprint);
  });

  test("hears @secretlint where our rules say nothing", async () => {
    const text = `sendgrid: SG.${drawn("sg", 22)}.${drawn("sg2", 43)}\n`;
    expect((await scanner.scan("a.yaml", text)).map((f) => f.rule)).toEqual([expect.stringMatching(/^secretlint\//)]);
  });

  test.each([
    ["shopify", `token ${"shpat"}_${drawn("shop", 32)}\n`],
    ["groq", `token ${"gsk"}_${drawn("groq", 52)}\n`],
    ["tailscale", `token ${"tskey"}-auth-${drawn("ts", 12)}-${drawn("ts2", 32)}\n`],
  ])(
    "suspects a text that holds nothing but what @secretlint's %s rule knows, whatever a comment says",
    async (rule, text) => {
      const hidden = `# secretlint-disable\n${text}`;
      expect(scanner.suspects("a.txt", Buffer.from(hidden))).toBe(true);
      expect((await scanner.scan("a.txt", hidden)).map((f) => f.rule)).toEqual([`secretlint/${rule}`]);
    },
  );

  test("looks into no binary file", () => {
    expect(scanner.suspects("a", Buffer.from(`\0${fixtures["gitlab-token"]?.found}`))).toBe(false);
  });

  test("ends soon on texts made to hold it up", async () => {
    for (const text of [
      "-----BEGIN PRIVATE KEY-----".repeat(20_000),
      "eyJhbGci.".repeat(60_000),
      "A".repeat(500_000),
      "password=".repeat(50_000),
      `postgres://${":".repeat(200_000)}`,
    ])
      expect((await scanner.scan(".env", text)).length).toBeLessThanOrEqual(100);
  }, 20_000);
});

test("literals are found just where indexOf finds them", () => {
  const literals = ["abca", "bcabc", "caab"];
  const search = createLiteralSearch(literals);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 60 }), (text) => {
      expect(search.any(Buffer.from(text))).toBe(literals.some((l) => text.includes(l)));
      expect([...search.found(Buffer.from(text))].sort()).toEqual(literals.filter((l) => text.includes(l)).sort());
    }),
    { numRuns: 500 },
  );
});

test("literals are found wherever they stand in a long text, over the parts that it is searched in", () => {
  const search = createLiteralSearch(["npm_", "AKIA"]);
  for (const at of [0, 1, 15, 16, 65_519, 65_531, 65_532, 65_533, 65_535, 65_536, 65_540, 131_060, 131_068, 199_996]) {
    const text = Buffer.alloc(200_000, "n");
    text.write("npm_", at);
    expect(search.any(text)).toBe(true);
    text[at] = 0x78;
    expect(search.any(text)).toBe(false);
  }
});
