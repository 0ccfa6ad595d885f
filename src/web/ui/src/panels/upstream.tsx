/**
 * The system above: reached or not, how much waits, and what it means for the people here.
 */
import { Mark, type Tone } from "../parts/mark";
import { Panel } from "../parts/panel";
import { language, t } from "../state/preferences";
import { present, zone } from "../state/store";
import { clock, moment } from "../view/time";
import type { Upstream, UpstreamState } from "../wire/types";

export const UPSTREAM_TONES: Readonly<Record<UpstreamState, Tone>> = {
  off: "calm",
  connected: "good",
  offline: "look",
  catching_up: "look",
  refused: "act",
};

export function UpstreamPanel() {
  const say = t.value;
  const upstream = present.value?.upstream;
  if (upstream === undefined) return null;
  return (
    <Panel id="upstream" title={say("upstream")}>
      <div class="upstream">
        <Mark tone={UPSTREAM_TONES[upstream.state]}>{upstreamLine(upstream)}</Mark>
        {upstream.state !== "off" && (
          <span>{upstream.backlog === 0 ? say("upstream_nothing_waits") : say("upstream_backlog", { n: upstream.backlog })}</span>
        )}
        <p class="quiet">{hint(upstream)}</p>
        {upstream.reason !== null && <p>{say("upstream_reason", { reason: upstream.reason })}</p>}
      </div>
    </Panel>
  );
}

export function upstreamLine(upstream: Upstream): string {
  const since = moment(upstream.since);
  if (upstream.state === "offline" && since !== null) {
    return t.value("upstream_offline_since", { time: clock(since, language.value, zone.value) });
  }
  return t.value(`upstream_${upstream.state}`);
}

function hint(upstream: Upstream): string {
  const say = t.value;
  switch (upstream.state) {
    case "off":
      return say("upstream_off_hint");
    case "connected":
      return upstream.acknowledged_seq === null ? "" : say("upstream_connected_hint", { seq: upstream.acknowledged_seq });
    case "offline":
      return say("upstream_offline_hint");
    case "catching_up":
      return say("upstream_catching_up_hint");
    case "refused":
      return say("upstream_refused_hint");
  }
}
