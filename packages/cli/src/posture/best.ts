/** One change that removes much at once, as the first screen shows it. */
export interface RankedChange {
  readonly says: string;
  /** `2 critical, 3 high`. */
  readonly removes: string;
  /** The factors behind its place, as a person reads them. */
  readonly why?: string;
  readonly command?: string;
}
