/** What stands on a page, and since when: read from what is drawn, never from the page's own state. */
import type { Tab } from "./visit";

/** Rows, cards and tiles: the smallest piece that tells of one guest, alert or room. */
const PIECE = "tr, li, article, [role=row], [role=listitem]";

/** When (milliseconds since 1970) a piece that says all these words was first drawn; null where it was not in time. */
export function drawn(tab: Tab, words: readonly string[], limit: number): Promise<number | null> {
  return tab.evaluate(
    ([wanted, piece, ms]) =>
      new Promise<number | null>((told) => {
        const look = (): boolean => {
          const found = [...document.querySelectorAll<HTMLElement>(piece)].some((one) => {
            const text = one.textContent ?? "";
            return wanted.every((word) => text.includes(word)) && one.getClientRects().length > 0;
          });
          if (!found) return false;
          watching.disconnect();
          clearTimeout(timer);
          told(Date.now());
          return true;
        };
        const watching = new MutationObserver(() => void look());
        const timer = setTimeout(() => {
          watching.disconnect();
          told(null);
        }, ms);
        if (!look()) watching.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      }),
    [words, PIECE, limit] as const,
  );
}

/** When the page first said these words anywhere; null where it did not in time. */
export function said(tab: Tab, words: string, limit: number): Promise<number | null> {
  return tab.evaluate(
    ([wanted, ms]) =>
      new Promise<number | null>((told) => {
        const until = performance.now() + ms;
        const look = (): void => {
          if (document.body.innerText.includes(wanted)) return told(Date.now());
          if (performance.now() > until) return told(null);
          setTimeout(look, 20);
        };
        look();
      }),
    [words, limit] as const,
  );
}

/** Leaves a mark in the page that a reload would wipe away. */
export async function mark(tab: Tab): Promise<void> {
  await tab.evaluate(() => void Object.assign(window, { keptSinceTheBeginning: true }));
}

export function isMarked(tab: Tab): Promise<boolean> {
  return tab.evaluate(() => "keptSinceTheBeginning" in window);
}

/** The words of the piece that names somebody, for telling what was seen instead. */
export async function tells(tab: Tab, name: string): Promise<string> {
  const piece = tab.locator(PIECE).filter({ hasText: name }).last();
  return (await piece.count()) === 0 ? `nothing says ${name}` : (await piece.innerText()).replace(/\s+/g, " ");
}
