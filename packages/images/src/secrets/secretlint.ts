import { plausible } from "./plausible.ts";
import type { SecretFinding } from "./secret-rule.ts";

type Lint = (
  path: string,
  text: string,
) => Promise<readonly { readonly rule: string; readonly range: readonly [number, number] }[]>;

let loaded: Promise<Lint> | undefined;

/** Loaded when the first suspect asks for it: it costs 35 ms and 10 MB. */
async function load(): Promise<Lint> {
  const [{ lintSource }, { creator }] = await Promise.all([
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
  ]);
  const config = { rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator, options: {} }] };
  return async (path, content) => {
    const dot = path.lastIndexOf(".");
    const { messages } = await lintSource({
      source: { content, filePath: path, ext: dot < 0 ? "" : path.slice(dot), contentType: "text" },
      options: { config, noPhysicFilePath: true, maskSecrets: true },
    });
    return messages.map((m) => ({ rule: m.ruleId, range: [m.range[0], m.range[1]] as const }));
  };
}

/** Their time grows with the text's length: past this ours alone look. */
const textLimit = 512 << 10;
const perFile = 100;

export interface LintMatch {
  readonly rule: string;
  readonly severity: SecretFinding["severity"];
  readonly value: string;
  readonly at: number;
}

/** What @secretlint's recommended rules find, placeholders left out. Values stay in memory, their messages are not used. */
export async function lintText(path: string, text: string): Promise<readonly LintMatch[]> {
  if (text.length > textLimit) return [];
  loaded ??= load();
  const found = await (await loaded)(path, text).catch(() => []);
  return found.slice(0, perFile).flatMap(({ rule, range: [from, to] }) => {
    const value = text.slice(from, to);
    // Ours judges private keys and addresses with passwords by their content.
    if (/privatekey|basicauth|database-connection-string/.test(rule) || !plausible(value)) return [];
    return [
      {
        rule: `secretlint/${rule.replace(/^@secretlint\/secretlint-rule-/, "")}`,
        severity: "high" as const,
        value,
        at: from,
      },
    ];
  });
}
