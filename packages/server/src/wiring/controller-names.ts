import {
  type ControllerDefinition,
  controllerTable,
  type ImageUpdatePorts,
  readerIdentity,
  type TemplateJudge,
} from "@bulkhead/controllers";

/** Only names are read off the table: nothing of it is started. */
const unread = (): never => {
  throw new Error("only names are read off the table");
};
const unstarted = {
  rootCa: () => "",
  templateJudge: (): TemplateJudge => ({ judge: () => [], onChange: () => undefined }),
  imageUpdate: { ports: (): ImageUpdatePorts => unread() },
  posture: { settings: unread },
  briefSchedule: { of: "", refusal: unread },
  currency: {},
};

/** Every controller that an instance may run, for its name, identity and role. */
export const namedControllers: readonly ControllerDefinition[] = controllerTable(unstarted);

/** The identities that the controllers' process holds, one a controller, and what reads for all of them. */
export const controllerIdentities: readonly string[] = [
  ...new Set([readerIdentity, ...namedControllers.map((c) => c.identity)]),
];
