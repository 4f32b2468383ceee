import {
  badRequest,
  type DeleteOptions,
  type KubeObject,
  type LabelSelector,
  labelSelectorAsSelector,
  notFound,
  type Pod,
  StatusError,
} from "@bulkhead/api";
import { jsonAnswer, type KindHandler, type KindRequest } from "../request/api-request.ts";
import { deleteOptions, remove } from "../resources/delete.ts";
import { parse, peek } from "../resources/object-bytes.ts";
import { writeContext } from "../resources/write-request.ts";
import { decodeBody } from "./decode-body.ts";

type Eviction = KubeObject & { deleteOptions?: DeleteOptions };
type Budget = KubeObject & {
  spec?: { selector?: LabelSelector };
  status?: { disruptionsAllowed?: number; desiredHealthy?: number; currentHealthy?: number };
};

const done = new Set(["Succeeded", "Failed", "Pending"]);

/** Refuses with 429 what a disruption budget does not allow now. Budgets that do not exist forbid nothing. */
function checkBudgets(request: KindRequest, pod: Pod): void {
  if (pod.metadata.deletionTimestamp !== undefined || done.has(pod.status?.phase ?? "")) return;
  const { store } = request.services;
  const view = store.list({ group: "policy", resource: "poddisruptionbudgets", namespace: request.namespace });
  const budgets = [...view.items]
    .map((object) => peek<Budget>(object))
    .filter((budget) => labelSelectorAsSelector(budget.spec?.selector).matches(pod.metadata.labels));
  if (budgets.length > 1)
    throw new StatusError({
      reason: "InternalError",
      message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    });
  const [budget] = budgets;
  if (budget === undefined || (budget.status?.disruptionsAllowed ?? 0) > 0) return;
  const { name } = budget.metadata;
  throw new StatusError({
    reason: "TooManyRequests",
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [
        {
          reason: "DisruptionBudget",
          message: `The disruption budget ${name} needs ${budget.status?.desiredHealthy ?? 0} healthy pods and has ${budget.status?.currentHealthy ?? 0} currently`,
        },
      ],
    },
  });
}

/** pods/eviction: a deletion that asks the disruption budgets first. */
export const evictionHandler: KindHandler = async (request) => {
  const { info, namespace, services } = request;
  const eviction = await decodeBody<Eviction>(request, { group: "policy", version: "v1", kind: "Eviction" });
  eviction.metadata ??= {};
  if (eviction.metadata.name !== info.name) throw badRequest("name in URL does not match name in Eviction object");
  const stored = services.store.get({ group: "", resource: "pods", namespace, name: info.name });
  if (stored === undefined) throw notFound("", "pods", info.name);
  checkBudgets(request, parse<Pod>(stored));
  const options = deleteOptions(eviction.deleteOptions ?? ({} as DeleteOptions), info.query);
  const dryRun = (options.dryRun?.length ?? 0) > 0;
  await remove(
    writeContext(
      request,
      { dryRun, fieldManager: "", fieldValidation: "Ignore", force: undefined },
      { subresource: "" },
    ),
    options,
  );
  return jsonAnswer(201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
};
