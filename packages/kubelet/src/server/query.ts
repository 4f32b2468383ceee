import type { LogOptions } from "../logs/read.ts";
import { Refusal } from "./refusal.ts";

export const flag = (query: URLSearchParams, ...names: readonly string[]): boolean =>
  names.some((name) => ["1", "true"].includes(query.get(name) ?? ""));

function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new Refusal(400, `${name} must be a whole number, not negative`);
  return Number(text);
}

/** PodLogOptions as a query. `now` in milliseconds. */
export function logOptions(query: URLSearchParams, now: number): LogOptions & { readonly previous: boolean } {
  const sinceSeconds = count(query, "sinceSeconds");
  const sinceTime = query.get("sinceTime");
  const at = sinceTime === null || sinceTime === "" ? undefined : Date.parse(sinceTime);
  if (at !== undefined && Number.isNaN(at)) throw new Refusal(400, "sinceTime must be a time as RFC 3339 writes it");
  const stream = query.get("stream") ?? "All";
  if (stream !== "All" && stream !== "Stdout" && stream !== "Stderr") {
    throw new Refusal(400, "stream must be All, Stdout or Stderr");
  }
  return {
    follow: flag(query, "follow"),
    previous: flag(query, "previous"),
    timestamps: flag(query, "timestamps"),
    tailLines: count(query, "tailLines"),
    limitBytes: count(query, "limitBytes"),
    since: sinceSeconds === undefined ? at : now - sinceSeconds * 1000,
    stream,
  };
}
