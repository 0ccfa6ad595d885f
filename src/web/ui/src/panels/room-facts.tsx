/**
 * What stands beside a room's charts: its alerts with the way to each, its booking, its sensors.
 */
import { Mark, Shape, type Tone } from "../parts/mark";
import { Panel } from "../parts/panel";
import { Ago } from "../parts/time";
import { language, t } from "../state/preferences";
import { keyOf, told } from "../state/room-histories";
import { pathOf } from "../state/route";
import { alerts, devices, now, present, zone } from "../state/store";
import { resolutionWord, tell } from "../view/alert-words";
import { began, bySeverityThenAge } from "../view/alerts";
import { chartStamp } from "../view/chart-time";
import { byTrouble, telling } from "../view/devices";
import { bookingAge } from "../view/room-words";
import type { Stretched } from "../view/room-day";
import { isInRoom } from "../view/rooms";
import { clock, moment } from "../view/time";
import type { Alert, DeviceState, Room, Severity } from "../wire/types";

const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = { critical: "act", warning: "look", info: "calm" };
const DEVICE_TONES: Readonly<Record<DeviceState, Tone>> = { online: "good", offline: "unknown", silent: "unknown", unknown: "unknown", no_fix: "unknown" };

export function RoomAlerts({ room, stretch }: { room: Room; stretch: Stretched }) {
  const say = t.value;
  const open = alerts.value.filter((alert) => isInRoom(alert, room.id)).sort(bySeverityThenAge);
  const known = told.value?.key === keyOf(room.id, stretch) ? told.value.alerts : [];
  const past = known.filter((alert) => !open.some((one) => one.id === alert.id) && endsAfter(alert, stretch.from));
  const span = stretch.to - stretch.from;
  const none = <span class="quiet">{say(past.length === 0 ? "room_alerts_none" : "room_alerts_none_open")}</span>;
  return (
    <Panel id="room-alerts" title={say("room_alerts")} aside={open.length > 0 ? <b class="count count-quiet">{open.length}</b> : none}>
      <Rows alerts={open} span={span} />
      {past.length > 0 && (
        <details class="group room-past">
          <summary>
            {say("room_alerts_past")} <b class="count count-quiet">{past.length}</b>
          </summary>
          <Rows alerts={past} span={span} />
        </details>
      )}
    </Panel>
  );
}

function Rows({ alerts: some, span }: { alerts: readonly Alert[]; span: number }) {
  if (some.length === 0) return null;
  return (
    <ul class="room-rows">
      {some.map((alert) => (
        <AlertRow key={alert.id} alert={alert} span={span} />
      ))}
    </ul>
  );
}

function endsAfter(alert: Alert, from: number): boolean {
  const end = moment(alert.resolved_at);
  return end !== null && end / 1000 > from;
}

function AlertRow({ alert, span }: { alert: Alert; span: number }) {
  const say = t.value;
  const shown = present.value;
  if (shown === null) return null;
  const isOver = alert.state === "resolved";
  const { title } = tell(alert, shown, { say, language: language.value, now: isOver ? (moment(alert.resolved_at) ?? now.peek()) : now.value });
  const stamp = (at: string): string => chartStamp((moment(at) ?? now.peek()) / 1000, span, language.value, zone.value);
  const from = stamp(began(alert));
  return (
    <li class="room-row">
      <Shape tone={isOver ? "calm" : SEVERITY_TONES[alert.severity]} />
      <div>
        <a href={pathOf("alerts", alert.id)}>{title}</a>
        <p class="quiet">
          {isOver && alert.resolved_at !== null
            ? `${say("room_alert_from_to", { from, to: stamp(alert.resolved_at) })} · ${resolutionWord(alert.resolution, say)}`
            : `${say(`state_${alert.state}`)} · ${say("open_since", { time: from })}`}
        </p>
      </div>
    </li>
  );
}

export function RoomBooking({ room }: { room: Room }) {
  const say = t.value;
  // A gateway that tells no bookings is not one without bookings.
  if (room.booking === undefined) return null;
  const { booking } = room;
  const ends = booking === null ? null : [moment(booking.from), moment(booking.to)].map((at) => clock(at ?? now.peek(), language.value, zone.value));
  return (
    <Panel id="room-booking" title={say("room_booking")}>
      {booking === null || ends === null ? (
        <p class="room-none quiet">{say("room_booking_none")}</p>
      ) : (
        <ul class="room-rows">
          <li class="room-row">
            <div>
              <p>{booking.title ?? say("room_booking_untitled")}</p>
              <p class="quiet">
                {say("room_alert_from_to", { from: ends[0] ?? "", to: ends[1] ?? "" })}
                {" · "}
                {bookingAge(booking, { say, language: language.value, now: now.value, zone: zone.value })}
              </p>
            </div>
          </li>
        </ul>
      )}
    </Panel>
  );
}

export function RoomSensors({ room }: { room: Room }) {
  const say = t.value;
  const own = devices.value.filter((device) => device.id.startsWith(`sensor/${room.id}/`)).sort(byTrouble);
  return (
    <Panel id="room-sensors" title={say("room_sensors")}>
      {own.length === 0 ? (
        <p class="room-none quiet">{say("room_sensors_none")}</p>
      ) : (
        <ul class="room-rows">
          {own.map((device) => (
            <li key={device.id} class="room-row">
              <div class="room-row-main">
                <a href={pathOf("devices", device.id)}>{device.id.slice(`sensor/${room.id}/`.length)}</a>
                <p class="quiet">
                  {device.heard_at === null ? say("never_heard") : <Ago at={device.heard_at} />}
                  {" · "}
                  {say("device_received", { n: device.received })}
                  {device.rejected > 0 && ` · ${say("device_rejected", { n: device.rejected })}`}
                  {telling(device) !== null && ` · ${telling(device)}`}
                </p>
              </div>
              <Mark tone={DEVICE_TONES[device.state]}>{say(`device_${device.state}`)}</Mark>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
