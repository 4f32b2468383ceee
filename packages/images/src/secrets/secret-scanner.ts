import { createHmac, randomBytes } from "node:crypto";
import { createLiteralSearch } from "./literal-search.ts";
import { type SecretRule, secretRules } from "./rules.ts";
import type { SecretFinding } from "./secret-rule.ts";
import { lintLiterals, lintText } from "./secretlint.ts";

export interface SecretScanner {
  /** Cheap: whether a text file holds anything that a rule begins with. */
  suspects(path: string, bytes: Buffer): boolean;
  /** Secrets in a text, each once. Never throws for what the text is. */
  scan(path: string, text: string): Promise<readonly SecretFinding[]>;
  /** Our own rules alone, without a file: for environment variables and history. */
  scanWords(where: string, text: string): readonly SecretFinding[];
}

export interface SecretScannerOptions {
  /** Key of the fingerprints; random by default, then they compare within one scan only. */
  readonly key?: Uint8Array;
  /** Findings of one file; default 100. */
  readonly perFile?: number;
}

interface Match {
  readonly rule: string;
  readonly severity: SecretFinding["severity"];
  readonly value: string;
  readonly at: number;
}

/** `holds`: whether a literal of a rule without paths is in the text. */
function* matches(
  rules: readonly SecretRule[],
  path: string,
  text: string,
  holds: (literal: string) => boolean,
): Generator<Match> {
  for (const rule of rules) {
    if (rule.paths !== undefined && !rule.paths.test(path)) continue;
    const inText = rule.paths === undefined ? holds : (literal: string): boolean => text.includes(literal);
    if (!rule.literals.some(inText)) continue;
    for (const match of text.matchAll(rule.pattern)) {
      const value = match[1] ?? match[0];
      if (rule.verify(value, { path })) yield { rule: rule.id, severity: rule.severity, value, at: match.index };
    }
  }
}

export function createSecretScanner({
  key = randomBytes(32),
  perFile = 100,
}: SecretScannerOptions = {}): SecretScanner {
  const ours = secretRules.flatMap((r) => (r.paths === undefined ? r.literals : []));
  const search = createLiteralSearch([...ours, ...lintLiterals]);
  // Words as common as "token" would make a suspect of every second file: they count where the rule's path fits.
  const confined = secretRules.flatMap((rule) =>
    rule.paths === undefined ? [] : [{ paths: rule.paths, search: createLiteralSearch(rule.literals) }],
  );

  function report(path: string, text: string, found: Iterable<Match>): SecretFinding[] {
    const taken: { readonly from: number; readonly to: number }[] = [];
    const findings: SecretFinding[] = [];
    for (const { rule, severity, value, at } of found) {
      if (findings.length >= perFile) break;
      const to = at + value.length;
      // The first rule that takes a place keeps it: rules are ordered from the particular to the general.
      if (taken.some((t) => at < t.to && t.from < to)) continue;
      taken.push({ from: at, to });
      let line = 1;
      for (let i = text.indexOf("\n"); i >= 0 && i < at; i = text.indexOf("\n", i + 1)) line++;
      const fingerprint = createHmac("sha256", key).update(value).digest("base64url").slice(0, 22);
      findings.push({ rule, severity, path, line, fingerprint });
    }
    return findings;
  }

  return {
    suspects: (path, bytes) =>
      !bytes.subarray(0, 1024).includes(0) &&
      (search.any(bytes) || confined.some((c) => c.paths.test(path) && c.search.any(bytes))),
    async scan(path, text) {
      const found = search.found(Buffer.from(text, "utf8"));
      const holds = (literal: string): boolean => found.has(literal);
      return report(path, text, [...matches(secretRules, path, text, holds), ...(await lintText(path, text, holds))]);
    },
    scanWords: (where, text) =>
      report(
        where,
        text,
        matches(secretRules, ".env", text, (literal) => text.includes(literal)),
      ),
  };
}
