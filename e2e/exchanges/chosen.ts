import { isDeepStrictEqual } from "node:util";
import { stable, textOf } from "./comparable.ts";
import type { Answer, Case, Json, Step } from "./exchange.ts";

/** Kinds that are not served yet: steps that ask for them, or build on what they would have left, are not compared. */
const notServed: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/\/apis\/batch\/v1/, "Job and CronJob come with the workloads issue"],
  [/\/statefulsets|\/daemonsets/, "StatefulSet and DaemonSet come with the workloads issue"],
  [/\/ingresses/, "Ingress comes with the network issue"],
  [/\/apis\/autoscaling\/v2/, "HorizontalPodAutoscaler comes with the workloads issue"],
  [/\/persistentvolume(claim)?s|\/apis\/storage\.k8s\.io/, "storage kinds come with the whole API"],
  [
    /\/limitranges|\/resourcequotas|\/apis\/scheduling\.k8s\.io/,
    "LimitRange, ResourceQuota and PriorityClass come with the whole API",
  ],
];

/** Steps of a case that follow from an object of a kind that is not served. */
const followers: Readonly<Record<string, { readonly steps: readonly number[]; readonly reason: string }>> = {
  "default/limitrange": { steps: [1, 2], reason: "they show what a LimitRange does to pods" },
};

/** Why a step is not compared, or undefined when it is. */
export function uncompared(recorded: Case, index: number): string | undefined {
  const path = recorded.steps[index]?.path ?? "";
  const follower = followers[recorded.name];
  if (follower?.steps.includes(index) === true) return follower.reason;
  return notServed.find(([pattern]) => pattern.test(path))?.[1];
}

/** A difference that we chose: where, why, and what our answer is instead. */
interface Choice {
  readonly case: string;
  readonly steps: readonly number[];
  readonly reason: string;
  /** Whether the answer is what was chosen, given what upstream answers. */
  is(got: Answer, want: Answer, step: Step): boolean;
}

type Item = { [key: string]: Json };

const cel = "rules in CEL are kept and warned about, and evaluated later";

const choices: readonly Choice[] = [
  {
    case: "meta/media-type",
    steps: [1],
    reason: "answers are never protobuf, so a refusal does not offer it",
    is: (got, want) =>
      got.code === 406 &&
      (got.body as Item)["message"] ===
        textOf((want.body as Item)["message"]).replaceAll(
          /, application\/vnd\.kubernetes\.protobuf(;stream=watch)?/g,
          "",
        ),
  },
  {
    case: "access/authentication",
    steps: [2],
    reason: "the version is our own, in the form that clients parse",
    is: ({ code, body }) => {
      const { major, minor, gitVersion } = body as Item;
      return code === 200 && major === "1" && minor === "36" && /^v1\.36\.\d+\+bulkhead/.test(textOf(gitVersion));
    },
  },
  {
    case: "crd/lifecycle",
    steps: [3, 5, 6],
    reason: cel,
    is: (got, want) => want.code === 422 && got.code !== 422,
  },
  {
    case: "crd/lifecycle",
    steps: [7, 9],
    reason: `${cel}: the change that upstream refused counted as a generation`,
    is: (got, want) => stable(withoutGeneration(got.body)) === stable(withoutGeneration(want.body)),
  },
  {
    case: "crd/lifecycle",
    steps: [11],
    reason: `${cel}: the objects that upstream refused are in the list`,
    is: ({ body }, want) => isPartOf(cellsOf(want.body), cellsOf(body)),
  },
  {
    case: "crd/bad",
    steps: [2, 3],
    reason: cel,
    is: (got, want) => want.code === 422 && (got.code === 201 || got.code === 409),
  },
  {
    case: "discovery/legacy",
    steps: [2, 4, 7],
    reason: "discovery lists the kinds that are served, each as upstream lists it",
    is: ({ body }, want) => isPartOf((body as Item)["resources"], (want.body as Item)["resources"]),
  },
  {
    case: "discovery/aggregated",
    steps: [0],
    reason: "discovery lists the kinds that are served, each as upstream lists it",
    is: ({ body }, want) => isPartOf(firstVersion(body), firstVersion(want.body)),
  },
];

const cellsOf = (body: Json): Json[] => ((body as Item)["rows"] as Item[]).map((row) => row["cells"] ?? null);

const withoutGeneration = (body: Json): Json => {
  const { generation: _generation, ...metadata } = (body as Item)["metadata"] as Item;
  return { ...(body as Item), metadata };
};

const firstVersion = (body: Json): Json | undefined => {
  const item = ((body as Item)["items"] as Item[] | undefined)?.[0];
  return (item?.["versions"] as Item[] | undefined)?.[0]?.["resources"];
};

/**
 * Proxying through the API is not served, but for reading a node's agent: it would make the server call where a user's
 * object points.
 */
const proxies = /\/proxy$/;

/** The node's proxy with the one verb that ours has. */
const asRead = (resource: Json): Json => {
  const item = resource as Item;
  return textOf(item["name"]) === "nodes/proxy" ? { ...item, verbs: ["get"] } : resource;
};

function isPartOf(part: Json | undefined, whole: Json | undefined): boolean {
  if (!Array.isArray(part) || !Array.isArray(whole) || part.length === 0) return false;
  return part.every((entry) =>
    whole.some(
      (one) => isDeepStrictEqual(asRead(one), entry) || isDeepStrictEqual(withoutProxy(one), withoutProxy(entry)),
    ),
  );
}

function withoutProxy(resource: Json): Json {
  const { subresources, ...rest } = resource as Item;
  if (!Array.isArray(subresources)) return resource;
  const left = subresources.filter((one) => !proxies.test(`/${textOf((one as Item)["subresource"])}`));
  return left.length === 0 ? rest : { ...rest, subresources: left };
}

/** The choice behind a difference, if it is one. */
export const choiceFor = (recorded: Case, index: number, got: Answer, want: Answer): Choice | undefined =>
  choices.find(
    (choice) =>
      choice.case === recorded.name &&
      choice.steps.includes(index) &&
      choice.is(got, want, recorded.steps[index] as Step),
  );

/** Every chosen difference as `case step`: one that no longer shows itself is to be taken off the list. */
export const allChoices = (): string[] =>
  choices.flatMap((choice) => choice.steps.map((step) => `${choice.case} ${step}`));
