/**
 * What the page of devices asks the gateway: the newest entries of one device.
 */
import { get, type Answer } from "./api";
import type { Entry, EntryKind, JournalPage } from "./types";

/** One question looks at so many entries and no more: a device that says little is asked about further back, so often. */
const QUESTIONS_MAX = 6;

/** The newest first. From a gateway that knows no devices here, entries of others come, too. */
export async function newestOf(device: string, kind: EntryKind | null, limit: number): Promise<Answer<Entry[]>> {
  const found: Entry[] = [];
  let before: number | null = null;
  for (let question = 0; question < QUESTIONS_MAX; question += 1) {
    const asked = new URLSearchParams({ device, order: "newest", limit: String(limit - found.length) });
    if (kind !== null) asked.set("kind", kind);
    if (before !== null) asked.set("before", String(before));
    const answer: Answer<JournalPage> = await get(`/api/v1/journal?${asked}`);
    if (!answer.ok) return answer;
    const { entries, next } = answer.value;
    found.push(...entries);
    const isEnd = next === null || next <= 0 || (before !== null && next >= before);
    if (isEnd || found.length >= limit || entries.some((entry) => entry.device !== device)) break;
    before = next;
  }
  return { ok: true, value: found };
}
