/**
 * What the page of devices asks the gateway: the newest entries of one device.
 */
import { get, type Answer } from "./api";
import type { EntryKind, JournalPage } from "./types";

export function newestOf(device: string, kind: EntryKind | null, limit: number): Promise<Answer<JournalPage>> {
  const asked = new URLSearchParams({ device, order: "newest", limit: String(limit), ...(kind === null ? {} : { kind }) });
  return get(`/api/v1/journal?${asked}`);
}
