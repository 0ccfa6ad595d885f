/**
 * What the page of the plan says. See `../table.ts`.
 */
import type { Words } from "../table";

export const plan = {} as const satisfies Words;
