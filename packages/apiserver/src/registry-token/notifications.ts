import { randomUUID } from "node:crypto";
import { badRequest } from "@bulkhead/api";
import { isRepositoryName, registryGroup, repositories, repositoryRef } from "./repository.ts";

/** What happened to a manifest, as the registry tells it (distribution's notifications). */
export interface RegistryEvent {
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
  readonly action: "push" | "delete";
  readonly repository: string;
  readonly digest: string;
  readonly tag: string;
  readonly mediaType: string;
  /** The subject of the token that was shown. */
  readonly actor: string;
  /** Without its port. */
  readonly address: string;
  readonly userAgent: string;
}

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const text = (value: unknown, most = 256): string => (typeof value === "string" ? value.slice(0, most) : "");
const maxEvents = 1000;

function eventOf(value: unknown): RegistryEvent | undefined {
  const { id, timestamp, action, target, request, actor } = fields(value);
  const { repository, digest, tag, mediaType } = fields(target);
  const { addr, useragent } = fields(request);
  const time = Date.parse(text(timestamp));
  if ((action !== "push" && action !== "delete") || typeof repository !== "string" || !isRepositoryName(repository))
    return undefined;
  return {
    id: text(id, 64),
    time: new Date(Number.isNaN(time) ? 0 : time).toISOString(),
    action,
    repository,
    digest: text(digest),
    tag: text(tag),
    mediaType: text(mediaType),
    actor: text(fields(actor)["name"], 1024),
    address: text(addr)
      .replace(/:\d+$/, "")
      .replace(/^\[|\]$/g, ""),
    userAgent: text(useragent),
  };
}

/** Reads an envelope; events that are neither a push nor a deletion are left out. Throws 400 on what is no envelope. */
export function parseEnvelope(body: Uint8Array): RegistryEvent[] {
  let envelope: unknown;
  try {
    envelope = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    throw badRequest("the body is no JSON");
  }
  const { events } = fields(envelope);
  if (!Array.isArray(events)) throw badRequest("the body has no events");
  if (events.length > maxEvents) throw badRequest(`more than ${maxEvents} events`);
  return events.flatMap((event) => eventOf(event) ?? []);
}

/** The audit record of one event: who did what to which repository, in the shape of audit.k8s.io/v1. */
export function eventRecord(event: RegistryEvent, received: number): Uint8Array {
  const { namespace, name } = repositoryRef(event.repository);
  const said = { digest: event.digest, tag: event.tag, "media-type": event.mediaType, event: event.id };
  const reference = event.tag === "" ? event.digest : event.tag;
  return Buffer.from(
    JSON.stringify({
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: "Metadata",
      auditID: randomUUID(),
      stage: "ResponseComplete",
      requestURI: `/v2/${event.repository}/manifests/${reference}`,
      verb: event.action,
      user: { username: event.actor },
      sourceIPs: [event.address],
      ...(event.userAgent === "" ? {} : { userAgent: event.userAgent }),
      objectRef: {
        resource: repositories,
        ...(namespace === "" ? {} : { namespace }),
        name,
        apiGroup: registryGroup,
      },
      responseStatus: { metadata: {}, code: event.action === "push" ? 201 : 202 },
      requestReceivedTimestamp: event.time,
      stageTimestamp: new Date(received).toISOString(),
      annotations: Object.fromEntries(
        Object.entries(said)
          .filter(([, value]) => value !== "")
          .map(([key, value]) => [`${registryGroup}/${key}`, value]),
      ),
    }),
  );
}
