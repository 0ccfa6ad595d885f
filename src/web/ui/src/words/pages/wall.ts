/**
 * What the wall says. See `../table.ts`.
 */
import type { Words } from "../table";

export const wall = {} as const satisfies Words;
