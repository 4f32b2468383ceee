import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { loose, normal, textOf, valueAt } from "./comparable.ts";
import type { Answer, Case, Json, Step } from "./exchange.ts";

export interface Server {
  readonly port: number;
  /** User to bearer token. */
  readonly tokens: Readonly<Record<string, string>>;
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fill(value: Json, names: Readonly<Record<string, string>>): Json {
  if (typeof value === "string") {
    let filled = value;
    for (const [name, text] of Object.entries(names)) filled = filled.replaceAll(`{${name}}`, text);
    return filled;
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, names));
  if (!isObject(value)) return value;
  const repeat = value["$repeat"];
  if (Array.isArray(repeat)) return textOf(repeat[0]).repeat(Number(repeat[1]));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [fill(key, names) as string, fill(item, names)]),
  );
}

function headersOf(step: Step, tokens: Server["tokens"], bytes: string | undefined): Record<string, string> {
  const user = step.user ?? "admin";
  const token = user === "badtoken" ? "nonsense" : tokens[user];
  return {
    accept: "application/json",
    "user-agent": "case",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    // Node says no length of a DELETE's body by itself.
    ...(bytes === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(bytes)) }),
    ...Object.fromEntries(Object.entries(step.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

/** One request over HTTP/1.1, its answer read to the end. */
export function call({ port, tokens }: Server, step: Step): Promise<Answer> {
  const { body } = step;
  const bytes =
    body === undefined || body === null ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        method: step.method,
        path: step.path,
        headers: headersOf(step, tokens, bytes),
        rejectUnauthorized: false,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            code: response.statusCode ?? 0,
            warning: warningsOf(response.rawHeaders),
            type: (response.headers["content-type"] ?? "").split(";")[0] ?? "",
            body: parse(text, step.path),
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(bytes);
  });
}

const warningsOf = (raw: readonly string[]): string[] =>
  raw.filter((_value, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === "warning").toSorted();

function parse(text: string, path: string): Json {
  try {
    if (!path.includes("watch=true")) return JSON.parse(text) as Json;
    return text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => JSON.parse(line) as Json);
  } catch {
    return text;
  }
}

const savedText = (value: Json | undefined): string => {
  if (typeof value === "string") return value;
  return value === undefined ? "absent" : JSON.stringify(value);
};

/** Plays a case in a namespace made for it; gives the answers as they are compared. */
export async function play(server: Server, recorded: Case, namespace: string): Promise<(Answer | null)[]> {
  await call(server, {
    method: "POST",
    path: "/api/v1/namespaces",
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  });
  const names: Record<string, string> = { ns: namespace };
  const answers: (Answer | null)[] = [];
  for (const template of recorded.steps) {
    const step = fill(template as unknown as Json, names) as unknown as Step;
    const answer = await call(server, step);
    for (const [name, path] of Object.entries(step.save ?? {})) names[name] = savedText(valueAt(answer.body, path));
    if (step.sleep !== undefined) await sleep(step.sleep * 1000);
    answers.push(step.quiet === true ? null : comparable(answer, step, recorded, namespace));
  }
  await call(server, { method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
  return answers;
}

function comparable(answer: Answer, step: Step, { managed = false }: Case, namespace: string): Answer {
  const body = normal(answer.body, { namespace, managed, given: step.given ?? [] });
  const picked = step.pick === undefined ? body : (valueAt(body, step.pick) ?? { absent: step.pick });
  return {
    code: answer.code,
    warning: answer.warning.map((warning) => warning.replaceAll(namespace, "<ns>")),
    type: answer.type,
    body: loose(picked),
  };
}
