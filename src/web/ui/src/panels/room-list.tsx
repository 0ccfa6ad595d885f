/**
 * All rooms: which are shown, in which order, and a tile for each. Nothing changes its place under a reader.
 */
import { useEffect, useRef } from "preact/hooks";
import { returned } from "../parts/back";
import { PageHead } from "../parts/page";
import { Empty } from "../parts/panel";
import { useReading } from "../parts/reading";
import { useStill } from "../parts/still";
import { t } from "../state/preferences";
import { keepHours } from "../state/room-histories";
import { choose, param } from "../state/route";
import { rooms } from "../state/store";
import { arrangeRooms, countRooms, isNamed, isShown, SHOWN, type Shown } from "../view/rooms";
import type { Room } from "../wire/types";
import { RoomTile } from "./room-tile";

const query = param("q");
const show = param("show", "all");
const order = param("order");

export function RoomList() {
  const say = t.value;
  useEffect(() => keepHours(), []);
  useEffect(() => returned((id) => document.querySelector<HTMLElement>(`[data-room="${CSS.escape(id)}"]`)), []);
  return (
    <>
      <PageHead title={say("page_rooms")}>{rooms.value.length > 0 && <Choices />}</PageHead>
      {rooms.value.length === 0 ? <Empty title={say("rooms_none")} hint={say("rooms_none_hint")} /> : <Tiles />}
    </>
  );
}

function shownNow(): Shown {
  return SHOWN.find((one) => one === show.value) ?? "all";
}

function Choices() {
  const say = t.value;
  const counts = countRooms(rooms.value);
  const isWorstFirst = order.value === "worst";
  return (
    <>
      <div class="room-choices" role="group" aria-label={say("rooms_filter")}>
        {SHOWN.map((one) => (
          <button key={one} type="button" class="chip" aria-pressed={shownNow() === one} onClick={() => choose({ show: one === "all" ? null : one })}>
            {say(`rooms_shown_${one}`)} <b>{counts[one]}</b>
          </button>
        ))}
      </div>
      <button type="button" class="chip room-order" aria-pressed={isWorstFirst} onClick={() => choose({ order: isWorstFirst ? null : "worst" })}>
        {say("rooms_worst_first")}
      </button>
      <input
        type="search"
        class="search room-search"
        placeholder={say("rooms_search")}
        aria-label={say("rooms_search")}
        autocomplete="off"
        spellcheck={false}
        value={query.value}
        onInput={(event) => choose({ q: event.currentTarget.value })}
        onKeyDown={(event) => event.key === "Escape" && choose({ q: null })}
      />
    </>
  );
}

function Tiles() {
  const [element, reading] = useReading<HTMLDivElement>();
  const tile = useStill<Room>((room) => <RoomTile key={room.id} room={room} />);
  const held = useRef<{ key: string; ids: string[] }>({ key: "", ids: [] });
  // Another choice is the reader's own: then everything takes its right place at once.
  const key = `${shownNow()} ${query.value} ${order.value}`;
  const hold = reading.value && held.current.key === key ? held.current.ids : null;
  const found = rooms.value.filter((room) => (isShown(room, shownNow()) || hold?.includes(room.id) === true) && isNamed(room, query.value));
  const shown = arrangeRooms(found, order.value === "worst", hold);
  held.current = { key, ids: shown.map((room) => room.id) };
  return (
    <div ref={element}>
      {shown.length === 0 && <None />}
      <ul class="tiles">{shown.map(tile)}</ul>
    </div>
  );
}

function None() {
  const say = t.value;
  const shown = shownNow();
  const title = query.value.trim() !== "" ? say("rooms_none_found", { query: query.value }) : say(shown === "unknown" ? "rooms_none_unknown" : "rooms_none_look");
  return (
    <Empty title={title}>
      <p class="empty-actions">
        <button type="button" class="button" onClick={() => choose({ q: null, show: null })}>
          {say("rooms_show_all")}
        </button>
      </p>
    </Empty>
  );
}
