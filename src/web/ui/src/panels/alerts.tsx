/**
 * What needs a person: the most severe first, each in words with what to do, and one button.
 */
import { useRef, useState } from "preact/hooks";
import { asking } from "../parts/dialog";
import { Shape } from "../parts/mark";
import { Empty, Panel } from "../parts/panel";
import { useReading } from "../parts/reading";
import { standing } from "../parts/standing";
import { SEVERITY_TONES } from "../parts/told";
import { offered } from "../parts/undo";
import { language, t } from "../state/preferences";
import { pathOf } from "../state/route";
import { acknowledging, alerts, now, present, resolved, visits, zone } from "../state/store";
import { tell } from "../view/alert-words";
import { arrange, sortOut } from "../view/alerts";
import { nextDue } from "../view/arrivals";
import { guestName, placeName } from "../view/names";
import { clock, duration, moment } from "../view/time";
import type { Alert } from "../wire/types";
import { AlertLine, Card, OverLine } from "./alert-card";

/** More than anybody reads at once: the rest is a press away, in the ledger. */
const CARDS_SHOWN = 40;
const LINES_SHOWN = 20;

export function Alerts() {
  const say = t.value;
  const [element, reading] = useReading<HTMLDivElement>();
  const held = useRef<string[] | null>(null);
  const [, redraw] = useState(0);
  const all = alerts.value;
  // A card does not leave from under the finger that has just pressed it either.
  const hold = reading.value || asking.value || acknowledging.value.size > 0 || offered.value;
  const { shown, fresh } = arrange(all, hold ? held.current : null);
  held.current = shown.map((alert) => alert.id);
  const showFresh = (): void => {
    held.current = [...fresh.map((alert) => alert.id), ...(held.current ?? [])];
    redraw((turn) => turn + 1);
    element.current?.focus({ preventScroll: true });
  };
  const still = new Set(held.current);
  const { firing, inHand, shelved, watching } = sortOut(all);
  return (
    <Panel id="alerts" title={say("alerts")} aside={firing.length > 0 ? <b class="count">{firing.length}</b> : undefined}>
      <div ref={element} tabIndex={-1} class="alerts">
        {fresh.length > 0 && <Fresh alerts={fresh} onShow={showFresh} />}
        {shown.length === 0 && fresh.length === 0 && <Nothing />}
        <ul class="cards">
          {shown.slice(0, CARDS_SHOWN).map((alert) => (
            <Card key={alert.id} alert={alert} />
          ))}
        </ul>
        <Rest n={shown.length - CARDS_SHOWN} state="firing" />
        <Group title={say("alerts_in_hand")} state="acknowledged" alerts={inHand.filter((alert) => !still.has(alert.id))} open />
        <Group title={say("alerts_shelved")} state="shelved" alerts={shelved.filter((alert) => !still.has(alert.id))} />
        <Group title={say("alerts_watching")} state="pending" hint={say("alerts_watching_hint")} alerts={watching} />
        <Resolved />
      </div>
      <Announcer firing={firing} />
    </Panel>
  );
}

/** Calm is designed, too: it says when the next guests are due. */
function Nothing() {
  const say = t.value;
  return <Empty title={say("alerts_none")} hint={nextLine() ?? say("alerts_none_hint")} />;
}

/** Who is due next, where and when; null where nobody is awaited. */
export function nextLine(): string | null {
  const say = t.value;
  const shown = present.value;
  const next = nextDue(visits.value, now.value);
  const at = moment(next?.visit.expected_at);
  if (shown === null || next === null || at === null) return null;
  const named = {
    time: clock(at, language.value, zone.value),
    left: duration((at - now.value) / 1000, say),
    who: guestName(next.visit, say),
    place: next.visit.place === null ? "" : placeName(next.visit.place, shown),
  };
  if (next.n > 1) return say("next_due_many", { ...named, n: next.n - 1 });
  return named.place === "" ? say("next_due", named) : say("next_due_place", named);
}

function Fresh({ alerts: fresh, onShow }: { alerts: Alert[]; onShow: () => void }) {
  const say = t.value;
  const n = fresh.length;
  return (
    <button type="button" class="button fresh" aria-label={say("alerts_fresh_label", { n })} onClick={onShow}>
      <Shape tone={SEVERITY_TONES[fresh[0]?.severity ?? "info"]} />
      {say("alerts_fresh", { n })}
    </button>
  );
}

/** The way to those that are not shown here. */
function Rest({ n, state }: { n: number; state: string }) {
  if (n <= 0) return null;
  return (
    <p class="alerts-rest">
      <a href={`${pathOf("alerts")}?state=${state}`}>{t.value("alerts_rest", { n })}</a>
    </p>
  );
}

interface GroupProps {
  title: string;
  state: string;
  hint?: string;
  alerts: Alert[];
  open?: boolean;
}

function Group({ title, state, hint, alerts: some, open = false }: GroupProps) {
  if (some.length === 0) return null;
  return (
    <details class="group" open={open}>
      <summary>
        {title} <b class="count count-quiet">{some.length}</b>
      </summary>
      {hint !== undefined && <p class="quiet">{hint}</p>}
      <ul class="lines">
        {some.slice(0, LINES_SHOWN).map((alert) => (
          <AlertLine key={alert.id} alert={alert} />
        ))}
      </ul>
      <Rest n={some.length - LINES_SHOWN} state={state} />
    </details>
  );
}

function Resolved() {
  const some = resolved.value;
  if (some.length === 0) return null;
  return (
    <details class="group">
      <summary>
        {t.value("alerts_resolved")} <b class="count count-quiet">{some.length}</b>
      </summary>
      <ul class="lines">
        {some.map((alert) => (
          <OverLine key={alert.id} alert={alert} ended={standing(alert)} />
        ))}
      </ul>
    </details>
  );
}

/** Says a new alert aloud to whoever does not see the screen; nothing on the first load. */
function Announcer({ firing }: { firing: Alert[] }) {
  const known = useRef<Set<string> | null>(null);
  const said = useRef("");
  const shown = present.value;
  if (shown !== null) {
    const fresh = firing.find((alert) => known.current !== null && !known.current.has(alert.id));
    if (fresh !== undefined) {
      const told = tell(fresh, shown, { say: t.value, language: language.value, now: now.peek() });
      said.current = t.value("alert_announced", { title: told.title });
    }
    known.current = new Set([...(known.current ?? []), ...firing.map((alert) => alert.id)]);
  }
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {said.current}
    </p>
  );
}
