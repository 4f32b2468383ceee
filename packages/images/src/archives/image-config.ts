import { SourceError } from "./source-error.ts";

export interface HistoryStep {
  readonly createdBy: string;
  readonly comment: string;
  /** The step made no layer. */
  readonly empty: boolean;
}

/** What of an image's configuration a scan looks at. All of it is hostile input: texts bounded, types checked. */
export interface ImageConfig {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly created?: string;
  /** As written; "" is root. */
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly healthcheck: boolean;
  readonly history: readonly HistoryStep[];
  readonly diffIds: readonly string[];
}

const textLimit = 64 << 10;
const listLimit = 4096;

export const digestForm = /^sha256:[0-9a-f]{64}$/;

type Fields = Readonly<Record<string, unknown>>;
export const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const text = (value: unknown): string => (typeof value === "string" ? value.slice(0, textLimit) : "");
const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]).slice(0, listLimit) : []);
const texts = (value: unknown): string[] => list(value).flatMap((v) => (typeof v === "string" ? [text(v)] : []));
const keys = (value: unknown): string[] => Object.keys(fieldsOf(value)).slice(0, listLimit).map(text);

/** Parses JSON of at most a few megabytes. Throws SourceError `malformed`. */
export function parseJson(bytes: Uint8Array, what: string): Fields {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Fields;
  } catch (error) {
    throw new SourceError("malformed", `${what} is no JSON`, error);
  }
  throw new SourceError("malformed", `${what} is no JSON object`);
}

export function parseImageConfig(bytes: Uint8Array, what: string): ImageConfig {
  const whole = parseJson(bytes, what);
  const rootfs = fieldsOf(whole["rootfs"]);
  const diffIds = list(rootfs["diff_ids"]);
  if (
    !Array.isArray(rootfs["diff_ids"]) ||
    !diffIds.every((d): d is string => typeof d === "string" && digestForm.test(d))
  )
    throw new SourceError("malformed", `${what} lists no layers: is it an image?`);
  const config = fieldsOf(whole["config"]);
  const test = texts(fieldsOf(config["Healthcheck"])["Test"]);
  const variant = text(whole["variant"]);
  const created = text(whole["created"]);
  return {
    os: text(whole["os"]) || "linux",
    architecture: text(whole["architecture"]),
    ...(variant === "" ? {} : { variant }),
    ...(created === "" ? {} : { created }),
    user: text(config["User"]),
    env: texts(config["Env"]),
    entrypoint: texts(config["Entrypoint"]),
    cmd: texts(config["Cmd"]),
    labels: Object.fromEntries(
      Object.entries(fieldsOf(config["Labels"]))
        .slice(0, listLimit)
        .map(([key, value]) => [key.slice(0, 1024), text(value)]),
    ),
    ports: keys(config["ExposedPorts"]),
    volumes: keys(config["Volumes"]),
    healthcheck: test.length > 0 && test[0] !== "NONE",
    history: list(whole["history"]).map((step) => {
      const fields = fieldsOf(step);
      return {
        createdBy: text(fields["created_by"]),
        comment: text(fields["comment"]),
        empty: fields["empty_layer"] === true,
      };
    }),
    diffIds,
  };
}
