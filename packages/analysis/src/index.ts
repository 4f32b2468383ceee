/**
 * @bulkhead/analysis: questions over a snapshot of objects. `Evaluation` holds every control against every object and
 * stays true as they change; it knows a cluster, a folder of manifests and a fixture alike, and nothing of where they
 * came from. Pure: no I/O, no clock.
 */
export {
  type ChainRecord,
  complianceEvidence,
  type Evidence,
  type FrameworkEvidence,
  isHeld,
  type RequirementEvidence,
} from "./compliance/evidence.ts";
export { evidenceHtml } from "./compliance/evidence-html.ts";
export { evidenceMarkdown } from "./compliance/evidence-markdown.ts";
export {
  controlStates,
  type Piece,
  RecordedPosture,
  type Span,
  type SpanVerdict,
  spanVerdict,
} from "./compliance/history.ts";
export type { AskedSpan } from "./compliance/span.ts";
export { type RequirementState, requirementStates } from "./compliance/state.ts";
export {
  becauseOf,
  claimOf,
  day,
  isSpokenOf,
  minute,
  notKnown,
  overLines,
  overWords,
  recordLines,
  scopeWords,
  spanWords,
  stateWords,
  summaryOf,
} from "./compliance/words.ts";
export * from "./currency/index.ts";
export { accessRules, accountMay, accountRules, accountUser } from "./deciders/access.ts";
export { mayConnect, outside, podsOf, servicesOf, trafficRules } from "./deciders/network.ts";
export { imageRules, podSecurityBreaches, podSecurityRules } from "./deciders/workloads.ts";
export { backupFactsOf, type SeenBackup } from "./gather/backup-facts.ts";
export { type AuditProbe, type BulkheadInstance, factsOfInstance } from "./gather/bulkhead-instance.ts";
export { type ControlPlaneSeen, controlPlaneFromPods } from "./gather/control-plane-pods.ts";
export { type ConfigzDocument, kubeletSettings, nodeFactsOf } from "./gather/kubelet-configz.ts";
export { factsToPublish, type ToldFacts, toldFacts } from "./gather/published-facts.ts";
export { makeBrief } from "./learning/brief.ts";
export {
  type Answer,
  type BriefDays,
  type BriefSources,
  briefFacts,
  lookedUp,
  summedUp,
} from "./learning/brief-facts.ts";
export { type BriefStyle, briefHtml, briefMarkdown, briefText } from "./learning/brief-forms.ts";
export { type Brief, type BriefFacts, briefRoles } from "./learning/brief-page.ts";
export { type AuditedRequest, DayTally, digestDays, emptyDay } from "./learning/changes.ts";
export { type Term, terms } from "./learning/glossary.ts";
export * from "./posture/control.ts";
export { controls } from "./posture/controls/index.ts";
export { type CustomControls, compileControls } from "./posture/custom/custom-controls.ts";
export { type DefinitionProblem, isDefinition } from "./posture/custom/definition.ts";
export {
  evaluateWithOwn,
  evaluatingWithOwn,
  isOver,
  type OwnControl,
  type OwnEvaluation,
  ownControls,
  ownKinds,
} from "./posture/custom/own-controls.ts";
export { type FixtureFile, type FixtureResult, tryFixtures } from "./posture/custom/try-fixtures.ts";
export * from "./posture/evaluate.ts";
export {
  applies,
  fixFieldManager,
  type ObjectApply,
  type PatchOperation,
} from "./posture/fix/apply.ts";
export { applyEdits, fieldSteps } from "./posture/fix/edit.ts";
export { editedBy } from "./posture/fix/fix-of.ts";
export {
  type FixPlan,
  type FixPlanOptions,
  fixPlan,
  type Planned,
  type PlannedDocument,
} from "./posture/fix/plan.ts";
export {
  type DocumentSource,
  type FileDiff,
  planDiffs,
  type SourceOf,
  unifiedDiff,
} from "./posture/fix/unified-diff.ts";
export { type FrameworkId, frameworks } from "./posture/frameworks.ts";
export { type BestChange, bestChanges, tryingBestChanges } from "./posture/rank/best-changes.ts";
export type { Factor, FactorName } from "./posture/rank/factor.ts";
export { type RankedFinding, rank, ranked, ranking } from "./posture/rank/rank.ts";
export { type RiskSummary, riskSummary } from "./posture/rank/summary.ts";
export { refOf, serviceAccountOf, type Workload, workloadOf, workloadsIn } from "./posture/workload.ts";
export * from "./report/baseline.ts";
export { postureReportName, seenIn } from "./report/first-seen.ts";
export { type OscalAssessmentResults, oscalResults } from "./report/oscal.ts";
export { oscalComponent } from "./report/oscal-component.ts";
export { oscalEvidence } from "./report/oscal-evidence.ts";
export { oscalPlan } from "./report/oscal-plan.ts";
export * from "./report/posture-report.ts";
export * from "./report/select.ts";
export * from "./snapshot/facts.ts";
export { factsKinds, type Kind, kindKeyOf, kinds, workloadKinds } from "./snapshot/kinds.ts";
export { type Change, ObjectSet, type UnreadKind } from "./snapshot/object-set.ts";
export { atOnce, type Steps } from "./snapshot/steps.ts";
export { type Derivation, needed, type Settings, Unread, type View } from "./snapshot/view.ts";
