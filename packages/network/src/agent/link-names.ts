import type { Run } from "../process/command.ts";

/** Names of the namespace's interfaces by index; asked again when one is new, at most once a second. */
export function createLinkNames(netns: string, run: Run): (index: number) => Promise<string | undefined> {
  let names = new Map<number, string>();
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const text = await run("nsenter", [`--net=${netns}`, "--", "ip", "-j", "link", "show"]);
    const links = JSON.parse(text) as readonly { readonly ifindex: number; readonly ifname: string }[];
    names = new Map(links.map((link) => [link.ifindex, link.ifname]));
  }

  return async (index) => {
    if (!names.has(index) && Date.now() - askedAt > 1_000) {
      askedAt = Date.now();
      asking = ask().finally(() => {
        asking = undefined;
      });
    }
    await asking;
    return names.get(index);
  };
}
