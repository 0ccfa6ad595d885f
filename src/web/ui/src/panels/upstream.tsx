/**
 * The system above: reached or not, since when, how much waits, how fast it catches up, what it refused for good, and
 * what all that means for the people here.
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Mark, type Tone } from "../parts/mark";
import { Panel } from "../parts/panel";
import { language, t } from "../state/preferences";
import { present, zone } from "../state/store";
import { clock, duration, moment } from "../view/time";
import * as api from "../wire/api";
import type { Parked, Upstream, UpstreamState } from "../wire/types";

export const UPSTREAM_TONES: Readonly<Record<UpstreamState, Tone>> = {
  off: "calm",
  connected: "good",
  offline: "look",
  catching_up: "look",
  refused: "act",
};

/** As last asked for; null while it is not known. */
const listed = signal<readonly Parked[] | null>(null);

export function UpstreamPanel() {
  const say = t.value;
  const upstream = present.value?.upstream;
  const parked = upstream?.parked ?? 0;
  useEffect(() => {
    if (parked > 0) void askParked();
  }, [parked]);
  if (upstream === undefined) return null;
  return (
    <Panel id="upstream" title={say("upstream")}>
      <div class="upstream">
        <Mark tone={UPSTREAM_TONES[upstream.state]}>{upstreamLine(upstream)}</Mark>
        {upstream.state !== "off" && (
          <span>{upstream.backlog === 0 ? say("upstream_nothing_waits") : say("upstream_backlog", { n: upstream.backlog })}</span>
        )}
        {pace(upstream) !== null && <span>{pace(upstream)}</span>}
        <p class="quiet">{hint(upstream)}</p>
        {upstream.reason !== null && <p>{say("upstream_cause", { reason: upstream.reason })}</p>}
      </div>
      {parked > 0 && <ParkedList count={parked} />}
    </Panel>
  );
}

async function askParked(): Promise<void> {
  const answer = await api.parked();
  // Without an answer the count still stands above; the list comes with the next change.
  if (answer.ok) listed.value = answer.value.parked;
}

function ParkedList({ count }: { count: number }) {
  const say = t.value;
  const rows = listed.value ?? [];
  return (
    <details class="parked">
      <summary>
        <Mark tone="look">{say("upstream_parked", { n: count })}</Mark>
      </summary>
      <p class="quiet">{say("upstream_parked_hint")}</p>
      <ul class="rows">
        {rows.map(({ seq, reason, entry }) => (
          <li key={seq} class="row">
            <div class="row-main">
              <span class="row-name">{say("upstream_parked_entry", { seq, subject: entry?.subject ?? "–" })}</span>
              <span class="quiet under">{say("upstream_reason", { reason })}</span>
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function upstreamLine(upstream: Upstream): string {
  const since = moment(upstream.offline_since);
  if ((upstream.state === "offline" || upstream.state === "refused") && since !== null) {
    return t.value(`upstream_${upstream.state}_since`, { time: clock(since, language.value, zone.value) });
  }
  return t.value(`upstream_${upstream.state}`);
}

/** How fast it catches up and when it has everything; nothing while it is not known. */
function pace({ rate_per_s: rate, eta_s: eta }: Upstream): string | null {
  const say = t.value;
  if (rate === null || rate === 0) return null;
  return eta === null ? say("upstream_rate", { n: rate }) : say("upstream_rate_eta", { n: rate, left: duration(eta, say) });
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
