/**
 * Devices by their kind: those that need a look first, then by id with its numbers as numbers. Pure.
 */
import type { Present } from "../state/apply";
import type { Speak } from "../words/speak";
import type { Device } from "../wire/types";
import { nameOf } from "./names";

export const KINDS = ["kiosk", "vehicle", "sensor", "port", "broker", "other"] as const;
export type Kind = (typeof KINDS)[number];

/** A link of ours to a serial port is told by its name, as are scans over HTTP; any other is one to a broker. */
const PORT = "link/serial:";
const HTTP = "link/http";

export function kindOf(id: string): Kind {
  if (id.startsWith("kiosk/")) return "kiosk";
  if (id.startsWith("vehicle/")) return "vehicle";
  if (id.startsWith("sensor/")) return "sensor";
  if (id.startsWith(PORT)) return "port";
  return id.startsWith("link/") && id !== HTTP ? "broker" : "other";
}

export function deviceName(id: string, present: Present, say: Speak): string {
  if (id === HTTP) return say("device_http");
  switch (kindOf(id)) {
    case "port":
      return say("device_port", { id: id.slice(PORT.length) });
    case "broker":
      return say("device_broker", { id: id.slice("link/".length) });
    case "sensor": {
      // Its room tells a person where to go.
      const [, room = "", sensor] = id.split("/");
      if (sensor === undefined) return nameOf(id, present, say).trim();
      return say("device_sensor", { room: nameOf(`room/${room}`, present, say).trim(), sensor });
    }
    default:
      return nameOf(id, present, say).trim();
  }
}

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

/** What the address says. */
export interface DeviceChoices {
  show: "all" | "trouble" | "rejecting";
  kind: Kind | "";
  q: string;
}

export const SHOWS = ["all", "trouble", "rejecting"] as const;

export function deviceChoices(params: URLSearchParams): DeviceChoices {
  return {
    show: SHOWS.find((one) => one === params.get("show")) ?? "all",
    kind: KINDS.find((one) => one === params.get("kind")) ?? "",
    q: params.get("q")?.trim() ?? "",
  };
}

export function isShown(device: Device, show: DeviceChoices["show"]): boolean {
  return show === "all" || (show === "trouble" ? inTrouble(device) : device.rejected > 0);
}

export interface Group {
  kind: Kind;
  devices: Device[];
  trouble: number;
}

/** Kinds with trouble first, else in their usual order; `names` is what people call a device. */
export function groups(devices: readonly Device[], choices: DeviceChoices, names: (id: string) => string): Group[] {
  const words = choices.q.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const found = devices.filter((device) => {
    if (!isShown(device, choices.show)) return false;
    if (choices.kind !== "" && kindOf(device.id) !== choices.kind) return false;
    const hay = `${device.id}\n${names(device.id)}\n${device.reason ?? ""}`.toLowerCase();
    return words.every((word) => hay.includes(word));
  });
  const all = KINDS.map((kind) => {
    const some = found.filter((device) => kindOf(device.id) === kind).sort(byTrouble);
    return { kind, devices: some, trouble: some.filter(inTrouble).length };
  });
  return all.filter((group) => group.devices.length > 0).sort((a, b) => Number(b.trouble > 0) - Number(a.trouble > 0));
}

/** While somebody reads, every group and row keeps the place it has in `before`; new ones come at the end. */
export function inPlace(now: readonly Group[], before: readonly Group[] | null): Group[] {
  if (before === null) return [...now];
  const kinds = new Map(before.map((group, at) => [group.kind, at]));
  const places = new Map(before.flatMap((group) => group.devices).map((device, at) => [device.id, at]));
  const last = Number.MAX_SAFE_INTEGER;
  return now
    .map((group) => ({
      ...group,
      devices: [...group.devices].sort((a, b) => (places.get(a.id) ?? last) - (places.get(b.id) ?? last)),
    }))
    .sort((a, b) => (kinds.get(a.kind) ?? last) - (kinds.get(b.kind) ?? last));
}

/** `12` a minute, `0.4` below ten. */
export function rateText(perMinute: number): string {
  return perMinute >= 10 || Number.isInteger(perMinute) ? String(Math.round(perMinute)) : perMinute.toFixed(1);
}
