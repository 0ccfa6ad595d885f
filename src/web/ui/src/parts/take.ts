/**
 * Taking alerts on: at once, one or many, and for ten seconds it can be taken back.
 */
import { t } from "../state/preferences";
import { acknowledge, unacknowledge } from "../state/store";
import type { Refusal } from "../wire/api";
import { withName } from "./dialog";
import { offerUndo } from "./undo";

/** So many orders are on their way at one time: the gateway keeps each before it answers. */
const LANES = 6;

/** `title` is said of one alone. */
export function take(ids: readonly string[], title: string): void {
  withName(async (by) => {
    const taken: string[] = [];
    await each(ids, async (id) => {
      if ((await acknowledge(id, by)) === null) taken.push(id);
    });
    if (taken.length === 0) return;
    const said = ids.length === 1 ? t.value("acknowledged_one", { title }) : t.value("acknowledged_some", { n: taken.length });
    offerUndo(said, () => takeBack(taken, by));
  });
}

/** The first reason, where not every one could be taken back. */
async function takeBack(ids: readonly string[], by: string): Promise<Refusal | null> {
  const refused: Refusal[] = [];
  await each(ids, async (id) => {
    const refusal = await unacknowledge(id, by);
    if (refusal !== null) refused.push(refusal);
  });
  const [first] = refused;
  if (first === undefined) return null;
  // The alert is there, it was just acknowledged: what is not there is the order itself.
  return first.kind === "refused" && first.status === 404 ? { ...first, detail: t.value("undo_older_gateway") } : first;
}

async function each(ids: readonly string[], then: (id: string) => Promise<void>): Promise<void> {
  const left = [...ids];
  const lane = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) await then(id);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
