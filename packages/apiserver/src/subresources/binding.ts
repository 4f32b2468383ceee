import {
  type Binding,
  badRequest,
  bindPod,
  invalid,
  type KubeObject,
  notFound,
  type Pod,
  validateBinding,
} from "@bulkhead/api";
import {
  type Answer,
  type ApiRequest,
  jsonAnswer,
  type KindHandler,
  type KindRequest,
} from "../request/api-request.ts";
import { UnclassifiedError } from "../request/errors.ts";
import { timestamp } from "../resources/services.ts";
import { change } from "../resources/update.ts";
import { parseWriteOptions } from "../resources/write-options.ts";
import { writeContext } from "../resources/write-request.ts";
import { decodeBody } from "./decode-body.ts";

const kind = { group: "", version: "v1", kind: "Binding" };

/** Upstream answers these as an aggregate without a reason. */
function check(binding: Binding): void {
  const texts = validateBinding(binding).map(({ field, message }) => `${field}: ${message}`);
  if (texts.length > 0)
    throw new UnclassifiedError(500, texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`);
}

async function bind(request: KindRequest, binding: Binding, name: string): Promise<Answer> {
  check(binding);
  if ((binding.metadata.name ?? "") !== "" && binding.metadata.name !== name)
    throw badRequest("name in URL does not match name in Binding object");
  const options = parseWriteOptions(request.info.query, "CreateOptions");
  const { now, store } = request.services;
  const pod = { group: "", resource: "pods", namespace: request.namespace, name };
  if (store.get(pod) === undefined) throw notFound("", "pods/binding", name);
  await change(writeContext(request, options, { name, subresource: "binding" }), (old) => ({
    draft: structuredClone(bindPod(old as Pod, binding, timestamp(now()))) as KubeObject,
    tracked: false,
  }));
  return jsonAnswer(201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

/** pods/binding: the scheduler's decision. */
export const bindingHandler: KindHandler = async (request) =>
  bind(request, await decodeBody<Binding>(request, kind), request.info.name);

/** POST of a Binding beside the pods, as old schedulers do. */
export const bindingsHandler = async (request: ApiRequest): Promise<Answer> => {
  const pods = request.services.registry.find("", "v1", "pods");
  if (pods === undefined) throw notFound("", "bindings", "");
  const binding = await decodeBody<Binding>(request, kind);
  if ((binding.metadata.name ?? "") === "")
    throw invalid("", "Binding", "", [
      { reason: "FieldValueRequired", field: "metadata.name", message: "Required value" },
    ]);
  return bind({ ...request, kind: pods, namespace: request.info.namespace }, binding, binding.metadata.name ?? "");
};
