import { StatusError } from "@bulkhead/api";

/** What the agent said instead of doing it, as the API's own refusal. */
export function agentRefusal(code: number, text: string): StatusError {
  const message = text.trim() === "" ? `the agent answered ${code}` : text.trim();
  if (code === 404) return new StatusError({ reason: "NotFound", message });
  if (code >= 400 && code < 500) return new StatusError({ reason: "BadRequest", message });
  return new StatusError({ reason: "InternalError", message });
}
