import { badRequest, conflict, type FieldError, type KubeObject, notFound, type Pod } from "@bulkhead/api";
import {
  type Answer,
  type ApiRequest,
  jsonAnswer,
  type KindHandler,
  type KindRequest,
} from "../request/api-request.ts";
import { UnclassifiedError } from "../request/errors.ts";
import { writeContext } from "../resources/kind-handlers.ts";
import { timestamp } from "../resources/services.ts";
import { change } from "../resources/update.ts";
import { parseWriteOptions } from "../resources/write-options.ts";
import { decodeBody } from "./decode-body.ts";

type Binding = KubeObject & { target: { kind?: string; name?: string; apiVersion?: string; uid?: string } };

const kind = { group: "", version: "v1", kind: "Binding" };

function checkTarget({ target }: Binding): void {
  const errors: Pick<FieldError, "field" | "message">[] = [];
  const of = target?.kind ?? "";
  if (of !== "" && of !== "Node")
    errors.push({
      field: "target.kind",
      message: `Unsupported value: ${JSON.stringify(of)}: supported values: "Node", "<empty>"`,
    });
  if ((target?.name ?? "") === "") errors.push({ field: "target.name", message: "Required value" });
  if (errors.length === 0) return;
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  throw new UnclassifiedError(500, texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`);
}

const refuse = (name: string, why: string) => conflict("", "pods/binding", name, why);

/** Puts the pod on the node: once, and never while a scheduling gate holds it. */
function assign(pod: Pod, binding: Binding, now: number): void {
  const name = pod.metadata.name ?? "";
  pod.spec ??= { containers: [] };
  if ((binding.metadata.uid ?? "") !== "" && binding.metadata.uid !== pod.metadata.uid)
    throw refuse(
      name,
      `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
    );
  if (pod.metadata.deletionTimestamp !== undefined)
    throw refuse(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if ((pod.spec.nodeName ?? "") !== "")
    throw refuse(name, `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if ((pod.spec.schedulingGates?.length ?? 0) > 0)
    throw refuse(name, `pod ${name} has non-empty .spec.schedulingGates`);
  pod.spec.nodeName = binding.target.name ?? "";
  pod.metadata.annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
  if (Object.keys(pod.metadata.annotations).length === 0) delete pod.metadata.annotations;
  const labels = binding.metadata.labels ?? {};
  if (Object.keys(labels).length > 0) pod.metadata.labels = { ...pod.metadata.labels, ...labels };
  pod.status ??= {};
  const others = (pod.status.conditions ?? []).filter((condition) => condition.type !== "PodScheduled");
  pod.status.conditions = [...others, { type: "PodScheduled", status: "True", lastTransitionTime: timestamp(now) }];
}

async function bind(request: KindRequest, binding: Binding, name: string): Promise<Answer> {
  checkTarget(binding);
  if ((binding.metadata.name ?? "") !== "" && binding.metadata.name !== name)
    throw badRequest("name in URL does not match name in Binding object");
  const options = parseWriteOptions(request.info.query, "CreateOptions");
  const { now, store } = request.services;
  const pod = { group: "", resource: "pods", namespace: request.namespace, name };
  if (store.get(pod) === undefined) throw notFound("", "pods/binding", name);
  await change(writeContext(request, options, { name, subresource: "binding" }), (old) => {
    const draft = structuredClone(old) as Pod;
    assign(draft, binding, now());
    return { draft, tracked: false };
  });
  return jsonAnswer(201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

/** pods/binding: the scheduler's decision. */
export const bindingHandler: KindHandler = async (request) => {
  const binding = await decodeBody<Binding>(request, kind);
  binding.metadata ??= {};
  return bind(request, binding, request.info.name);
};

/** POST of a Binding beside the pods, as old schedulers do. */
export const bindingsHandler = async (request: ApiRequest): Promise<Answer> => {
  const pods = request.services.registry.find("", "v1", "pods");
  if (pods === undefined) throw notFound("", "bindings", "");
  const binding = await decodeBody<Binding>(request, kind);
  binding.metadata ??= {};
  const name = binding.metadata.name ?? "";
  return bind({ ...request, kind: pods, namespace: request.info.namespace }, binding, name);
};
