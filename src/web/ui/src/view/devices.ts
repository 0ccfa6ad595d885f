/**
 * The order of devices: those that need a look first, then by id with its numbers as numbers. Pure.
 */
import type { Device } from "../wire/types";

export function inTrouble(device: Device): boolean {
  return device.state !== "online";
}

/** What the device or its link said, where that tells more than the state: a link's own word, or why one is not there. */
export function telling(device: Device): string | null {
  return inTrouble(device) || device.id.startsWith("link/") ? device.reason : null;
}

export function byTrouble(a: Device, b: Device): number {
  return Number(inTrouble(b)) - Number(inTrouble(a)) || a.id.localeCompare(b.id, "en", { numeric: true });
}
