/**
 * The frame around the panels: whose site, what time it is there, live or not, and the reader's own choices.
 */
import { openClockDialog } from "../parts/clock-dialog";
import { openIncidentDialog } from "../parts/incident-dialog";
import { Mark, Shape } from "../parts/mark";
import { openSettings } from "../parts/settings-dialog";
import { alarm, language, person, t } from "../state/preferences";
import { heardUntil, live, now, present, rate, silentFor, zone } from "../state/store";
import { clockSeconds, duration, zoneName } from "../view/time";

export function Top() {
  const say = t.value;
  return (
    <header class="top">
      <div class="top-site">
        <svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
          <path d="M6 12.2 16 6l10 6.2v2.3H6zM8 16.5h3v7H8zm6.5 0h3v7h-3zm6.5 0h3v7h-3zM6 25h20v2H6z" />
        </svg>
        <p class="top-name">{present.value?.site.name || say("product")}</p>
      </div>
      <LiveMark />
      <SiteClock />
      <button type="button" class="button" onClick={openIncidentDialog}>
        {say("incident_ask")}
      </button>
      <SettingsButton />
    </header>
  );
}

/** Who one is, and whether new alerts are heard here; a press leads to all of one's choices. */
function SettingsButton() {
  const say = t.value;
  const who = person.value === "" ? say("signed_nobody") : say("signed_as", { name: person.value });
  const heard = alarm.value.sound || alarm.value.notification;
  return (
    <button
      type="button"
      class="button button-plain top-settings"
      aria-label={`${say("settings")}${say("comma")}${who}${heard ? say("comma") + say("alarm_on") : ""}`}
      onClick={openSettings}
    >
      <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
        <path d="M3 5.5h6m4 0h4M3 14.5h4m4 0h6" class="stroke" />
        <circle cx="11" cy="5.5" r="2" class="stroke" />
        <circle cx="9" cy="14.5" r="2" class="stroke" />
      </svg>
      <span class="top-who">{person.value === "" ? say("signed_nobody") : person.value}</span>
      {heard && (
        <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
          <path d="M5 13.5V9a5 5 0 0 1 10 0v4.5l1.5 1.5h-13zM8.5 17a1.6 1.6 0 0 0 3 0" class="stroke" />
        </svg>
      )}
    </button>
  );
}

export function LiveMark() {
  const say = t.value;
  return (
    <span class="live">
      <Mark tone={live.value ? "good" : "unknown"}>{say(live.value ? "live" : "not_live")}</Mark>
    </span>
  );
}

function SiteClock() {
  const say = t.value;
  if (present.value === null) return null;
  return (
    <div class="site-clock">
      <time class="site-time" title={say("site_time", { zone: zoneName(zone.value) })}>
        {clockSeconds(now.value, language.value, zone.value)}
      </time>
      {rate.value > 1 && <span class="quiet">{say("speed", { n: rate.value })}</span>}
    </div>
  );
}

/** Plain words when the page is not live, or the time is not to be trusted; on a wall there is nothing to press. */
export function Banners({ controls = true }: { controls?: boolean }) {
  const shown = present.value;
  if (shown === null) return null;
  return (
    <div class="banners" role="status">
      {!live.value && <StaleBanner />}
      {shown.storage.state === "failing" && (
        <p class="banner banner-act" role="alert">
          <Shape tone="act" />
          <span>
            <b>{t.value("storage_failing")}</b>{" "}
            {t.value("storage_failing_hint", { reason: shown.storage.reason ?? "" })}
          </span>
        </p>
      )}
      {!shown.clock.trusted && (
        <p class="banner banner-look">
          <Shape tone="look" />
          <span>
            <b>{t.value("clock_not_trusted")}</b>{" "}
            {t.value("clock_not_trusted_hint", { reason: shown.clock.reason ?? "" })}
          </span>
          {controls && (
            <button type="button" class="button" onClick={openClockDialog}>
              {t.value("clock_set")}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function StaleBanner() {
  const say = t.value;
  const until = heardUntil.value;
  if (until === null) return null;
  const time = clockSeconds(until, language.value, zone.value);
  return (
    <p class="banner banner-unknown">
      <Shape tone="unknown" />
      <span>
        {/* The age ticks; a reader who hears the page is told once, not each second. */}
        <b aria-live="off">{say("stale_banner", { time, age: duration(silentFor.value, say) })}</b>{" "}
        {say("stale_banner_hint")}
      </span>
    </p>
  );
}
