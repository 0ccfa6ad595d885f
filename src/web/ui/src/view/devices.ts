/**
 * The order of devices: those that need a look first, then by id with its numbers as numbers. Pure.
 */
import type { Device } from "../wire/types";

export function inTrouble(device: Device): boolean {
  return device.state !== "online";
}

export function byTrouble(a: Device, b: Device): number {
  return Number(inTrouble(b)) - Number(inTrouble(a)) || a.id.localeCompare(b.id, "en", { numeric: true });
}
