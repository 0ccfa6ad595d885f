/**
 * What the page of vehicles says. See `../table.ts`.
 */
import type { Words } from "../table";

export const vehicles = {} as const satisfies Words;
