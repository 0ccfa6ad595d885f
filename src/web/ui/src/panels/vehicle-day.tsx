/**
 * One vehicle's day: a bar of when it drove, stood and was not heard, the same in words, and its alerts.
 */
import { useEffect, useState } from "preact/hooks";
import { Shape } from "../parts/mark";
import { reasonOf } from "../parts/refusal";
import { attendDay, day, zones, type Day } from "../state/fleet";
import { following } from "../state/map-view";
import { language, t } from "../state/preferences";
import { pathOf } from "../state/route";
import { now, present, zone } from "../state/store";
import { tell } from "../view/alert-words";
import { legs, type Leg, type LegKind } from "../view/day";
import { distance } from "../view/guest-words";
import { zoneAt } from "../view/ground";
import { clock, duration, moment } from "../view/time";
import type { Alert, Vehicle } from "../wire/types";

/** The newest are what somebody asks about; the rest is one press away. */
const EVENTS_SHOWN = 8;
const KINDS: readonly LegKind[] = ["moving", "standing", "silent"];

export function VehicleDay({ vehicle }: { vehicle: Vehicle }) {
  const say = t.value;
  useEffect(() => attendDay(vehicle.id), [vehicle.id]);
  const shown = day.value;
  const follows = following.value;
  return (
    <div class="day">
      {vehicle.lat !== null && follows !== null && (
        <p class="day-actions">
          <button type="button" class="chip" aria-pressed={follows} onClick={() => (following.value = !follows)}>
            {say("follow")}
          </button>
        </p>
      )}
      {vehicle.next === null && <p class="quiet">{say("next_none")}</p>}
      {shown === null || shown.vehicle !== vehicle.id ? <p class="quiet">{say("day_loading")}</p> : <Told shown={shown} />}
    </div>
  );
}

function Told({ shown }: { shown: Day }) {
  const say = t.value;
  const found = legs(shown.points, now.value, shown.thinned);
  const fired = shown.alerts.filter((alert) => alert.fired_at !== null);
  return (
    <>
      {shown.refusal !== null && <p class="refusal">{say("day_failed", { reason: reasonOf(shown.refusal) })}</p>}
      {found.length > 0 ? <Bar legs={found} alerts={fired} /> : shown.refusal === null && <p class="quiet">{say("day_empty")}</p>}
      <Events legs={found} alerts={fired} />
    </>
  );
}

function Bar({ legs: found, alerts }: { legs: Leg[]; alerts: Alert[] }) {
  const say = t.value;
  const [from, to] = [found[0]?.from ?? 0, found[found.length - 1]?.to ?? 1];
  const at = (ms: number): string => `${(Math.min(Math.max((ms - from) / (to - from), 0), 1) * 100).toFixed(2)}%`;
  const wide = (leg: Leg): string => `${(((leg.to - leg.from) / (to - from)) * 100).toFixed(2)}%`;
  const said = (ms: number): string => clock(ms, language.value, zone.value);
  const sums = KINDS.map((kind) => ({ kind, ms: found.filter((leg) => leg.kind === kind).reduce((sum, leg) => sum + leg.to - leg.from, 0) }));
  const what = sums.filter(({ ms }) => ms > 0).map(({ kind, ms }) => say(`day_${kind}`, { age: duration(ms / 1000, say) }));
  return (
    <div class="day-line">
      <div class="day-bar" role="img" aria-label={say("day_bar", { from: said(from), to: said(to), what: what.join(say("comma")) })}>
        {found.map((leg) => (
          <span key={leg.from} class={`leg leg-${leg.kind}`} style={{ left: at(leg.from), width: wide(leg) }} title={`${said(leg.from)}–${said(leg.to)} ${words(leg)}`} />
        ))}
        {alerts.map((alert) => (
          <span key={alert.id} class="leg-alert" style={{ left: at(moment(alert.fired_at) ?? from) }}>
            <Shape tone={alert.severity === "critical" ? "act" : alert.severity === "warning" ? "look" : "calm"} />
          </span>
        ))}
      </div>
      <p class="day-ends quiet">
        <span>{said(from)}</span>
        <span>{said(to)}</span>
      </p>
      <p class="day-sums quiet">
        {sums.map(({ kind, ms }) => ms > 0 && (
          <span key={kind} class="day-sum">
            <span class={`swatch leg-${kind}`} aria-hidden="true" />
            {say(`day_${kind}`, { age: duration(ms / 1000, say) })}
          </span>
        ))}
      </p>
    </div>
  );
}

type Event = { at: number; leg: Leg; alert?: never } | { at: number; alert: Alert; leg?: never };

function Events({ legs: found, alerts }: { legs: Leg[]; alerts: Alert[] }) {
  const say = t.value;
  const [all, setAll] = useState(false);
  const events: Event[] = [
    ...found.map((leg) => ({ at: leg.from, leg })),
    ...alerts.map((alert) => ({ at: moment(alert.fired_at) ?? 0, alert })),
  ].sort((a, b) => b.at - a.at);
  if (events.length === 0) return null;
  return (
    <>
      <ol class="day-events" aria-label={say("day_events")}>
        {events.slice(0, all ? events.length : EVENTS_SHOWN).map((event) => (
          <li key={event.leg === undefined ? event.alert.id : `leg-${event.at}`} class="day-event">
            <span class="day-when">{span(event)}</span>
            {event.leg === undefined ? <AlertLine alert={event.alert} /> : <LegLine leg={event.leg} />}
          </li>
        ))}
      </ol>
      {!all && events.length > EVENTS_SHOWN && (
        <button type="button" class="button button-plain" onClick={() => setAll(true)}>
          {say("day_all", { n: events.length })}
        </button>
      )}
    </>
  );
}

function span({ at, leg }: Event): string {
  const said = (ms: number): string => clock(ms, language.value, zone.value);
  return leg === undefined || said(leg.to) === said(at) ? said(at) : `${said(at)}–${said(leg.to)}`;
}

function LegLine({ leg }: { leg: Leg }) {
  return (
    <span>
      <span class={`swatch leg-${leg.kind}`} aria-hidden="true" />
      {words(leg)}
    </span>
  );
}

function words(leg: Leg): string {
  const say = t.value;
  const age = duration((leg.to - leg.from) / 1000, say);
  if (leg.kind === "silent") return say("leg_silent", { age });
  if (leg.kind === "moving") return say("leg_moving", { age, far: distance(leg.metres, say) });
  const inside = zoneAt(zones.value ?? [], leg);
  return inside === null ? say("leg_standing", { age }) : say("leg_standing_in", { age, zone: inside.name });
}

function AlertLine({ alert }: { alert: Alert }) {
  const say = t.value;
  const shown = present.value;
  if (shown === null) return null;
  const { title } = tell(alert, shown, { say, language: language.value, now: moment(alert.resolved_at) ?? now.value });
  return (
    <span>
      <Shape tone={alert.severity === "critical" ? "act" : alert.severity === "warning" ? "look" : "calm"} />{" "}
      <a href={pathOf("alerts", alert.id)}>{title}</a>
    </span>
  );
}
