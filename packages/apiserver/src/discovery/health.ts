import { type Answer, textAnswer } from "../request/api-request.ts";
import { noSuchPath } from "../request/errors.ts";
import type { RequestInfo } from "../request/request-info.ts";

/** One thing that must be well; undefined says that it is, a text says what is not. */
export interface HealthCheck {
  readonly name: string;
  check(): string | undefined;
}

export interface HealthChecks {
  readonly livez: readonly HealthCheck[];
  readonly readyz: readonly HealthCheck[];
}

/** /livez, /readyz and /healthz, each with its checks below it, `verbose` and `exclude`. Undefined: another path. */
export function healthAnswer(info: RequestInfo, checks: HealthChecks): Answer | undefined {
  const [, endpoint = "", name = "", ...more] = info.path.split("/");
  if (endpoint !== "livez" && endpoint !== "readyz" && endpoint !== "healthz") return undefined;
  const all = endpoint === "livez" ? checks.livez : checks.readyz;
  if (more.length > 0) throw noSuchPath();
  if (name !== "") {
    const one = all.find((check) => check.name === name);
    if (one === undefined) throw noSuchPath();
    const wrong = one.check();
    return wrong === undefined ? textAnswer(200, "ok") : textAnswer(500, `internal server error: ${wrong}\n`);
  }
  return wholeAnswer(endpoint, info, all);
}

function wholeAnswer(endpoint: string, info: RequestInfo, checks: readonly HealthCheck[]): Answer {
  const excluded = new Set(info.query.getAll("exclude"));
  const lines: string[] = [];
  let failed = false;
  for (const one of checks) {
    const { name } = one;
    if (excluded.has(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const wrong = one.check();
    failed ||= wrong !== undefined;
    lines.push(wrong === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
  }
  if (failed) return textAnswer(500, `${lines.join("\n")}\n${endpoint} check failed\n`);
  if (!info.query.has("verbose")) return textAnswer(200, "ok");
  return textAnswer(200, `${lines.join("\n")}\n${endpoint} check passed\n`);
}
