import { yamlLines } from "@bulkhead/api";
import type { Answer } from "./api-request.ts";
import type { Representation } from "./negotiate.ts";

type Encoder = (answer: Extract<Answer, { readonly answer: "body" }>) => Answer;

/** What turns a JSON answer into another format: one line for another codec. */
const encoders: Readonly<Record<Representation["format"], Encoder>> = {
  json: (answer) => answer,
  yaml: (answer) => ({ ...answer, type: "application/yaml", body: yamlBody(answer.body) }),
};

/** The answer in the format that was asked for. What is no JSON, and streams, stay as they are. */
export function inFormat(answer: Answer, format: Representation["format"]): Answer {
  if (answer.answer === "stream" || answer.type !== "application/json") return answer;
  return encoders[format](answer);
}

/** Made piece by piece as the client takes them: only the parsed object is whole in memory. */
function* yamlBody(body: Uint8Array | Iterable<Uint8Array>): Iterable<Uint8Array> {
  const bytes = body instanceof Uint8Array ? body : Buffer.concat([...body]);
  let text = "";
  for (const line of yamlLines(JSON.parse(Buffer.from(bytes).toString()))) {
    text += line;
    if (text.length < pieceLength) continue;
    yield Buffer.from(text);
    text = "";
  }
  yield Buffer.from(text);
}

const pieceLength = 16 * 1024;
