/**
 * A tile for each room. A room without data is hatched and says since when: never the look of a room that is well.
 */
import { useGlow } from "../parts/glow";
import { Mark, type Tone } from "../parts/mark";
import { PageHead } from "../parts/page";
import { Empty } from "../parts/panel";
import { Ago } from "../parts/time";
import { language, t } from "../state/preferences";
import { alerts, rooms, zone } from "../state/store";
import { metricName, metricNumber, metricUnit, metricValue } from "../view/metrics";
import { measured, type Measured } from "../view/rooms";
import { clock, moment } from "../view/time";
import type { Room, RoomState } from "../wire/types";
import { rooms as words } from "../words/pages/rooms";
import { learn } from "../words/speak";

learn(words);

const TONES: Readonly<Record<RoomState, Tone>> = { ok: "good", breach: "look", alert: "act", unknown: "unknown" };

export default function RoomsPage() {
  const say = t.value;
  const all = rooms.value;
  return (
    <>
      <PageHead title={say("page_rooms")} />
      {all.length === 0 ? (
        <Empty title={say("rooms_none")} hint={say("rooms_none_hint")} />
      ) : (
        <ul class="tiles">
          {all.map((room) => (
            <Tile key={room.id} room={room} />
          ))}
        </ul>
      )}
    </>
  );
}

function Tile({ room }: { room: Room }) {
  const say = t.value;
  const glow = useGlow(room.state);
  const { main, more } = measured(room, alerts.value);
  const unknown = room.state === "unknown";
  return (
    <li class={`tile edge-${TONES[room.state]} ${unknown ? "hatched" : ""} ${glow}`}>
      <div class="tile-head">
        <h3>{room.name ?? room.id}</h3>
        <Mark tone={TONES[room.state]}>{say(`room_${room.state}`)}</Mark>
      </div>
      {unknown ? (
        <p class="tile-unknown">{noDataLine(room)}</p>
      ) : (
        <>
          <dl class="measures">
            {main.map((one) => (
              <Measure key={one.metric} one={one} room={room} />
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
}

function Measure({ one, room }: { one: Measured; room: Room }) {
  const say = t.value;
  const unit = one.metric === "occupancy" && room.capacity !== null ? say("occupancy_of", { capacity: room.capacity }) : metricUnit(one.metric);
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
    </div>
  );
}

function noDataLine(room: Room): string {
  const at = moment(room.reading_at);
  const say = t.value;
  return at === null
    ? say("room_no_data_ever")
    : say("room_no_data_since", { time: clock(at, language.value, zone.value) });
}
