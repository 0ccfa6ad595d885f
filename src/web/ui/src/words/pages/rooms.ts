/**
 * What the page of rooms says. See `../table.ts`.
 */
import type { Words } from "../table";

export const rooms = {} as const satisfies Words;
