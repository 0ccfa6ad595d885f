/**
 * What the page of guests says. See `../table.ts`.
 */
import type { Words } from "../table";

export const arrivals = {} as const satisfies Words;
