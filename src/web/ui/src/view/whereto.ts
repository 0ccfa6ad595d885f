/**
 * Where on this dashboard a thing is looked at. Pure.
 */
import type { Present } from "../state/apply";
import { pathOf } from "../state/route";
import type { Speak } from "../words/speak";
import type { Alert } from "../wire/types";
import { nameOf } from "./names";
import { text } from "./values";

export interface Way {
  name: string;
  href: string;
}

/** The page of a subject or a device; null where it has none. */
export function wayTo(subject: string, present: Present, say: Speak): Way | null {
  const cut = subject.indexOf("/");
  const kind = cut < 0 ? subject : subject.slice(0, cut);
  const id = cut < 0 ? "" : subject.slice(cut + 1);
  const name = nameOf(subject, present, say).trim();
  switch (kind) {
    case "guest":
      return present.visits.some((visit) => visit.code === id) ? { name, href: pathOf("arrivals", id) } : null;
    case "vehicle":
      return { name, href: pathOf("vehicles", id) };
    case "room":
      return { name, href: pathOf("rooms", id.split("/")[0] ?? id) };
    case "kiosk":
    case "sensor":
    case "link":
      return { name, href: pathOf("devices", subject) };
    case "gateway":
      return { name, href: pathOf("system") };
    default:
      return null;
  }
}

/** What an alert is about, and what else it speaks of. */
export function waysFrom(alert: Alert, present: Present, say: Speak): Way[] {
  const { subject, values } = alert;
  const more: string[] = [];
  const [kind, room] = subject.split("/");
  if (kind === "sensor" && room !== undefined) more.push(`room/${room}`);
  const vehicle = text(values["vehicle"]);
  if (vehicle !== null && present.vehicles.some((one) => one.id === vehicle)) more.push(`vehicle/${vehicle}`);
  const place = text(values["place"]);
  if (place !== null && present.rooms.some((one) => one.id === place)) more.push(`room/${place}`);
  const ways = [subject, ...more].flatMap((one) => wayTo(one, present, say) ?? []);
  return ways.filter((way, at) => ways.findIndex((other) => other.href === way.href) === at);
}
