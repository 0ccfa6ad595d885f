/**
 * What people call a thing: a subject or device id becomes its name in the plan, or a word and the id.
 */
import type { Speak } from "../words/speak";
import type { Present } from "../state/apply";
import type { Visit } from "../wire/types";

export function nameOf(subject: string, present: Present, say: Speak): string {
  const cut = subject.indexOf("/");
  const kind = cut < 0 ? subject : subject.slice(0, cut);
  const id = cut < 0 ? subject : subject.slice(cut + 1);
  switch (kind) {
    case "guest":
      return present.visits.find((visit) => visit.code === id)?.name ?? say("guest_coded", { code: id });
    case "vehicle":
      return vehicleName(id, present, say);
    case "room":
      return roomName(id, present, say);
    case "kiosk":
      return say("kind_kiosk", { id });
    case "sensor":
      return say("kind_sensor", { id });
    case "gateway":
      return say("kind_gateway");
    default:
      return subject;
  }
}

export function vehicleName(id: string, present: Present, say: Speak): string {
  return present.vehicles.find((vehicle) => vehicle.id === id)?.name ?? say("kind_vehicle", { id });
}

export function roomName(id: string, present: Present, say: Speak): string {
  // A sensor stands in its room: `room/lobby/sensor/lobby-1`.
  const [room = id, word, sensor] = id.split("/");
  if (word === "sensor" && sensor !== undefined) return say("kind_sensor", { id: sensor });
  return present.rooms.find((one) => one.id === room)?.name ?? say("kind_room", { id: room });
}

/** Where somebody is expected: a room by its name, any other place as the plan writes it. */
export function placeName(place: string, present: Present): string {
  return present.rooms.find((room) => room.id === place)?.name ?? place;
}

/** A guest whose name was erased, or that the plan does not tell, is called by the code. */
export function guestName(visit: Visit, say: Speak): string {
  return visit.name ?? say("guest_coded", { code: visit.code });
}
