import { badRequest } from "@bulkhead/api";

/** Where the next page starts, and of which revision; revision -1: whatever is there now. */
export interface ContinueToken {
  readonly revision: number;
  readonly after: { readonly namespace: string; readonly name: string };
}

export const encodeContinue = ({ revision, after }: ContinueToken): string =>
  Buffer.from(
    JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: `${after.namespace}/${after.name}\0` }),
  ).toString("base64url");

const bad = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);

const shown = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f ? String.fromCodePoint(byte) : `\\u${byte.toString(16).padStart(4, "0")}`;

export function decodeContinue(token: string): ContinueToken {
  const bytes = Buffer.from(token, "base64url");
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    throw bad(
      bytes.length === 0
        ? "unexpected end of JSON input"
        : `invalid character '${shown(bytes[0] ?? 0)}' looking for beginning of value`,
    );
  }
  const { v, rv, start } = (value ?? {}) as { v?: unknown; rv?: unknown; start?: unknown };
  if (v !== "meta.k8s.io/v1") throw bad("server does not recognize this encoded version");
  if (typeof rv !== "number" || !Number.isSafeInteger(rv) || rv === 0)
    throw bad("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  const match = typeof start === "string" ? /^([^/\0]*)\/([^/\0]+)\0$/.exec(start) : null;
  if (match === null) throw bad("encoded start key empty (version meta.k8s.io/v1)");
  return { revision: rv, after: { namespace: match[1] ?? "", name: match[2] ?? "" } };
}
