import { join } from "node:path";
import { instancePaths, type Progress, readInstance } from "@bulkhead/host";
import { attack, type MadeMove } from "../demo/attack.ts";
import { attackSummary, comparison, moveText } from "../demo/attack-screen.ts";
import { deployShop } from "../demo/deploy-shop.ts";
import { attackUpstream } from "../demo/upstream-instance.ts";
import { CommandFailure } from "../exit-codes.ts";
import { apiClient } from "../instance/admin-client.ts";
import { distribution } from "../instance/programs.ts";
import { paint } from "../output/print.ts";

/** Deploys the shop and fetches its page through the Service. */
export async function demoShop(root: string, progress: Progress): Promise<void> {
  const paths = instancePaths(root);
  const config = await readInstance(root);
  if (config === undefined)
    throw new CommandFailure(`no instance at ${root}; start one with: bulkhead up --root ${root}`);
  const client = await apiClient({ root, kubeconfig: paths.kubeconfig });
  try {
    const where = await deployShop({ config, paths, client, folder: join(distribution(), "shop"), progress });
    progress.step(`shop: asking ${where.service}`);
    const page = await fetchPage(where.service);
    const articles = [...page.matchAll(/<tr><td>([^<]*)<\/td><td>([^<]*)<\/td>/g)].map(
      (m) => `    ${(m[1] ?? "").replaceAll("&#44;", ",").padEnd(30)} ${m[2]}`,
    );
    process.stdout.write(
      `\n${paint("bold", "The shop is open")}: ${where.service}${where.nodePort === undefined ? "" : `  and  http://127.0.0.1:${where.nodePort}`}\n${articles.join("\n")}\n`,
    );
    const footer = /<footer><p>([^<]*)/.exec(page)?.[1];
    if (footer !== undefined) process.stdout.write(`    ${paint("dim", footer)}\n`);
  } finally {
    client.close();
  }
}

async function fetchPage(address: string): Promise<string> {
  let last = "";
  for (let attempt = 0; attempt < 40; attempt++) {
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(4000) });
      const text = await answer.text();
      if (answer.ok) return text;
      last = text.trim();
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new CommandFailure(
    `the shop does not answer at ${address}: ${last}. Look closer with: kubectl -n shop get pods,events`,
    1,
  );
}

/** Plays the attack, a line a move, as it happens. */
export async function demoAttack(root: string): Promise<MadeMove[]> {
  const paths = instancePaths(root);
  const config = await readInstance(root);
  if (config === undefined)
    throw new CommandFailure(`no instance at ${root}; start one with: bulkhead demo --root ${root}`);
  const admin = await apiClient({ root, kubeconfig: paths.kubeconfig });
  try {
    process.stdout.write(
      `\n${paint("bold", "The attack")}: someone runs code of his own in the shop's web pod. Every line is an attempt made now.\n\n`,
    );
    const moves = await attack({
      config,
      paths,
      admin,
      onMove: (move) => process.stdout.write(`${moveText(move, process.stdout.columns ?? 110)}\n`),
    });
    process.stdout.write(`\n${attackSummary(moves)}\n`);
    return moves;
  } finally {
    admin.close();
  }
}

/** The attack here and on a throwaway instance with upstream's defaults, side by side. */
export async function demoCompare(root: string, progress: Progress): Promise<MadeMove[]> {
  const paths = instancePaths(root);
  const config = await readInstance(root);
  if (config === undefined)
    throw new CommandFailure(`no instance at ${root}; start one with: bulkhead demo --root ${root}`);
  const ours = await demoAttack(root);
  const upstream = await attackUpstream({ config, paths }, join(distribution(), "shop"), progress);
  process.stdout.write(
    `\n${paint("bold", "Side by side")}: the same script, the same shop. On the left without policies and with web's account bound to the role edit, as upstream's defaults leave it.\n\n${comparison(ours, upstream)}\n`,
  );
  return ours;
}
