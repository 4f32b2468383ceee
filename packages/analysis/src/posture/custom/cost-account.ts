/** Steps that a control may take at first, and for each place that it is asked of, on average. */
const startingSteps = 500_000;
const stepsEach = 2000;

/**
 * What a control has cost over everything that it was asked of. One evaluation has its own bound; this one keeps a
 * control that stays just below it, on every object of a large cluster, from taking minutes.
 */
export class CostAccount {
  #steps = 0;
  #asked = 0;

  charge(steps: number): void {
    this.#steps += steps;
    this.#asked += 1;
  }

  get isOver(): boolean {
    return this.#steps > startingSteps + this.#asked * stepsEach;
  }

  get says(): string {
    return `it takes more than ${stepsEach} steps on average; nothing of it counts`;
  }
}
