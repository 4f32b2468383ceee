import type { Subject } from "../exception/subject.ts";
import { evaluateImage } from "../image/evaluate.ts";
import type { ImageFacts } from "../image/facts.ts";
import type { ImageVerdict } from "../image/image-verdict.ts";
import { type SignatureNeeds, signatureNeeds } from "../image/needs.ts";
import { type VexNeeds, vexNeeds } from "../image/vex.ts";
import { type Snapshot, workloadRules } from "./snapshot.ts";

export interface WhyImageQuestion {
  /** As somebody would write it; with its digest where that is known. */
  readonly image: string;
  readonly namespace: string;
  /** For whom Exceptions are looked up; absent: for the namespace. */
  readonly subject?: Subject | undefined;
}

const identityOf = ({ namespace, subject }: WhyImageQuestion) => ({
  namespace,
  subjects: [...(subject === undefined ? [] : [subject]), { kind: "Namespace" as const, name: namespace }],
});

/** What must be found out of an image's signatures before it can be said whether it may run; undefined: nothing. */
export const whyImageNeeds = (snapshot: Snapshot, question: WhyImageQuestion): SignatureNeeds | undefined =>
  signatureNeeds(workloadRules(snapshot).images, question.image, identityOf(question));

/** What policies say of its flaws, and whose word they take for it. */
export const whyImageVex = (snapshot: Snapshot, image: string): VexNeeds =>
  vexNeeds(
    workloadRules(snapshot).images.policies.map(({ policy }) => policy),
    [image],
  );

/** May this image run there, as a new pod's? */
export const whyImage = (snapshot: Snapshot, question: WhyImageQuestion, facts: ImageFacts | undefined): ImageVerdict =>
  evaluateImage(workloadRules(snapshot).images, {
    image: question.image,
    identity: identityOf(question),
    field: "image",
    stage: "admission",
    facts,
  });
