/**
 * One room: how it stands, what it is used for, which alerts there are, and how it was over hours or days.
 */
import { computed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { entered } from "../parts/back";
import { Mark } from "../parts/mark";
import { PageHead } from "../parts/page";
import { Empty } from "../parts/panel";
import { language, t } from "../state/preferences";
import { choose, param, pathOf } from "../state/route";
import { keepRoom, knownUntil } from "../state/room-histories";
import { now, rooms, zone } from "../state/store";
import { dayAfter, dayOf } from "../view/axis";
import { useOf } from "../view/room-words";
import { SPANS, stretchOf, type Stretched } from "../view/room-day";
import type { Room } from "../wire/types";
import { RoomCharts } from "./room-charts";
import { RoomAlerts, RoomBooking, RoomSensors } from "./room-facts";
import { ROOM_TONES } from "./room-tile";

const span = param("span", "day");
const day = param("day");

/** What is shown, from the address: another one only when its step is over, not at each second. */
const told = computed(() => JSON.stringify(stretchOf(span.value, day.value, knownUntil.value / 1000, zone.value)));
const shown = computed(() => JSON.parse(told.value) as Stretched);

export function RoomPage({ id }: { id: string }) {
  useEffect(() => entered(id), [id]);
  const room = rooms.value.find((one) => one.id === id);
  return room === undefined ? <Nowhere id={id} /> : <Known room={room} />;
}

function Nowhere({ id }: { id: string }) {
  const say = t.value;
  return (
    <>
      <PageHead title={id} />
      <Empty title={say("room_none", { id })} hint={say("room_none_hint")}>
        <p class="empty-actions">
          <a class="button" href={pathOf("rooms")}>
            {say("room_back")}
          </a>
        </p>
      </Empty>
    </>
  );
}

function Known({ room }: { room: Room }) {
  const say = t.value;
  const stretch = shown.value;
  useEffect(() => keepRoom(room.id, () => shown.peek()), [room.id, span.value, day.value, zone.value]);
  const use = useOf(room, { say, language: language.value, now: now.peek(), zone: zone.value });
  const facts = [use, room.capacity === null ? null : say("room_capacity", { n: room.capacity })].filter((fact) => fact !== null);
  return (
    <div class="room">
      <nav class="room-back">
        <a href={pathOf("rooms")}>‹ {say("room_back")}</a>
      </nav>
      <PageHead title={room.name ?? room.id}>
        <Mark tone={ROOM_TONES[room.state]}>{say(`room_${room.state}`)}</Mark>
        {facts.length > 0 && <span class="quiet">{facts.join(" · ")}</span>}
        <When stretch={stretch} />
      </PageHead>
      <div class="room-parts">
        <RoomAlerts room={room} stretch={stretch} />
        <RoomCharts room={room} stretch={stretch} />
        <div class="room-aside">
          <RoomBooking room={room} />
          <RoomSensors room={room} />
        </div>
      </div>
    </div>
  );
}

function When({ stretch }: { stretch: Stretched }) {
  const say = t.value;
  const today = dayOf(now.peek() / 1000, zone.value);
  const go = (to: string): void => choose({ day: to >= today ? null : to, ...(to >= today || stretch.span === "week" ? {} : { span: null }) });
  return (
    <div class="room-when">
      <div class="room-choices" role="group" aria-label={say("room_span")}>
        {SPANS.map((one) => (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={stretch.span === one}
            // Hours are those before the present: they have no other day.
            onClick={() => choose({ span: one === "day" ? null : one, ...(one === "1h" || one === "6h" ? { day: null } : {}) })}
          >
            {say(`room_span_${one}`)}
          </button>
        ))}
      </div>
      <div class="room-days" role="group" aria-label={say("room_day")}>
        <button type="button" class="button" aria-label={say("room_day_before")} title={say("room_day_before")} onClick={() => go(dayAfter(stretch.day, -1))}>
          ‹
        </button>
        <input
          type="date"
          class="search"
          aria-label={say("room_day")}
          max={today}
          value={stretch.day}
          onChange={(event) => event.currentTarget.value !== "" && go(event.currentTarget.value)}
        />
        <button
          type="button"
          class="button"
          aria-label={say("room_day_after")}
          title={say("room_day_after")}
          disabled={stretch.day >= today}
          onClick={() => go(dayAfter(stretch.day, 1))}
        >
          ›
        </button>
        {stretch.day < today && (
          <button type="button" class="button" onClick={() => go(today)}>
            {say("room_today")}
          </button>
        )}
      </div>
    </div>
  );
}
