/**
 * What the page of the day's report says. See `../table.ts`.
 */
import type { Words } from "../table";

export const report = {} as const satisfies Words;
