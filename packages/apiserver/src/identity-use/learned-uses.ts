/** Where what was learned is kept between two starts. */
export interface UseMemory {
  /** What `save` was given last; undefined: nothing was ever kept. Throws where it cannot be read. */
  load(): string | undefined;
  save(text: string): Promise<void>;
}

interface Kept {
  readonly format: 1;
  /** Since when somebody looks, milliseconds since the epoch. */
  readonly since: number;
  readonly accounts: readonly { readonly name: string; readonly uid: string; readonly uses: readonly string[] }[];
}

interface Account {
  readonly uid: string;
  readonly uses: Set<string>;
}

/** Of so many accounts so many different uses are remembered; an account that does more cannot be learned, which is said. */
const most = { accounts: 2048, uses: 256, length: 160 };

const isText = (value: unknown): value is string => typeof value === "string" && value.length <= most.length;

function read(text: string, now: number): Kept | undefined {
  const kept = JSON.parse(text) as Partial<Kept> | null;
  if (kept?.format !== 1 || typeof kept.since !== "number" || !Array.isArray(kept.accounts)) return undefined;
  const good = kept.accounts.every(
    (account: Partial<Kept["accounts"][number]> | null) =>
      isText(account?.name) && isText(account.uid) && Array.isArray(account.uses) && account.uses.every(isText),
  );
  // A clock that was set back must not make learning longer than it is.
  return good ? { format: 1, since: Math.min(kept.since, now), accounts: kept.accounts } : undefined;
}

/** What each ServiceAccount has been used for, as long as somebody has looked; bounded. */
export class LearnedUses {
  /** Since when somebody looks, milliseconds since the epoch. */
  readonly since: number;
  /** Why it began again; undefined: it goes on from what was kept. */
  readonly beganAgain: string | undefined;
  readonly #accounts = new Map<string, Account>();

  constructor(memory: UseMemory | undefined, now: number) {
    let kept: Kept | undefined;
    let why: string | undefined = memory === undefined ? "nothing is kept here" : "nothing was kept yet";
    try {
      const text = memory?.load();
      if (text !== undefined) {
        kept = read(text, now);
        why = kept === undefined ? "what was kept is not understood" : undefined;
      }
    } catch (error) {
      why = `what was kept cannot be read: ${String(error)}`;
    }
    this.since = kept?.since ?? now;
    this.beganAgain = why;
    for (const { name, uid, uses } of kept?.accounts.slice(0, most.accounts) ?? [])
      this.#accounts.set(name, { uid, uses: new Set(uses.slice(0, most.uses)) });
  }

  has(name: string, uid: string, use: string): boolean {
    const account = this.#accounts.get(name);
    return account !== undefined && account.uid === uid && account.uses.has(use);
  }

  /** Whether there is room to tell anything of an account. */
  knows(name: string, uid: string): "learnable" | "too-many-uses" | "too-many-accounts" {
    const account = this.#accounts.get(name);
    if (account?.uid === uid) return account.uses.size < most.uses ? "learnable" : "too-many-uses";
    return account !== undefined || this.#accounts.size < most.accounts ? "learnable" : "too-many-accounts";
  }

  /** Another account of the same name is another one: what the former did says nothing of it. */
  learn(name: string, uid: string, use: string): void {
    if (this.knows(name, uid) !== "learnable" || use.length > most.length) return;
    const account = this.#accounts.get(name);
    if (account?.uid === uid) account.uses.add(use);
    else this.#accounts.set(name, { uid, uses: new Set([use]) });
  }

  /** Forgets accounts that are gone. */
  keep(exists: (name: string, uid: string) => boolean): void {
    for (const [name, { uid }] of this.#accounts) if (!exists(name, uid)) this.#accounts.delete(name);
  }

  text(): string {
    const accounts = [...this.#accounts].map(([name, { uid, uses }]) => ({ name, uid, uses: [...uses] }));
    return `${JSON.stringify({ format: 1, since: this.since, accounts } satisfies Kept)}\n`;
  }
}
