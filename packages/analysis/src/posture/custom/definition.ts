import { type Area, areas, type Severity, severities } from "../control.ts";
import { type FrameworkId, frameworks } from "../frameworks.ts";

/** One edit of a fix, on the object that the control looked at; `{field}` stands for the breach's field. */
export interface CustomEdit {
  readonly op: "set" | "remove";
  readonly field: string;
  readonly value?: unknown;
}

/** An organisation's own control, read. */
export interface CustomDefinition {
  readonly id: string;
  readonly title: string;
  readonly attack: string;
  readonly area: Area;
  readonly severity: Severity;
  readonly severityBecause: string;
  readonly frameworks: Readonly<Partial<Record<FrameworkId, readonly string[]>>>;
  /** Keys of kinds, or `workloads`: whatever makes pods, judged at the topmost object. */
  readonly kinds: readonly string[];
  /** Asked of each container, `container` being it, and `field` counting from it. */
  readonly each: "object" | "containers";
  readonly expression: string;
  readonly field: string;
  readonly message?: string;
  /** CEL that says the message. */
  readonly messageExpression?: string;
  readonly passing?: string;
  readonly fix:
    | { readonly kind: "edits"; readonly edits: readonly CustomEdit[]; readonly mind?: string }
    | { readonly kind: "by-hand"; readonly why: string; readonly how: string };
}

/** What is wrong with a definition, and where. */
export interface DefinitionProblem {
  /** The control's id, or its place among the documents. */
  readonly control: string;
  readonly field: string;
  readonly says: string;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string" && each !== "");

const ownKind = "PostureControl";
const ownGroup = "security.bulkhead.dev/";

/** Fields that a definition may have; what is mistyped must not pass as absent. */
const fields: ReadonlySet<string> = new Set([
  ..."id title attack area severity severityBecause frameworks match each expression field message".split(" "),
  ..."messageExpression passing fix".split(" "),
]);

/** Whether a document is a control and no manifest: of our own kind, or plain with an id and an expression. */
export const isDefinition = (document: unknown): boolean =>
  isFields(document) &&
  (document["kind"] === ownKind || (document["kind"] === undefined && "expression" in document && "id" in document));

/** Reads a decoded document: an object of kind PostureControl, or the same fields plain with an `id`. */
export function readDefinition(document: unknown, place: string): CustomDefinition | readonly DefinitionProblem[] {
  if (!isFields(document)) return [{ control: place, field: "", says: "is no mapping" }];
  const spec = document["spec"];
  const metadata = document["metadata"];
  const own = document["kind"] === ownKind;
  if (own && !String(document["apiVersion"]).startsWith(ownGroup))
    return [{ control: place, field: "apiVersion", says: `must begin with ${ownGroup}` }];
  const read: Fields = own && isFields(spec) ? spec : document;
  const id = own && isFields(metadata) ? metadata["name"] : document["id"];
  return new Reader(typeof id === "string" && id !== "" ? id : place, own).read(read, id);
}

class Reader {
  readonly #problems: DefinitionProblem[] = [];
  readonly #control: string;
  readonly #own: boolean;

  constructor(control: string, own: boolean) {
    this.#control = control;
    this.#own = own;
  }

  read(from: Fields, id: unknown): CustomDefinition | readonly DefinitionProblem[] {
    for (const key of Object.keys(from))
      if (!fields.has(key) || (this.#own && key === "id")) this.#wrong(key, "is no field of a control");
    if (typeof id !== "string" || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length > 63)
      this.#wrong("id", "must be small letters, digits and dashes, at most 63");
    const message = this.#optional(from, "message");
    const messageExpression = this.#optional(from, "messageExpression");
    if ((message === undefined) === (messageExpression === undefined))
      this.#wrong("message", "is needed, or messageExpression, and not both");
    const passing = this.#optional(from, "passing");
    const each = from["each"] ?? "object";
    if (each !== "object" && each !== "containers") this.#wrong("each", "is object or containers");
    const definition: CustomDefinition = {
      id: String(id),
      title: this.#text(from, "title"),
      attack: this.#text(from, "attack"),
      area: this.#choice(from, "area", areas, "workloads"),
      severity: this.#choice(from, "severity", severities),
      severityBecause: this.#text(from, "severityBecause"),
      frameworks: this.#frameworks(from["frameworks"] ?? {}),
      kinds: this.#kinds(from["match"], each === "containers"),
      each: each === "containers" ? "containers" : "object",
      expression: this.#text(from, "expression"),
      field: this.#text(from, "field"),
      ...(message === undefined ? {} : { message }),
      ...(messageExpression === undefined ? {} : { messageExpression }),
      ...(passing === undefined ? {} : { passing }),
      fix: this.#fix(from["fix"]),
    };
    return this.#problems.length > 0 ? this.#problems : definition;
  }

  #wrong(field: string, says: string): void {
    this.#problems.push({ control: this.#control, field, says });
  }

  #text(from: Fields, field: string): string {
    const value = from[field];
    if (typeof value === "string" && value.trim() !== "") return value.trim();
    this.#wrong(field, "is needed, as text");
    return "";
  }

  #optional(from: Fields, field: string): string | undefined {
    return from[field] === undefined ? undefined : this.#text(from, field);
  }

  #choice<T extends string>(from: Fields, field: string, of: readonly T[], otherwise?: T): T {
    const value = from[field] ?? otherwise;
    const found = of.find((each) => each === value);
    if (found === undefined) this.#wrong(field, `is one of ${of.join(", ")}`);
    return found ?? (of[0] as T);
  }

  #frameworks(value: unknown): CustomDefinition["frameworks"] {
    if (!isFields(value)) {
      this.#wrong("frameworks", "is a mapping of a framework to its requirements");
      return {};
    }
    for (const [name, requirements] of Object.entries(value)) {
      if (!Object.hasOwn(frameworks, name))
        this.#wrong(`frameworks.${name}`, `is no framework that is known: ${Object.keys(frameworks).join(", ")}`);
      if (!isTexts(requirements)) this.#wrong(`frameworks.${name}`, "is a list of requirements, as text");
    }
    return value as CustomDefinition["frameworks"];
  }

  #kinds(match: unknown, containers: boolean): readonly string[] {
    const kinds = isFields(match) ? match["kinds"] : undefined;
    if (!isTexts(kinds)) {
      this.#wrong("match.kinds", "is a list of kinds (apps/Deployment, Service), or [workloads]");
      return [];
    }
    if (kinds.includes("workloads") && kinds.length > 1) this.#wrong("match.kinds", "is workloads alone, or kinds");
    if (containers && !kinds.includes("workloads")) this.#wrong("each", "containers are asked of workloads only");
    return kinds;
  }

  #fix(value: unknown): CustomDefinition["fix"] {
    const byHand = {
      kind: "by-hand",
      why: "its control names no edits",
      how: "read what the control asks for",
    } as const;
    if (value === undefined) return byHand;
    if (!isFields(value)) {
      this.#wrong("fix", "holds edits, or why and how");
      return byHand;
    }
    if (value["edits"] === undefined)
      return { kind: "by-hand", why: this.#text(value, "why"), how: this.#text(value, "how") };
    const edits = value["edits"];
    const good = (edit: unknown): edit is CustomEdit =>
      isFields(edit) &&
      typeof edit["field"] === "string" &&
      edit["field"] !== "" &&
      (edit["op"] === "remove" || (edit["op"] === "set" && edit["value"] !== undefined));
    if (!Array.isArray(edits) || edits.length === 0 || !edits.every(good)) {
      this.#wrong("fix.edits", "are {op: set, field, value} or {op: remove, field}");
      return byHand;
    }
    const mind = this.#optional(value, "mind");
    return { kind: "edits", edits, ...(mind === undefined ? {} : { mind }) };
  }
}
