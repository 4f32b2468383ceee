import type { Exception } from "@bulkhead/api";
import { createWorkqueue, exceptions, hasReason } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, keyOf, splitKey, work } from "../controller.ts";
import { describeException, exceptionConditions, exceptionState, noticePeriod } from "./plan.ts";

/** Tells, on the Exception itself, whether it holds, that it is about to end and that it has ended. It lifts nothing by then: the deciders look at the time. */
export const exceptionExpiryController: ControllerDefinition = {
  name: "exception-expiry",
  identity: "system:serviceaccount:kube-system:exception-expiry-controller",
  clusterRole: "system:controller:exception-expiry-controller",
  component: "exception-expiry-controller",
  start,
};

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, events, log, now } = context;
  const known = informers.of(exceptions);
  const queue = createWorkqueue({ name: "exception-expiry", log });
  /** What was told of an Exception in its present form, so that a restart of a watch repeats nothing. */
  const told = new Map<string, string>();
  known.onChange((current, previous) => {
    const exception = current ?? previous;
    if (exception === undefined) return;
    if (current === undefined) told.delete(exception.metadata.uid ?? "");
    else queue.add(keyOf(exception));
  });

  async function tellConditions(exception: Exception): Promise<void> {
    const conditions = exceptionConditions(exception, now());
    if (conditions === undefined) return;
    const { namespace = "", name = "" } = exception.metadata;
    try {
      await client.patch(
        exceptions,
        { namespace, name },
        "merge",
        { status: { conditions } },
        { subresource: "status" },
      );
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  await work(context, queue, 1, async (key) => {
    const exception = known.get(splitKey(key));
    if (exception === undefined) return;
    await tellConditions(exception);
    const state = exceptionState(exception, now());
    const uid = exception.metadata.uid ?? "";
    const mark = `${state.kind}/${exception.spec.expires}`;
    const news = told.get(uid) !== mark;
    told.set(uid, mark);
    switch (state.kind) {
      case "in-force":
        queue.addAfter(key, state.expires - noticePeriod - now() + 1);
        break;
      case "expiring":
        if (news)
          events.event(
            exception,
            "Warning",
            "ExceptionExpiring",
            `${describeException(exception)} ends at ${exception.spec.expires}`,
          );
        queue.addAfter(key, state.expires - now() + 1);
        break;
      case "expired":
        if (news)
          events.event(
            exception,
            "Warning",
            "ExceptionExpired",
            `${describeException(exception)} ended at ${exception.spec.expires} and lifts nothing any more: delete it, or allow it anew`,
          );
    }
  });
}
