/**
 * One room at a glance: what it is used for, its four quantities with their limits and their last hour. A room without
 * data is hatched and says since when: never the look of a room that is well.
 */
import { computed, useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useGlow } from "../parts/glow";
import { Mark, type Tone } from "../parts/mark";
import { Sparkline } from "../parts/sparkline";
import { Ago } from "../parts/time";
import { language, t } from "../state/preferences";
import { HOUR_S, knownUntil, lastHours } from "../state/room-histories";
import { pathOf } from "../state/route";
import { alerts, now, zone } from "../state/store";
import { LEAST, metricName, metricNumber, metricUnit, metricValue } from "../view/metrics";
import { useOf } from "../view/room-words";
import { limitsShort, measured, type Measured } from "../view/rooms";
import { bridged, type Value } from "../view/series";
import { cut, type Slots } from "../view/slots";
import { clock, moment } from "../view/time";
import type { Alert, Room, RoomState } from "../wire/types";

export const ROOM_TONES: Readonly<Record<RoomState, Tone>> = { ok: "good", breach: "look", alert: "act", unknown: "unknown" };

/** The hour moves by its minutes: between two of them a tile of which nothing new was heard is not drawn again. */
const minute = computed(() => Math.floor(knownUntil.value / 60_000));

/** Drawn anew only when something of this room has changed: there may be sixty, and readings every second. */
export function RoomTile({ room }: { room: Room }) {
  const say = t.value;
  const glow = useGlow(room.state);
  const tone = ROOM_TONES[room.state];
  const isUnknown = room.state === "unknown";
  const slots = useComputed(() => lastHours.value?.rooms.get(room.id)).value;
  const told = useComputed(() => JSON.stringify(alerts.value.filter((alert) => alert.subject === `room/${room.id}`))).value;
  const at = minute.value;
  return useMemo(() => {
    const { main, more } = measured(room, JSON.parse(told) as Alert[]);
    const use = useOf(room, { say, language: language.value, now: now.peek(), zone: zone.value });
    return (
      <li class={`tile room-tile edge-${tone} ${isUnknown ? "hatched" : ""} ${glow}`}>
        <div class="tile-head">
          <h2>
            <a href={pathOf("rooms", room.id)} data-room={room.id}>{room.name ?? room.id}</a>
          </h2>
          <Mark tone={tone}>{say(`room_${room.state}`)}</Mark>
        </div>
        {/* Its place stays, so that the quantities of all tiles stand in rows. */}
        {room.booking !== undefined && <p class="quiet room-use">{use}</p>}
        {isUnknown ? (
          <p class="tile-unknown">{noDataLine(room)}</p>
        ) : (
          <>
            <dl class="measures">
              {main.map((one) => (
                <Measure key={one.metric} one={one} room={room} slots={slots} at={at} />
              ))}
            </dl>
            <p class="quiet tile-foot">
              {room.reading_at !== null && <Ago at={room.reading_at} />}
              {more.map((one) => ` · ${metricName(one.metric, say)} ${metricValue(one.metric, one.value ?? 0)}`)}
            </p>
          </>
        )}
      </li>
    );
  }, [room, told, slots, at, glow, say, zone.value]);
}

interface MeasureProps {
  one: Measured;
  room: Room;
  slots: Slots | undefined;
  /** Minutes since 1970. */
  at: number;
}

function Measure({ one, room, slots, at }: MeasureProps) {
  const say = t.value;
  const isCounted = one.metric === "occupancy" && room.capacity !== null;
  const unit = isCounted ? say("occupancy_of", { capacity: room.capacity ?? 0 }) : metricUnit(one.metric);
  // The capacity stands beside the count already, and nobody asks for the limit of what is not measured.
  const isSaid = one.value === null || (isCounted && one.limits.high === room.capacity);
  const limits = isSaid ? "" : limitsShort(one.metric, one.limits);
  const values = hourOf(slots, one.metric, at);
  return (
    <div class={`measure off-${one.off}`}>
      <dt>{metricName(one.metric, say)}</dt>
      <dd>
        {one.value === null ? (
          <>
            <span aria-hidden="true">–</span>
            <span class="visually-hidden">{say("metric_absent")}</span>
          </>
        ) : (
          <>
            {metricNumber(one.metric, one.value)} <small>{unit}</small>
          </>
        )}
      </dd>
      <dd class="measure-hour">
        {values !== null && (
          <Sparkline
            values={values}
            quantity={one.metric}
            limits={[one.limits.low, one.limits.high].filter((limit) => limit !== undefined)}
            least={LEAST[one.metric] ?? 1}
          />
        )}
      </dd>
      <dd class="measure-limits quiet">{limits !== "" && <span title={say("room_limit", { limit: limits })}>{limits}</span>}</dd>
    </div>
  );
}

/** Null where nothing was measured at all. */
function hourOf(slots: Slots | undefined, metric: string, at: number): Value[] | null {
  const column = slots?.columns[metric];
  if (slots === undefined || column === undefined) return null;
  const to = (at + 1) * 60;
  const values = cut(slots, column.mean, to - HOUR_S, to);
  return values.some((value) => value !== null) ? bridged(values) : null;
}

function noDataLine(room: Room): string {
  const at = moment(room.reading_at);
  const say = t.value;
  return at === null ? say("room_no_data_ever") : say("room_no_data_since", { time: clock(at, language.value, zone.value) });
}
