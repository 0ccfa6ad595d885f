/**
 * What the page of alerts, the ledger says. See `../table.ts`.
 */
import type { Words } from "../table";

export const alerts = {} as const satisfies Words;
