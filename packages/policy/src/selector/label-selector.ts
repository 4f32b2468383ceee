import { type LabelSelector, type Labels, labelSelectorAsSelector, SelectorError } from "@bulkhead/api";

/** A selector read once, to be asked often. */
export interface CompiledSelector {
  /** The same text for selectors that say the same: `app=web,tier in (a,b),!old`. Empty: everything. */
  readonly text: string;
  /** False when it makes no sense; then nothing matches, and whoever asks decides what that means. */
  readonly readable: boolean;
  matches(labels: Labels | undefined): boolean;
}

const unreadable: CompiledSelector = { text: "<unreadable>", readable: false, matches: () => false };

/** Reads a LabelSelector; an empty one matches everything. Never throws. */
export function compileSelector(source: LabelSelector): CompiledSelector {
  try {
    const selector = labelSelectorAsSelector(source);
    return { text: selector.toString(), readable: true, matches: (labels) => selector.matches(labels) };
  } catch (error) {
    if (error instanceof SelectorError) return unreadable;
    throw error;
  }
}
