import type { PodMemory, Step } from "../plan/steps.ts";
import { admit } from "./admit.ts";
import { ensureRules, makeSandbox, prepareVolumes } from "./birth.ts";
import {
  finish,
  forget,
  releaseVolumes,
  removeContainer,
  removeRules,
  removeSandbox,
  stopContainer,
  stopSandbox,
} from "./death.ts";
import { startContainer } from "./start.ts";
import type { Executor, StepContext, Tools } from "./tools.ts";

const executors: { readonly [K in Step["do"]]: Executor<K> } = {
  admit,
  "make-sandbox": makeSandbox,
  "ensure-rules": ensureRules,
  "prepare-volumes": prepareVolumes,
  "start-container": startContainer,
  "stop-container": stopContainer,
  "remove-container": removeContainer,
  "release-volumes": releaseVolumes,
  "remove-rules": removeRules,
  "stop-sandbox": stopSandbox,
  "remove-sandbox": removeSandbox,
  forget,
  finish,
};

/** Runs one step and answers what is to be remembered of it. */
export function execute(tools: Tools, step: Step, context: StepContext): Promise<Partial<PodMemory>> {
  const run = executors[step.do] as (tools: Tools, step: Step, context: StepContext) => Promise<Partial<PodMemory>>;
  return run(tools, step, context);
}
