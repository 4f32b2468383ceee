import { kindKeyOf } from "../../snapshot/kinds.ts";
import { inTurn, type Steps } from "../../snapshot/steps.ts";
import type { Delta, Evaluation, Finding } from "../evaluate.ts";
import { severityWeight } from "./factor.ts";
import { surroundings } from "./object-factors.ts";
import { type ObjectKey, objectKey } from "./workload-factors.ts";

interface Entry {
  readonly key: ObjectKey;
  readonly weight: number;
}

/** The sum of all risk, kept as findings come and go; what surrounds their objects is asked each time. */
export class RiskLedger {
  readonly #evaluation: Evaluation;
  readonly #entries = new Map<string, Entry>();
  readonly #weights = new Map<ObjectKey, number>();

  private constructor(evaluation: Evaluation) {
    this.#evaluation = evaluation;
  }

  static *opening(evaluation: Evaluation): Steps<RiskLedger> {
    const ledger = new RiskLedger(evaluation);
    yield* inTurn(evaluation.findings(), (finding) => ledger.#enter(finding));
    return ledger;
  }

  take({ appeared, gone }: Delta): void {
    for (const { id } of gone) this.#leave(id);
    for (const finding of appeared) {
      this.#leave(finding.id);
      this.#enter(finding);
    }
  }

  *totalling(): Steps<number> {
    let total = 0;
    yield* inTurn(this.#weights.keys(), (key) => {
      total += this.of(key);
    });
    return total;
  }

  /** The risk of all that fails at an object. */
  of(key: ObjectKey): number {
    const weight = this.#weights.get(key);
    return weight === undefined ? 0 : weight * this.#evaluation.derive(surroundings, key).times;
  }

  *objects(): Generator<readonly [key: ObjectKey, risk: number]> {
    for (const key of this.#weights.keys()) yield [key, this.of(key)];
  }

  #enter({ id, object, control, outcome }: Finding): void {
    if (outcome !== "fail") return;
    const key = objectKey(kindKeyOf(object), object.namespace ?? "", object.name);
    const weight = severityWeight[control.severity];
    this.#entries.set(id, { key, weight });
    this.#weights.set(key, (this.#weights.get(key) ?? 0) + weight);
  }

  #leave(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    const rest = (this.#weights.get(entry.key) ?? 0) - entry.weight;
    if (rest > 0) this.#weights.set(entry.key, rest);
    else this.#weights.delete(entry.key);
  }
}
