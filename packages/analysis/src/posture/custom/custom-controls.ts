import type { KubeObject } from "@bulkhead/api";
import { type Kind, kinds, workloadKinds } from "../../snapshot/kinds.ts";
import type { View } from "../../snapshot/view.ts";
import type { Breach, Control, Edit, Fix } from "../control.ts";
import { refOf, type Workload, workloadOf } from "../workload.ts";
import { celObject, celValue } from "./cel-value.ts";
import { CostAccount } from "./cost-account.ts";
import { type CustomDefinition, type DefinitionProblem, readDefinition } from "./definition.ts";
import { type Expression, ExpressionError, expressionCompiler } from "./expression.ts";

export interface CustomControls {
  readonly controls: readonly Control[];
  /** What could not be read or compiled; such a control is in no list, and whoever asked for it must be told. */
  readonly problems: readonly DefinitionProblem[];
  /** What each has cost so far, by its id. */
  readonly accounts: ReadonlyMap<string, CostAccount>;
}

/** `workload` is the pod's own part: metadata and spec. */
const variables = ["object", "workload", "containers", "container", "namespaceObject"] as const;

interface Compiled {
  readonly expression: Expression;
  readonly message: Expression | undefined;
  readonly account: CostAccount;
}

const byKey = new Map<string, Kind>(Object.values(kinds).map((kind: Kind) => [kind.key, kind]));
const maxMessage = 500;

/** A kind by its key; of one that we do not know, whether it is in namespaces follows from its objects. */
export const kindOf = (key: string): Kind => byKey.get(key) ?? { key, namespaced: true };

/**
 * Compiles an organisation's own controls, from decoded YAML documents. The evaluator is loaded only now. `taken` holds
 * ids that others have.
 */
export async function compileControls(
  documents: readonly { readonly document: unknown; readonly place: string }[],
  taken: ReadonlySet<string> = new Set(),
): Promise<CustomControls> {
  const controls: Control[] = [];
  const problems: DefinitionProblem[] = [];
  const accounts = new Map<string, CostAccount>();
  if (documents.length === 0) return { controls, problems, accounts };
  const compile = expressionCompiler(await import("@marcbachmann/cel-js"), variables);
  const ids = new Set(taken);
  for (const { document, place } of documents) {
    const definition = readDefinition(document, place);
    if (!("expression" in definition)) {
      problems.push(...definition);
      continue;
    }
    const wrong = (field: string, error: unknown): undefined => {
      if (!(error instanceof ExpressionError)) throw error;
      problems.push({ control: definition.id, field, says: error.message });
      return undefined;
    };
    const compiled = (field: "expression" | "messageExpression"): Expression | undefined => {
      const text = definition[field];
      if (text === undefined) return undefined;
      try {
        return compile(text);
      } catch (error) {
        return wrong(field, error);
      }
    };
    const expression = compiled("expression");
    const message = compiled("messageExpression");
    if (ids.has(definition.id)) {
      problems.push({ control: definition.id, field: "id", says: "another control has this id" });
      continue;
    }
    if (expression === undefined || (message === undefined) !== (definition.messageExpression === undefined)) continue;
    ids.add(definition.id);
    const account = new CostAccount();
    accounts.set(definition.id, account);
    controls.push(controlOf(definition, { expression, message, account }));
  }
  return { controls, problems, accounts };
}

function controlOf(definition: CustomDefinition, compiled: Compiled): Control {
  const { id, title, attack, area, severity, severityBecause, frameworks } = definition;
  const ofWorkloads = definition.kinds.includes("workloads");
  return {
    id,
    title,
    attack,
    area,
    severity,
    severityBecause,
    frameworks,
    kinds: ofWorkloads ? workloadKinds : definition.kinds.map(kindOf),
    check: (object, view) => {
      const workload = workloadOf(object, view);
      if (ofWorkloads && workload === undefined) return "not-applicable";
      return breachesOf(definition, compiled, object, workload, view);
    },
    fix: (object, breach) => fixOf(definition, object, breach),
  };
}

function breachesOf(
  definition: CustomDefinition,
  { expression, message, account }: Compiled,
  object: KubeObject,
  workload: Workload | undefined,
  view: View,
): readonly Breach[] {
  const namespace = object.metadata.namespace ?? "";
  const wantsNamespace = expression.mentions("namespaceObject") || message?.mentions("namespaceObject") === true;
  const around = {
    object: celObject(object),
    workload:
      workload === undefined ? null : { metadata: celValue(workload.template.metadata), spec: celValue(workload.spec) },
    containers: workload?.containers.map(({ container }) => celValue(container)) ?? [],
    container: null,
    namespaceObject: wantsNamespace ? celNamespace(view.get(kinds.namespace, "", namespace)) : null,
  };
  const ask = (
    values: Readonly<Record<string, unknown>>,
    field: string,
    key: string | undefined,
  ): readonly Breach[] => {
    if (account.isOver) throw new ExpressionError("cost", account.says);
    const asked = (one: Expression): unknown => {
      try {
        return one.evaluate(values);
      } finally {
        account.charge(one.steps());
      }
    };
    const holds = asked(expression);
    if (typeof holds !== "boolean") throw new ExpressionError("result", `it gives ${typeOf(holds)}, not true or false`);
    if (holds) return [];
    const says = message === undefined ? definition.message : asked(message);
    if (typeof says !== "string")
      throw new ExpressionError("result", `messageExpression gives ${typeOf(says)}, no text`);
    return [
      {
        field,
        says: says.slice(0, maxMessage),
        ...(key === undefined ? {} : { key }),
        ...(definition.passing === undefined ? {} : { passing: definition.passing }),
      },
    ];
  };
  if (definition.each === "containers" && workload !== undefined)
    return workload.containers.flatMap(({ container, name, field }) =>
      ask({ ...around, container: celValue(container) }, `${field}.${definition.field}`, name),
    );
  return ask(around, `${workload?.prefix ?? ""}${definition.field}`, undefined);
}

const celNamespace = (namespace: KubeObject | undefined): unknown =>
  namespace === undefined ? null : celObject(namespace);

const typeOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "a list" : typeof value);

function fixOf({ fix }: CustomDefinition, object: KubeObject, breach: Breach): Fix {
  if (fix.kind === "by-hand") return fix;
  const ref = refOf(object);
  return {
    ...fix,
    edits: fix.edits.map((edit): Edit => {
      const field = edit.field.replaceAll("{field}", breach.field);
      return edit.op === "remove"
        ? { op: "remove", object: ref, field }
        : { op: "set", object: ref, field, value: edit.value };
    }),
  };
}
