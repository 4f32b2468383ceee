import { plausible } from "./plausible.ts";
import type { SecretFinding } from "./secret-rule.ts";

type Lint = (
  path: string,
  text: string,
  holds: (literal: string) => boolean,
) => Promise<readonly { readonly rule: string; readonly range: readonly [number, number] }[]>;

const prefix = "@secretlint/secretlint-rule-";

/** By rule, strings of which every match contains one. A rule that is not here is asked about every text that is searched. */
const ruleLiterals: Readonly<Record<string, readonly string[]>> = {
  npm: ["npm_", "_authToken=", "x-oauth-basic"],
  slack: ["xoxb-", "xoxp-", "xapp-", "xoxa-", "xoxo-", "xoxr-", "ck.com/services/"],
  shopify: ["shppa_", "shpca_", "shpat_", "shpss_"],
  stripe: ["sk_live_", "sk_test_", "rk_live_", "rk_test_"],
  github: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "ub_pat_"],
  gitlab: ["glpat-"],
  grafana: ["glc_", "glsa_"],
  openai: ["T3BlbkFJ"],
  anthropic: ["sk-ant-"],
  groq: ["gsk_"],
  linear: ["lin_api_"],
  notion: ["ntn_"],
  "1password": ["ops_ey"],
  "hashicorp-vault": ["hvs.", "hvb.", "hvr."],
  vercel: ["vcp_", "vci_", "vca_", "vcr_", "vck_"],
  databricks: ["dapi"],
  docker: ["dckr_pat_"],
  figma: ["figd_"],
  cloudflare: ["cfk_", "cfut_", "cfat_"],
  tailscale: ["tskey-"],
};

/** What their rules begin with. */
export const lintLiterals: readonly string[] = Object.values(ruleLiterals).flat();

/**
 * Private keys and addresses with passwords ours judge by their content, as theirs do not. And an image does not say by a comment in
 * it what is not looked at.
 */
const leftOut = new Set(["privatekey", "basicauth", "database-connection-string", "filter-comments"]);

let loaded: Promise<Lint> | undefined;

/** Loaded when the first suspect asks for it: it costs 35 ms and 10 MB. */
async function load(): Promise<Lint> {
  const [{ lintSource }, { rules }] = await Promise.all([
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
  ]);
  const known = rules.flatMap((rule) => {
    const name = rule.meta.id.slice(prefix.length);
    const literals = Object.hasOwn(ruleLiterals, name) ? ruleLiterals[name] : undefined;
    return leftOut.has(name) ? [] : [{ literals, descriptor: { id: rule.meta.id, rule, options: {} } }];
  });
  return async (path, content, holds) => {
    const asked = known.filter(({ literals }) => literals === undefined || literals.some(holds));
    const dot = path.lastIndexOf(".");
    const { messages } = await lintSource({
      source: { content, filePath: path, ext: dot < 0 ? "" : path.slice(dot), contentType: "text" },
      options: {
        config: { rules: asked.map(({ descriptor }) => descriptor) },
        noPhysicFilePath: true,
        maskSecrets: true,
      },
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

/**
 * What @secretlint's recommended rules find, placeholders left out. Values stay in memory, their messages are not used.
 * `holds`: whether one of `lintLiterals` is in the text.
 */
export async function lintText(
  path: string,
  text: string,
  holds: (literal: string) => boolean,
): Promise<readonly LintMatch[]> {
  if (text.length > textLimit) return [];
  loaded ??= load();
  const found = await (await loaded)(path, text, holds).catch(() => []);
  return found.slice(0, perFile).flatMap(({ rule, range: [from, to] }) => {
    const value = text.slice(from, to);
    if (!plausible(value)) return [];
    return [
      {
        rule: `secretlint/${rule.replace(prefix, "")}`,
        severity: "high" as const,
        value,
        at: from,
      },
    ];
  });
}
