/**
 * What a journal entry says, in a sentence. Pure.
 */
import type { Present } from "../state/apply";
import { isPlainKey, type Speak } from "../words/speak";
import type { Entry } from "../wire/types";
import { ordered } from "./alert-life";
import { fateWord } from "./fates";
import { metricName, metricValue } from "./metrics";
import { nameOf } from "./names";
import { number, text } from "./values";

export function entryWords(entry: Entry, present: Present, say: Speak): string {
  const { kind, subject } = entry;
  // Of a very long one the gateway leaves the body out.
  const body: Record<string, unknown> = entry.body ?? {};
  const about = subject === null ? "" : nameOf(subject, present, say);
  switch (kind) {
    case "scan": {
      const verdict = `entry_verdict_${text(body["verdict"]) ?? "none"}`;
      const kiosk = nameOf(entry.device ?? "kiosk", present, say);
      return say("entry_scan", { who: about, kiosk, verdict: isPlainKey(verdict) ? say(verdict) : (text(body["verdict"]) ?? "") });
    }
    case "position": {
      const speed = number(body["speed_kmh"]);
      const place = `${degrees(body["lat"])}, ${degrees(body["lon"])}`;
      return speed === null
        ? say("entry_position", { vehicle: about, place })
        : say("entry_position_speed", { vehicle: about, place, speed: say("vehicle_speed", { n: Math.round(speed) }) });
    }
    case "reading":
      return say("entry_reading", { room: about, values: measures(body, say) });
    case "device":
      return device(body, about, say);
    case "plan":
      return say("entry_plan");
    case "command":
      return command(entry, present, say);
    case "alert": {
      const state = `state_${text(body["state"]) ?? ""}`;
      return say("entry_alert", { alert: text(body["id"]) ?? "", state: isPlainKey(state) ? say(state) : "" });
    }
    case "incident": {
      const word = text(body["incident"]) ?? "";
      const key = `incident_kind_${word}`;
      return say("incident_title", { room: about, what: isPlainKey(key) ? say(key) : word.replaceAll("_", " ") });
    }
    case "rejected":
      return say("entry_rejected", { device: about, why: fateWord(text(body["reason"]) ?? "", say) ?? text(body["reason"]) ?? "" });
    case "clock":
      return say(body["trusted"] === true ? "clock_trusted" : "clock_not_trusted");
    case "gap":
      return say("entry_gap", { from: number(body["from"]) ?? 0, to: number(body["to"]) ?? 0 });
  }
}

/** To a metre: the entry itself tells the rest. */
function degrees(value: unknown): string {
  const found = number(value);
  return found === null ? "?" : String(Math.round(found * 1e5) / 1e5);
}

function measures(body: Record<string, unknown>, say: Speak): string {
  return Object.entries(body)
    .flatMap(([metric, value]) => (typeof value === "number" ? [say("name_value", { name: metricName(metric, say), value: metricValue(metric, value) })] : []))
    .join(say("item_comma"));
}

function device(body: Record<string, unknown>, about: string, say: Speak): string {
  const state = `device_${text(body["state"]) ?? ""}`;
  const said = say("entry_device", { device: about, state: isPlainKey(state) ? say(state) : (text(body["state"]) ?? "") });
  const reason = text(body["reason"]);
  return reason === null ? said : say("entry_why", { what: said, why: reason });
}

function command(entry: Entry, present: Present, say: Speak): string {
  const body: Record<string, unknown> = entry.body ?? {};
  const action = text(body["action"]) ?? "";
  const by = text(body["by"]);
  if (by === null) return action === "set_rules" ? say("entry_rules") : say("entry_command", { action: action.replaceAll("_", " ") });
  const guest = text(body["guest"]);
  if (action === "receive" && guest !== null) return say("entry_receive", { by, who: nameOf(`guest/${guest}`, present, say) });
  return ordered(entry, say) ?? say("note_line", { by, text: action.replaceAll("_", " ") });
}
