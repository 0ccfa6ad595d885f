/**
 * The day in one line: who has come, who is late, and whether upstream and clock can be relied on.
 */
import { Mark, type Tone } from "../parts/mark";
import { t } from "../state/preferences";
import { present, visits } from "../state/store";
import { countBy } from "../view/guests";
import { UPSTREAM_TONES, upstreamLine } from "./upstream";

export function Summary() {
  const say = t.value;
  const shown = present.value;
  if (shown === null) return null;
  const { expected, arrived, late, left, cancelled } = shown.guests;
  const { awaited } = countBy(visits.value);
  return (
    <section class="summary" aria-label={say("summary")}>
      <div class="summary-arrived">
        <p class="big">
          <b>{arrived}</b> <span>{say("arrived_of", { n: expected })}</span>
        </p>
        <progress max={Math.max(expected, 1)} value={arrived} aria-label={say("arrived_share", { arrived, expected })} />
      </div>
      <dl class="figures">
        <Figure name={say("count_awaited")} value={awaited} />
        <Figure name={say("count_late")} value={late} tone={late > 0 ? "look" : "calm"} />
        <Figure name={say("count_left")} value={left} />
        <Figure name={say("count_cancelled")} value={cancelled} />
      </dl>
      <dl class="conditions">
        <div>
          <dt>{say("upstream")}</dt>
          <dd>
            <Mark tone={UPSTREAM_TONES[shown.upstream.state]}>{upstreamLine(shown.upstream)}</Mark>
            {shown.upstream.backlog > 0 && <span class="quiet under">{say("upstream_backlog", { n: shown.upstream.backlog })}</span>}
          </dd>
        </div>
        <div>
          <dt>{say("clock")}</dt>
          <dd>
            <Mark tone={shown.clock.trusted ? "good" : "look"}>{say(shown.clock.trusted ? "clock_trusted" : "clock_not_trusted")}</Mark>
            <span class="quiet under">{say(`clock_source_${shown.clock.source}`)}</span>
          </dd>
        </div>
      </dl>
    </section>
  );
}

function Figure({ name, value, tone = "calm" }: { name: string; value: number; tone?: Tone }) {
  return (
    <div class={`summary-figure tone-${tone}`}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
