import { evaluateNode } from "../node/node-authorizer.ts";
import { explainRbac } from "../rbac/explain.ts";
import type { AccessQuestion, AccessVerdict } from "../rbac/question.ts";
import { nodeRules, rbacRules, type Snapshot } from "./snapshot.ts";

/** As the API server decides: system:masters pass, then a node's own rights, then RBAC; explained. */
export function whyAccess(snapshot: Snapshot, question: AccessQuestion): AccessVerdict {
  if (question.user.groups.includes("system:masters")) {
    return {
      decision: "allow",
      reason: "",
      because: [{ rule: "masters", says: "the group system:masters passes every authorizer" }],
    };
  }
  const node = evaluateNode(nodeRules(snapshot), question);
  if (node?.decision === "allow") return node;
  const verdict = explainRbac(rbacRules(snapshot), question);
  if (verdict.decision === "allow" || node === undefined) return verdict;
  return { ...verdict, because: [...node.because.filter((b) => b.says !== ""), ...verdict.because] };
}
