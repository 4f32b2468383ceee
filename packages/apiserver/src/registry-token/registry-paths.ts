import { type Answer, type ApiRequest, jsonAnswer } from "../request/api-request.ts";
import { methodNotAllowed } from "../request/errors.ts";
import { registryTokenPath } from "./basic-password.ts";
import { eventRecord, parseEnvelope } from "./notifications.ts";
import { answerPullCredential, type PullCredentialOptions, pullCredentialPath } from "./pull-credential.ts";
import type { RegistryTokens } from "./registry-tokens.ts";
import { answerToken } from "./token-endpoint.ts";

/** Where the registry tells what was pushed. */
export const registryEventsPath = "/registry/events";

/** Takes the registry's events; answers when their records are on disk: until then the registry tells them again. */
async function takeEvents(request: ApiRequest): Promise<Answer> {
  const { info, services, audit } = request;
  if (info.verb !== "post") throw methodNotAllowed();
  const events = parseEnvelope(await request.body());
  const now = services.now();
  await Promise.all(events.map((event) => services.store.appendAudit(eventRecord(event, now), { durable: true })));
  // The events are the record; one of their arrival would say nothing more.
  if (events.length > 0) audit.markRecorded();
  return jsonAnswer(200, {});
}

/** The paths of the machine's registry in front of all others. */
export const registryPaths =
  (
    tokens: RegistryTokens | undefined,
    credentials: PullCredentialOptions,
    others: (request: ApiRequest) => Promise<Answer | undefined>,
  ): ((request: ApiRequest) => Promise<Answer | undefined>) =>
  async (request) => {
    if (tokens === undefined) return others(request);
    switch (request.info.path) {
      case registryTokenPath:
        return answerToken(tokens, request);
      case pullCredentialPath:
        return answerPullCredential(credentials, request);
      case registryEventsPath:
        return takeEvents(request);
      default:
        return others(request);
    }
  };
