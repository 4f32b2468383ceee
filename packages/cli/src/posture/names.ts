import { type Area, areas, type Control, type PostureSelection, type Severity, severities } from "@bulkhead/analysis";
import { CommandFailure } from "../exit-codes.ts";
import { nearest } from "../output/nearest.ts";

/** What a person narrows a posture to, as typed. */
export interface Narrowed {
  readonly area?: string;
  readonly severity?: string;
  readonly namespace?: string;
  readonly control?: string;
  readonly object?: string;
}

/** Throws CommandFailure that names what comes nearest: a name mistyped would otherwise look like health. */
export function oneOf<T extends string>(word: string, words: readonly T[], what: string): T {
  const found = words.find((each) => each === word);
  if (found !== undefined) return found;
  const near = nearest(word, words);
  const listed =
    words.length <= 20 ? `; there are ${words.join(", ")}` : "; bulkhead posture list shows those that found something";
  throw new CommandFailure(
    `there is no ${what} ${JSON.stringify(word)}${near === undefined ? listed : `; did you mean ${near}?`}`,
  );
}

export const severityNamed = (word: string): Severity => oneOf(word, severities, "severity");

/** The words as a selection. `namespaces`: those that are known. */
export function selectionOf(
  { area, severity, namespace, control, object }: Narrowed,
  known: {
    readonly controls: readonly Control[];
    readonly namespaces: readonly string[];
    readonly objects: readonly { readonly kind: string; readonly name: string }[];
  },
): PostureSelection {
  return {
    ...(area === undefined ? {} : { area: oneOf<Area>(area, areas, "area") }),
    ...(severity === undefined ? {} : { severity: severityNamed(severity) }),
    ...(namespace === undefined ? {} : { namespace: oneOf(namespace, known.namespaces, "namespace") }),
    ...(control === undefined
      ? {}
      : {
          control: oneOf(
            control,
            known.controls.map(({ id }) => id),
            "control",
          ),
        }),
    ...(object === undefined ? {} : { object: objectNamed(object, known.objects) }),
  };
}

function objectNamed(
  word: string,
  objects: readonly { readonly kind: string; readonly name: string }[],
): { readonly kind: string; readonly name: string } {
  const [kind = "", name = "", ...more] = word.split("/");
  if (kind === "" || name === "" || more.length > 0)
    throw new CommandFailure(`--object ${word}: write KIND/NAME, such as deployment/web`);
  const texts = [...new Set(objects.map((each) => `${each.kind.toLowerCase()}/${each.name}`))];
  return { kind, name: oneOf(`${kind.toLowerCase()}/${name}`, texts, "object").slice(kind.length + 1) };
}
