import { type KubeObject, type Log, silentLog } from "@bulkhead/api";
import {
  type Client,
  createEventRecorder,
  createInformerFactory,
  type InformerFactory,
  type Resource,
} from "@bulkhead/client";
import { type BriefScheduleSettings, briefScheduleController } from "./brief-schedule/brief-schedule-controller.ts";
import type { ControllerContext, ControllerDefinition, ControllerInformers } from "./controller.ts";
import { type CurrencySettings, currencyController } from "./currency/currency-controller.ts";
import { deploymentController } from "./deployment/deployment-controller.ts";
import { endpointsController } from "./endpoints/endpoints-controller.ts";
import { endpointSliceController } from "./endpointslice/endpointslice-controller.ts";
import { endpointSliceMirroringController } from "./endpointslice-mirroring/endpointslice-mirroring-controller.ts";
import { exceptionExpiryController } from "./exception-expiry/exception-expiry-controller.ts";
import { garbageCollector } from "./garbage-collector/garbage-collector.ts";
import { imageReportsController } from "./image-reports/image-reports-controller.ts";
import { type ImageUpdateSettings, imageUpdateController } from "./image-update/image-update-controller.ts";
import { namespaceController } from "./namespace/namespace-controller.ts";
import { nodeLifecycleController } from "./node-lifecycle/node-lifecycle-controller.ts";
import { podGarbageCollector } from "./pod-garbage-collector/pod-garbage-collector.ts";
import { PostureBoard } from "./posture/posture-board.ts";
import { type PostureSettings, postureController } from "./posture/posture-controller.ts";
import { replicaSetController } from "./replicaset/replicaset-controller.ts";
import { rootCaController } from "./root-ca/root-ca-controller.ts";
import { scheduler } from "./scheduler/scheduler.ts";
import { serviceAccountController } from "./service-account/service-account-controller.ts";
import { taintEvictionController } from "./taint-eviction/taint-eviction-controller.ts";
import { type TemplateJudge, templateJudgeController } from "./template-judge/template-judge-controller.ts";
import { tokenCleaner } from "./token-cleaner/token-cleaner.ts";

/** What lists and watches for all controllers: upstream's controller manager. */
export const readerIdentity = "system:kube-controller-manager";

export interface ControllerSettings {
  /** PEM of the API server's certificate authority; asked anew at each turn, since it may be renewed. */
  readonly rootCa?: () => string;
  /** Milliseconds of silence after which a node counts as lost; default 50,000. */
  readonly nodeGracePeriod?: number;
  /** Ended pods that are kept; default 12,500. */
  readonly terminatedPodThreshold?: number;
  /** Judges workload templates; without it they get no `Admissible` condition. */
  readonly templateJudge?: (context: ControllerContext) => TemplateJudge;
  /** Brings images up to date as UpdatePolicies ask for; without it nothing does. */
  readonly imageUpdate?: ImageUpdateSettings;
  /** Holds every control against every object; without it nothing does. */
  readonly posture?: PostureSettings;
  /** Sends briefs as BriefSchedules say, of what `posture` sees; without it nothing does. */
  readonly briefSchedule?: BriefScheduleSettings;
  /** Keeps true what has grown old; without it nothing does. */
  readonly currency?: CurrencySettings;
  /** Whether our own kinds are served; default true. */
  readonly ownKinds?: boolean;
}

export interface StartControllersOptions extends ControllerSettings {
  /** A client under this user name (`system:serviceaccount:kube-system:…`, `system:kube-scheduler`); asked once per identity. */
  readonly clientFor: (identity: string) => Client;
  readonly log?: Log;
  readonly signal: AbortSignal;
  readonly now?: () => number;
  /** Names of those to run; default all. */
  readonly only?: readonly string[];
}

/** The table of controllers. The garbage collector comes last: it joins whatever informers the others have. */
export function controllerTable(settings: ControllerSettings = {}): readonly ControllerDefinition[] {
  const board = new PostureBoard();
  return [
    deploymentController,
    replicaSetController(settings.ownKinds !== false),
    endpointsController,
    endpointSliceController,
    endpointSliceMirroringController,
    serviceAccountController,
    ...(settings.rootCa === undefined ? [] : [rootCaController(settings.rootCa)]),
    namespaceController,
    podGarbageCollector(settings.terminatedPodThreshold),
    nodeLifecycleController(settings.nodeGracePeriod),
    taintEvictionController,
    tokenCleaner,
    scheduler,
    ...(settings.ownKinds === false ? [] : [exceptionExpiryController, imageReportsController]),
    ...(settings.templateJudge === undefined ? [] : [templateJudgeController(settings.templateJudge)]),
    ...(settings.imageUpdate === undefined || settings.ownKinds === false
      ? []
      : [imageUpdateController(settings.imageUpdate)]),
    ...(settings.posture === undefined || settings.ownKinds === false
      ? []
      : [postureController(settings.posture, board)]),
    ...(settings.posture === undefined || settings.briefSchedule === undefined || settings.ownKinds === false
      ? []
      : [briefScheduleController(settings.briefSchedule, board)]),
    ...(settings.currency === undefined || settings.ownKinds === false ? [] : [currencyController(settings.currency)]),
    garbageCollector,
  ];
}

/** A running set of controllers. */
export interface RunningControllers {
  readonly names: readonly string[];
  /** Resolves when all have stopped after the signal. */
  readonly stopped: Promise<void>;
}

/** Starts them all in this process, with one informer a resource among them. They stop when the signal aborts. */
export function startControllers(options: StartControllersOptions): RunningControllers {
  const { clientFor, signal, log = silentLog, now = Date.now } = options;
  const clients = new Map<string, Client>();
  const client = (identity: string): Client => {
    const made = clients.get(identity) ?? clientFor(identity);
    clients.set(identity, made);
    return made;
  };
  const reader = client(readerIdentity);
  const shared = createInformerFactory({ client: reader, signal, log, transforms: leanForms });
  const chosen = controllerTable(options).filter(({ name }) => options.only?.includes(name) ?? true);
  const running = chosen.map(async (controller) => {
    const own = client(controller.identity);
    const context: ControllerContext = {
      informers: ownView(shared),
      reader,
      client: own,
      events: createEventRecorder({ client: own, component: controller.component, log, now, signal }),
      log,
      signal,
      now,
    };
    try {
      await controller.start(context);
    } catch (error) {
      // One controller's defect must not take the others with it, and must not go unseen.
      log.error({ controller: controller.name, error }, "a controller stopped");
    }
  });
  const stopped = Promise.all(running).then(() => {
    for (const one of clients.values()) one.close();
  });
  return { names: chosen.map(({ name }) => name), stopped };
}

/** A controller waits for the informers that it asked for, not for those of all. */
function ownView(shared: InformerFactory): ControllerInformers {
  const asked = new Set<{ readonly synced: Promise<void> }>();
  return {
    of(resource, selection) {
      const informer = shared.of(resource, selection);
      asked.add(informer);
      return informer;
    },
    hint: (resource) => shared.of(resource),
    existing: <T extends KubeObject>(resource: Resource<T>) => shared.existing(resource),
    async synced() {
      await Promise.all([...asked].map((informer) => informer.synced));
    },
  };
}

/** What no controller reads is not kept. */
const leanForms: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  "nodes.": (object) => {
    const status = (object as { status?: { images?: unknown } }).status;
    if (status !== undefined) delete status.images;
    return object;
  },
};
