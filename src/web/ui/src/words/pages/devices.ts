/**
 * What the page of devices says. See `../table.ts`.
 */
import type { Words } from "../table";

export const devices = {} as const satisfies Words;
