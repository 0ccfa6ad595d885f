/**
 * Every way in: whether it is there, how much came by it, and how much of that was not understood.
 */
import { Mark, type Tone } from "../../parts/mark";
import { Panel } from "../../parts/panel";
import { Ago } from "../../parts/time";
import { language, t } from "../../state/preferences";
import type { DeviceState } from "../../wire/types";
import type { Source } from "../../wire/system";

const TONES: Readonly<Record<DeviceState, Tone>> = {
  online: "good",
  offline: "look",
  silent: "look",
  unknown: "unknown",
  no_fix: "unknown",
};

export function SourcesPanel({ sources }: { sources: readonly Source[] }) {
  const say = t.value;
  if (sources.length === 0) return null;
  return (
    <Panel id="sources" title={say("system_sources")}>
      <ul class="rows">
        {sources.map((source) => (
          <li key={source.link} class="row">
            <div class="row-main">
              <span class="row-name">{linkName(source.link)}</span>
              <span class="quiet under">
                {say("device_received", { n: number(source.heard) })}
                {source.rejected > 0 && ` · ${say("device_rejected", { n: number(source.rejected) })}`}
              </span>
              {source.reason !== null && <span class="quiet under">{source.reason}</span>}
            </div>
            <div class="row-state">
              {source.state !== null && <Mark tone={TONES[source.state]}>{say(`device_${source.state}`)}</Mark>}
              {source.since !== null && (
                <span class="quiet under">
                  <Ago at={source.since} />
                </span>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function number(n: number): string {
  return n.toLocaleString(language.value === "en" ? "en-GB" : "zh-CN");
}

function linkName(link: string): string {
  const say = t.value;
  const cut = link.indexOf(":");
  const [kind, rest] = cut < 0 ? [link, ""] : [link.slice(0, cut), link.slice(cut + 1)];
  switch (kind) {
    case "gateway":
      return say("kind_gateway");
    case "mqtt":
      return say("link_mqtt");
    case "http":
      return say("link_http");
    case "serial":
      return say("link_serial", { name: rest });
    case "broker":
      return say("link_broker", { name: rest });
    default:
      return link;
  }
}
