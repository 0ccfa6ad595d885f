/**
 * The plan that holds: how much is in it, and the lists that no other page shows.
 */
import type { ComponentChildren } from "preact";
import { pathOf } from "../../state/route";
import { Clock } from "../../parts/time";
import { Panel } from "../../parts/panel";
import { t } from "../../state/preferences";
import { present } from "../../state/store";
import { nameOf } from "../../view/names";
import type { Booking, Held, Post, Trip } from "../../wire/plan";
import { PlanColumns } from "./how";

export function PlanHeld({ held: { plan, entry } }: { held: Held }) {
  const say = t.value;
  const counts: readonly (readonly [list: string, n: number, href: string | null])[] = [
    [say("plan_list_visits"), plan.visits.length, pathOf("arrivals") + "?show=all"],
    [say("plan_list_vehicles"), plan.vehicles, pathOf("vehicles")],
    [say("plan_list_trips"), plan.trips.length, null],
    [say("plan_list_rooms"), plan.rooms, pathOf("rooms")],
    [say("plan_list_bookings"), plan.bookings.length, null],
    [say("plan_list_posts"), plan.posts.length, null],
    [say("plan_list_zones"), plan.zones.features.length, pathOf("vehicles")],
  ];
  const aside = entry === null ? undefined : <span class="quiet">{say("plan_entry", { n: entry })}</span>;
  return (
    <Panel id="plan-held" title={say("plan_holds")} aside={aside}>
      <dl class="plan-counts">
        {counts.map(([list, n, href]) => (
          <div key={list}>
            <dt>{list}</dt>
            <dd>{href === null || n === 0 ? n : <a href={href}>{n}</a>}</dd>
          </div>
        ))}
      </dl>
      <Trips trips={plan.trips} />
      <Bookings bookings={plan.bookings} />
      <Posts posts={plan.posts} />
      <details class="group plan-list">
        <summary>{say("plan_columns")}</summary>
        <PlanColumns />
      </details>
    </Panel>
  );
}

function called(subject: string): string {
  const shown = present.value;
  return shown === null ? subject : nameOf(subject, shown, t.value);
}

/** One list of the plan, folded; nothing where it is empty. */
function Fold({ title, n, children }: { title: string; n: number; children: ComponentChildren }) {
  if (n === 0) return null;
  return (
    <details class="group plan-list">
      <summary>
        {title} <b class="count count-quiet">{n}</b>
      </summary>
      <ul class="rows">{children}</ul>
    </details>
  );
}

function Trips({ trips }: { trips: readonly Trip[] }) {
  const say = t.value;
  const sorted = [...trips].sort((a, b) => (a.pickup_at ?? "").localeCompare(b.pickup_at ?? ""));
  return (
    <Fold title={t.value("plan_list_trips")} n={trips.length}>
        {sorted.map((trip) => (
          <li key={trip.id} class="row">
            <div class="row-main">
              <a class="row-name" href={pathOf("vehicles", trip.vehicle)}>
                {called(`vehicle/${trip.vehicle}`)}
              </a>
              <span class="quiet under">{[trip.from, trip.to].filter(Boolean).join(" → ")}</span>
              <span class="under">{trip.guests.map((code) => called(`guest/${code}`)).join(say("item_comma"))}</span>
            </div>
            <div class="row-state">
              {trip.pickup_at !== undefined && (
                <>
                  <span class="quiet">{say("plan_pickup")}</span> <Clock at={trip.pickup_at} />
                </>
              )}
              <span class="quiet under">{trip.id}</span>
            </div>
          </li>
        ))}
    </Fold>
  );
}

function Bookings({ bookings }: { bookings: readonly Booking[] }) {
  return (
    <Fold title={t.value("plan_list_bookings")} n={bookings.length}>
        {bookings.map(({ room, from, to }) => (
          <li key={`${room} ${from}`} class="row">
            <a class="row-main row-name" href={pathOf("rooms", room)}>
              {called(`room/${room}`)}
            </a>
            <span>
              <Clock at={from} /> – <Clock at={to} />
            </span>
          </li>
        ))}
    </Fold>
  );
}

function Posts({ posts }: { posts: readonly Post[] }) {
  return (
    <Fold title={t.value("plan_list_posts")} n={posts.length}>
        {posts.map(({ id, staff, place, from, to }) => (
          <li key={id} class="row">
            <div class="row-main">
              <span class="row-name">{id}</span>
              <span class="quiet under">{[place, staff === undefined ? null : called(`guest/${staff}`)].filter(Boolean).join(" · ")}</span>
            </div>
            <span>
              <Clock at={from} /> – <Clock at={to} />
            </span>
          </li>
        ))}
    </Fold>
  );
}
