/**
 * The same day for a screen on the wall: large, dark, nothing to press. What there is no room for is counted.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { nextLine } from "../panels/alerts";
import { DayCurve } from "../panels/day-curve";
import { ROOM_TONES, roomFact, VehicleWords } from "../panels/looks";
import { hostLine, placeLine } from "../panels/next-vips";
import { Banners, LiveMark } from "../panels/top";
import { UPSTREAM_TONES, upstreamLine } from "../panels/upstream";
import { Fit } from "../parts/fit";
import { SEVERITY_TONES } from "../parts/told";
import { Mark, Shape, type Tone } from "../parts/mark";
import { useAwake, useShift } from "../parts/screen";
import { Clock, Ticking } from "../parts/time";
import { language, t } from "../state/preferences";
import { go, pathOf } from "../state/route";
import { alerts, devices, now, present, rooms, vehicles, visits, zone } from "../state/store";
import "../styles/pages/wall.css";
import { tell } from "../view/alert-words";
import { sortOut } from "../view/alerts";
import { lateOnes, nextVips } from "../view/arrivals";
import { inTrouble } from "../view/devices";
import { countBy, keyOf } from "../view/guests";
import { roomsToLookAt, vehiclesToLookAt } from "../view/looks";
import { guestName } from "../view/names";
import { clockSeconds, day } from "../view/time";
import type { Alert, Visit } from "../wire/types";
import { wall as words } from "../words/pages/wall";
import { learn } from "../words/speak";

learn(words);

const more = (n: number): string => t.value("wall_more", { n });
const moreGuests = (n: number): string => t.value("wall_more_guests", { n });

export default function WallPage() {
  const shift = useShift();
  useAwake();
  useEffect(() => {
    // Nothing shows how, but whoever came here by mistake gets out again.
    const leave = (event: KeyboardEvent): void => void (event.key === "Escape" && go(pathOf("now")));
    document.addEventListener("keydown", leave);
    return () => document.removeEventListener("keydown", leave);
  }, []);
  return (
    <main id="main" data-page="wall" class="wall" style={{ transform: shift.value }}>
      <h1 class="visually-hidden">{t.value("page_wall")}</h1>
      <Head />
      <Banners controls={false} />
      <div class="wall-grid">
        <Arrivals />
        <Needs />
        <Guests />
        <div class="wall-strip">
          <Rooms />
          <Vehicles />
        </div>
      </div>
    </main>
  );
}

function Head() {
  const say = t.value;
  const shown = present.value;
  if (shown === null) return null;
  const troubled = devices.value.filter(inTrouble).length;
  return (
    <header class="wall-head">
      <p class="wall-site">{shown.site.name || say("product")}</p>
      <p class="wall-conditions">
        <LiveMark />
        <Mark tone={UPSTREAM_TONES[shown.upstream.state]}>{say("condition", { what: say("upstream"), state: upstreamLine(shown.upstream) })}</Mark>
        {devices.value.length > 0 && (
          <Mark tone={troubled > 0 ? "look" : "good"}>
            {troubled > 0 ? say("condition_devices", { n: troubled }) : say("condition_devices_fine", { n: devices.value.length })}
          </Mark>
        )}
      </p>
      <p class="wall-day">{day(now.value, language.value, zone.value)}</p>
      <time class="wall-clock">{clockSeconds(now.value, language.value, zone.value)}</time>
    </header>
  );
}

function Part({ name, title, count, tone = "calm", children }: { name: string; title: string; count?: number; tone?: Tone; children: ComponentChildren }) {
  return (
    <section class={`wall-part wall-${name}`} aria-label={title}>
      <h2>
        {title} {count !== undefined && count > 0 && <b class={`wall-count tone-${tone}`}>{count}</b>}
      </h2>
      {children}
    </section>
  );
}

function Arrivals() {
  const say = t.value;
  const guests = present.value?.guests;
  const [element, height] = useHeight();
  if (guests === undefined) return null;
  const { awaited, waiting } = countBy(visits.value);
  return (
    <Part name="arrivals" title={say("page_arrivals")}>
      {visits.value.length === 0 ? (
        <p class="wall-empty">{say("plan_missing")}</p>
      ) : (
        <>
          <p class="wall-arrived">
            <b>{guests.arrived}</b> <span>{say("arrived_of", { n: guests.expected })}</span>
          </p>
          <ul class="wall-figures">
            <Figure name={say("count_awaited")} value={awaited} />
            <Figure name={say("count_late")} value={guests.late} tone={guests.late > 0 ? "look" : "calm"} />
            <Figure name={say("wall_waiting")} value={waiting} tone={waiting > 0 ? "look" : "calm"} />
            <Figure name={say("count_left")} value={guests.left} />
          </ul>
          <div ref={element} class="wall-curve" inert>
            {height > 0 && <DayCurve key={height} height={height} times={4} />}
          </div>
        </>
      )}
    </Part>
  );
}

function Figure({ name, value, tone = "calm" }: { name: string; value: number; tone?: Tone }) {
  return (
    <li class={`tone-${tone}`}>
      <span>{name}</span>
      <b>{value}</b>
    </li>
  );
}

/** The height that is left for the curve, less the line above it; 0 while there is none. */
function useHeight() {
  const element = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(0);
  useEffect(() => {
    const place = element.current;
    if (place === null) return undefined;
    const size = new ResizeObserver(() => {
      const line = parseFloat(getComputedStyle(document.documentElement).fontSize) * LINE_REM;
      setHeight(Math.max(0, Math.floor(place.clientHeight - line)));
    });
    size.observe(place);
    return () => size.disconnect();
  }, []);
  return [element, height] as const;
}

const LINE_REM = 1.75;

function Needs() {
  const say = t.value;
  const { firing, inHand } = sortOut(alerts.value);
  return (
    <Part name="needs" title={say("alerts")} count={firing.length} tone={firing[0]?.severity === "critical" ? "act" : "look"}>
      {firing.length === 0 ? (
        <div class="wall-empty">
          <p>{say("alerts_none")}</p>
          <p class="quiet">{nextLine()}</p>
        </div>
      ) : (
        <Fit items={firing.map((alert) => <Need key={alert.id} alert={alert} />)} more={more} />
      )}
      {inHand.length > 0 && <p class="wall-note quiet">{say("wall_in_hand", { n: inHand.length })}</p>}
    </Part>
  );
}

function Need({ alert }: { alert: Alert }) {
  const shown = present.value;
  if (shown === null) return null;
  const told = tell(alert, shown, { say: t.value, language: language.value, now: now.value });
  return (
    <li class={`wall-need edge-${SEVERITY_TONES[alert.severity]}`}>
      <p class="wall-title">
        <Shape tone={SEVERITY_TONES[alert.severity]} />
        <span>{told.title}</span>
      </p>
      <p class="wall-under">{told.todo}</p>
    </li>
  );
}

function Guests() {
  const say = t.value;
  const late = lateOnes(visits.value);
  const coming = nextVips(visits.value);
  return (
    <div class="wall-guests">
      {late.length > 0 && (
        <Part name={coming.length > 0 ? "late" : "late wall-late-only"} title={say("count_late")} count={late.length} tone="look">
          <Fit items={late.map((visit) => <Guest key={keyOf(visit)} visit={visit} />)} more={moreGuests} />
        </Part>
      )}
      <Part name={coming.length > 0 || late.length === 0 ? "vips" : "vips wall-vips-none"} title={say("vips_next")}>
        {coming.length === 0 ? (
          <p class="wall-empty quiet">{say("vips_none")}</p>
        ) : (
          <Fit items={coming.map((visit) => <Guest key={keyOf(visit)} visit={visit} />)} more={moreGuests} />
        )}
      </Part>
    </div>
  );
}

function Guest({ visit }: { visit: Visit }) {
  const say = t.value;
  const isLate = visit.state === "late";
  return (
    <li class="wall-guest">
      <span class="wall-when">
        {visit.expected_at !== null && <Clock at={visit.expected_at} />}
        <span class={`under ${isLate ? "tone-look" : "quiet"}`}>
          {visit.expected_at !== null && (
            <Ticking
              at={visit.expected_at}
              put={(age, seconds) => t.value(isLate ? "wall_late" : seconds < 0 ? "due_in" : "due_since", { age })}
            />
          )}
        </span>
      </span>
      <span class="wall-who">
        <span class="under">
          <b>{guestName(visit, say)}</b>
          {visit.tier !== "guest" && isLate && <span class={`tag tag-${visit.tier}`}>{say(`tier_${visit.tier}`)}</span>}{" "}
          <span class="quiet">{placeLine(visit)}</span>
        </span>
        <span class="quiet under">{hostLine(visit)}</span>
      </span>
    </li>
  );
}

function Rooms() {
  const say = t.value;
  const all = rooms.value;
  const some = roomsToLookAt(all);
  const fine = all.length - some.length;
  if (all.length === 0) return null;
  const items = some.map((room) => (
    <li key={room.id} class={`wall-chip ${room.state === "unknown" ? "hatched" : ""}`}>
      <Mark tone={ROOM_TONES[room.state]}>{room.name ?? room.id}</Mark> <span class="quiet">{roomFact(room)}</span>
    </li>
  ));
  const rest = fine > 0 && (
    <li key="" class="wall-chip">
      <Mark tone="good">{some.length === 0 ? say("rooms_fine", { n: fine }) : say("wall_rooms_fine", { n: fine })}</Mark>
    </li>
  );
  return (
    <Part name="rooms" title={say("page_rooms")}>
      <Fit class="wall-chips" items={rest === false ? items : [rest, ...items]} more={more} />
    </Part>
  );
}

function Vehicles() {
  const say = t.value;
  const all = vehicles.value;
  const some = vehiclesToLookAt(all, alerts.value);
  if (all.length === 0) return null;
  const troubled = new Set(some.map((look) => look.vehicle));
  const rest = (["moving", "stationary"] as const).flatMap((state) => {
    const n = all.filter((vehicle) => vehicle.state === state && !troubled.has(vehicle)).length;
    if (n === 0) return [];
    return [
      <li key={state} class="wall-chip">
        <Mark tone={state === "moving" ? "good" : "calm"}>{say(`wall_vehicles_${state}`, { n })}</Mark>
      </li>,
    ];
  });
  const items = some.map((look) => (
    <li key={look.vehicle.id} class={`wall-chip ${look.alert === null ? "hatched" : ""}`}>
      <VehicleWords look={look} />
    </li>
  ));
  return (
    <Part name="vehicles" title={say("page_vehicles")}>
      <Fit class="wall-chips" items={[...rest, ...items]} more={more} />
    </Part>
  );
}
