import { join } from "node:path";
import type { Progress } from "@bulkhead/host";
import { attack, type MadeMove } from "../demo/attack.ts";
import { attackSummary, comparison, moveText } from "../demo/attack-screen.ts";
import { deployShop } from "../demo/deploy-shop.ts";
import { attackUpstream } from "../demo/upstream-instance.ts";
import { CommandFailure } from "../exit-codes.ts";
import { adminClient } from "../instance/admin-client.ts";
import type { FoundInstance } from "../instance/find-instance.ts";
import { distribution } from "../instance/programs.ts";
import { harmless, paint } from "../output/print.ts";

/** The shop, as it was found open. */
export interface ShopReport {
  readonly service: string;
  readonly nodePort: number | undefined;
  readonly articles: readonly { readonly name: string; readonly price: string }[];
}

/** Tells a person what is happening, as it happens. */
type Show = (text: string) => void;

/** Deploys the shop and fetches its page through the Service. */
export async function demoShop({ paths, config }: FoundInstance, progress: Progress, show: Show): Promise<ShopReport> {
  const client = await adminClient(paths);
  try {
    const { service, nodePort } = await deployShop({
      config,
      paths,
      client,
      folder: join(distribution(), "shop"),
      progress,
    });
    progress.step(`shop: asking ${service}`);
    const page = await fetchPage(service);
    const articles = [...page.matchAll(/<tr><td>([^<]*)<\/td><td>([^<]*)<\/td>/g)].map((m) => ({
      name: (m[1] ?? "").replaceAll("&#44;", ","),
      price: m[2] ?? "",
    }));
    const lines = articles.map(({ name, price }) => harmless(`    ${name.padEnd(30)} ${price}`));
    show(
      `\n${paint("bold", "The shop is open")}: ${service}${nodePort === undefined ? "" : `  and  http://127.0.0.1:${nodePort}`}\n${lines.join("\n")}\n`,
    );
    const footer = /<footer><p>([^<]*)/.exec(page)?.[1];
    if (footer !== undefined) show(`    ${paint("dim", harmless(footer))}\n`);
    return { service, nodePort, articles };
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
export async function demoAttack({ paths, config }: FoundInstance, show: Show): Promise<MadeMove[]> {
  const admin = await adminClient(paths);
  try {
    show(
      `\n${paint("bold", "The attack")}: someone runs code of his own in the shop's web pod. Every line is an attempt made now.\n\n`,
    );
    const moves = await attack({
      config,
      paths,
      admin,
      onMove: (move) => show(`${moveText(move, process.stdout.columns ?? 110)}\n`),
    });
    show(`\n${attackSummary(moves)}\n`);
    return moves;
  } finally {
    admin.close();
  }
}

/** The attack here and on a throwaway instance with upstream's defaults, side by side. */
export async function demoCompare(
  found: FoundInstance,
  progress: Progress,
  show: Show,
): Promise<{ readonly moves: MadeMove[]; readonly upstream: MadeMove[] }> {
  const moves = await demoAttack(found, show);
  const upstream = await attackUpstream(found, join(distribution(), "shop"), progress);
  show(
    `\n${paint("bold", "Side by side")}: the same script, the same shop. On the left without policies and with web's account bound to the role edit, as upstream's defaults leave it.\n\n${comparison(moves, upstream)}\n`,
  );
  return { moves, upstream };
}
