import type { KubeObject, PostureControlReason } from "@bulkhead/api";
import { type Kind, kinds } from "../../snapshot/kinds.ts";
import { atOnce, type Steps } from "../../snapshot/steps.ts";
import { areas, type Control, severities } from "../control.ts";
import { Evaluation, type EvaluationOptions } from "../evaluate.ts";
import type { CostAccount } from "./cost-account.ts";
import { compileControls, kindOf } from "./custom-controls.ts";
import { readDefinition } from "./definition.ts";

/** Controls of an organisation's own that count at a time; more are refused, each by name. */
export const mostOwnControls = 32;
/** Further kinds that they may have looked at. */
const mostKinds = 16;

/** An object of kind PostureControl, as it counts. */
export interface OwnControl {
  /** The object's name. */
  readonly name: string;
  readonly object: KubeObject;
  /** The control; of one that does not count, what fails to run on its own object. */
  readonly control: Control;
  readonly reason: PostureControlReason;
  /** Why it does not count. */
  readonly says?: string;
  readonly account?: CostAccount;
  /** It speaks of what stands in a status, of which otherwise little is followed. */
  readonly readsStatus?: boolean;
}

const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? "";
const byName = (a: KubeObject, b: KubeObject): number => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) === nameOf(b) ? 0 : 1);

/** Kinds that PostureControls name and no other control looks at: to be read before they are asked. */
export function ownKinds(objects: Iterable<KubeObject>): readonly Kind[] {
  const known = new Set<string>(Object.values(kinds).map(({ key }) => key));
  const named = [...objects].toSorted(byName).flatMap((object) => {
    const definition = readDefinition(object, nameOf(object));
    return "expression" in definition ? definition.kinds.filter((key) => key !== "workloads" && !known.has(key)) : [];
  });
  return [...new Set(named)].slice(0, mostKinds).map(kindOf);
}

/** An id that no other control has. */
function freeId(name: string, taken: ReadonlySet<string>): string {
  let id = name.replaceAll(/[^a-z0-9]+/g, "-").slice(0, 63);
  while (taken.has(id)) id = `${id}-not-understood`;
  return id;
}

/** Stands for a control that does not count: an error on the object that should have been one, and so never a pass. */
function refused(object: KubeObject, id: string, reason: PostureControlReason, says: string): OwnControl {
  const name = nameOf(object);
  const { spec } = object as KubeObject & { readonly spec?: Readonly<Record<string, unknown>> };
  const title = typeof spec?.["title"] === "string" && spec["title"] !== "" ? spec["title"] : `PostureControl ${name}`;
  const control: Control = {
    id,
    title: title.slice(0, 253),
    attack: "What it was to find stays unseen: it does not run.",
    area: areas.find((area) => area === spec?.["area"]) ?? "workloads",
    severity: severities.find((severity) => severity === spec?.["severity"]) ?? "high",
    severityBecause: "it is as grave as what it was to find",
    frameworks: {},
    kinds: [kinds.postureControl],
    check: ({ metadata }) => {
      if (metadata.name !== name) return "not-applicable";
      throw new Error(`PostureControl ${name} does not count: ${says}`);
    },
    fix: () => ({ kind: "by-hand", why: says, how: `mend the PostureControl ${name}, or delete it` }),
  };
  return { name, object, control, reason, says };
}

function speaksOfStatus(object: KubeObject): boolean {
  const definition = readDefinition(object, nameOf(object));
  return "expression" in definition && /status/.test(`${definition.expression} ${definition.messageExpression ?? ""}`);
}

const isKnown = (key: string): boolean => Object.values(kinds).some((kind) => kind.key === key);

/** Compiles objects of kind PostureControl. `taken`: the ids of other controls. Each comes out as one control, by name. */
export async function ownControls(
  objects: Iterable<KubeObject>,
  taken: Iterable<string>,
): Promise<readonly OwnControl[]> {
  const all = [...objects].toSorted(byName);
  const ids = new Set(taken);
  const further = new Set(ownKinds(all).map(({ key }) => key));
  const own: OwnControl[] = [];
  const refuse = (object: KubeObject, reason: PostureControlReason, says: string): void => {
    const id = freeId(nameOf(object), ids);
    ids.add(id);
    own.push(refused(object, id, reason, says));
  };
  let counting = 0;
  for (const object of all) {
    if (counting >= mostOwnControls) {
      refuse(object, "TooMany", `more than ${mostOwnControls} are there`);
      continue;
    }
    const { controls, problems, accounts } = await compileControls([{ document: object, place: nameOf(object) }], ids);
    const [control] = controls;
    const [problem] = problems;
    if (control === undefined || problem !== undefined) {
      refuse(object, "NotUnderstood", problem === undefined ? "it is no control" : `${problem.field}: ${problem.says}`);
      continue;
    }
    const beyond = control.kinds.find(({ key }) => !isKnown(key) && !further.has(key));
    if (beyond !== undefined) {
      refuse(object, "TooMany", `more than ${mostKinds} further kinds are named; ${beyond.key} is one`);
      continue;
    }
    counting += 1;
    ids.add(control.id);
    const account = accounts.get(control.id);
    own.push({
      name: nameOf(object),
      object,
      control,
      reason: "Compiled",
      readsStatus: speaksOfStatus(object),
      ...(account === undefined ? {} : { account }),
    });
  }
  return own;
}

/** An evaluation in which an organisation's own controls take part, and how each of them counts in the end. */
export interface OwnEvaluation {
  readonly evaluation: Evaluation;
  readonly own: readonly OwnControl[];
}

/**
 * Holds controls, and an organisation's own beside them, against a snapshot. One that costs too much is taken out whole,
 * so that what is said of it does not hang on the order in which objects were asked.
 */
export const evaluateWithOwn = (options: OwnEvaluationOptions): OwnEvaluation => atOnce(evaluatingWithOwn(options));

export interface OwnEvaluationOptions extends EvaluationOptions {
  readonly own: readonly OwnControl[];
}

/** The same in steps. */
export function* evaluatingWithOwn(options: OwnEvaluationOptions): Steps<OwnEvaluation> {
  const { controls, ...rest } = options;
  for (let own = options.own; ; ) {
    const asked = [...controls, ...own.map(({ control }) => control)];
    const evaluation = yield* Evaluation.making({ ...rest, controls: asked });
    if (!own.some(isOver)) return { evaluation, own };
    own = own.map((one) =>
      one.account?.isOver === true ? refused(one.object, one.control.id, "TooExpensive", one.account.says) : one,
    );
  }
}

/** Whether a control has come to cost too much: the evaluation is then to be made anew. */
export const isOver = ({ account }: OwnControl): boolean => account?.isOver === true;
