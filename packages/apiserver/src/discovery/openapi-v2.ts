import { type Answer, jsonAnswer } from "../request/api-request.ts";
import { openApiV2Type } from "../request/negotiate.ts";

const title = "Kubernetes";

const field = (number: number, content: Uint8Array): Uint8Array => {
  if (content.length > 127) throw new RangeError("a field of this document has one byte for its length");
  return Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content]);
};
const text = (number: number, value: string): Uint8Array => field(number, Buffer.from(value));

/**
 * OpenAPI v2 without descriptions of types: those stand in v3. kubectl asks for v2 before it applies a `v1 List`, and
 * checks nothing itself where no type is described; what it sends is checked by the server (`fieldValidation`).
 */
export function openApiV2Answer(version: string, protobuf: boolean): Answer {
  if (!protobuf) return jsonAnswer(200, { swagger: "2.0", info: { title, version }, paths: {}, definitions: {} });
  // openapi.v2.Document: swagger = 1, info = 2 { title = 1, version = 2 }.
  const body = Buffer.concat([text(1, "2.0"), field(2, Buffer.concat([text(1, title), text(2, version)]))]);
  return { answer: "body", code: 200, type: openApiV2Type, body };
}
