/**
 * The day in one line: who has come, who is late, and whether upstream, clock and devices can be relied on. Each number
 * leads to its list.
 */
import type { ComponentChildren } from "preact";
import { Mark, type Tone } from "../parts/mark";
import { t } from "../state/preferences";
import { pathOf, type Page } from "../state/route";
import { devices, present, visits } from "../state/store";
import { inTrouble } from "../view/devices";
import { countBy, type Filter } from "../view/guests";
import { UPSTREAM_TONES, upstreamLine } from "./upstream";

export function Summary() {
  const say = t.value;
  const shown = present.value;
  if (shown === null) return null;
  const { expected, arrived, late, left, cancelled } = shown.guests;
  const { awaited } = countBy(visits.value);
  return (
    <section class="summary" aria-label={say("summary")}>
      <a class="summary-arrived" href={guestsOf("here")}>
        <span class="big">
          <b>{arrived}</b> {say("arrived_of", { n: expected })}
        </span>
        <progress max={Math.max(expected, 1)} value={arrived} aria-label={say("arrived_share", { arrived, expected })} />
      </a>
      <ul class="figures">
        <Figure name={say("count_awaited")} value={awaited} filter="awaited" />
        <Figure name={say("count_late")} value={late} filter="late" tone={late > 0 ? "look" : "calm"} />
        <Figure name={say("count_left")} value={left} filter="left" />
        {cancelled > 0 && <Figure name={say("count_cancelled")} value={cancelled} filter="cancelled" />}
      </ul>
      <Conditions />
    </section>
  );
}

export function guestsOf(filter: Filter): string {
  return `${pathOf("arrivals")}?show=${filter}`;
}

function Figure({ name, value, filter, tone = "calm" }: { name: string; value: number; filter: Filter; tone?: Tone }) {
  return (
    <li>
      <a class={`summary-figure tone-${tone}`} href={guestsOf(filter)}>
        <span>{name}</span> <b>{value}</b>
      </a>
    </li>
  );
}

/** What the rest relies on: the platform above, the time, the devices. */
function Conditions() {
  const say = t.value;
  const shown = present.value;
  if (shown === null) return null;
  const { upstream, clock } = shown;
  return (
    <ul class="conditions">
      <Condition page="system" tone={UPSTREAM_TONES[upstream.state]}>
        {say("condition", { what: say("upstream"), state: upstreamLine(upstream) })}
        {upstream.backlog > 0 && <small> {say("upstream_backlog", { n: upstream.backlog })}</small>}
      </Condition>
      <Condition page="system" tone={clock.trusted ? "good" : "look"}>
        {say(clock.trusted ? "clock_trusted" : "clock_not_trusted")} <small>{say(`clock_source_${clock.source}`)}</small>
      </Condition>
      <DevicesCondition />
    </ul>
  );
}

function DevicesCondition() {
  const say = t.value;
  const all = devices.value;
  const n = all.filter(inTrouble).length;
  if (all.length === 0) return null;
  return (
    <Condition page="devices" query={n > 0 ? "?show=trouble" : ""} tone={n > 0 ? "look" : "good"}>
      {n > 0 ? say("condition_devices", { n }) : say("condition_devices_fine", { n: all.length })}
    </Condition>
  );
}

function Condition({ page, query = "", tone, children }: { page: Page; query?: string; tone: Tone; children: ComponentChildren }) {
  return (
    <li class={`condition-${tone}`}>
      <a href={pathOf(page) + query}>
        <Mark tone={tone}>{children}</Mark>
      </a>
    </li>
  );
}
