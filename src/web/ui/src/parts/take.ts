/**
 * Taking alerts on: at once, one or many, and for ten seconds it can be taken back.
 */
import { t } from "../state/preferences";
import { acknowledge, unacknowledge } from "../state/store";
import type { Refusal } from "../wire/api";
import { withName } from "./dialog";
import { offerUndo } from "./undo";

/** `title` is said of one alone. */
export function take(ids: readonly string[], title: string): void {
  withName(async (by) => {
    const refused = await acknowledge(ids, by);
    const taken = ids.filter((id) => !refused.has(id));
    if (taken.length === 0) return;
    const said = ids.length === 1 ? t.value("acknowledged_one", { title }) : t.value("acknowledged_some", { n: taken.length });
    offerUndo(said, () => takeBack(taken, by));
  });
}

/** The first reason, where not every one could be taken back. */
async function takeBack(ids: readonly string[], by: string): Promise<Refusal | null> {
  const [first] = (await unacknowledge(ids, by)).values();
  if (first === undefined) return null;
  // The alert is there, it was just acknowledged: what is not there is the order itself.
  return first.kind === "refused" && first.status === 404 ? { ...first, detail: t.value("undo_older_gateway") } : first;
}
