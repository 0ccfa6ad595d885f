/**
 * What needs a person: the most severe first, each in words with what to do, and one button.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { openSheet } from "../parts/alert-sheet";
import { asking, withName } from "../parts/dialog";
import { useGlow } from "../parts/glow";
import { Shape, type Tone } from "../parts/mark";
import { Empty, Panel } from "../parts/panel";
import { useReading } from "../parts/reading";
import { reasonOf } from "../parts/refusal";
import { Clock } from "../parts/time";
import { language, t } from "../state/preferences";
import { acknowledge, acknowledging, alerts, now, order, present, refusals, resolved, zone } from "../state/store";
import { resolutionWord, tell, type Told } from "../view/alert-words";
import { arrange, began, sortOut } from "../view/alerts";
import { clock, duration, moment } from "../view/time";
import type { Alert, Severity } from "../wire/types";

const TONES: Readonly<Record<Severity, Tone>> = { critical: "act", warning: "look", info: "calm" };

export function Alerts() {
  const say = t.value;
  const [element, reading] = useReading<HTMLDivElement>();
  const held = useRef<string[] | null>(null);
  const [, redraw] = useState(0);
  const all = alerts.value;
  // A card does not leave from under the finger that has just pressed it either.
  const hold = reading.value || asking.value || acknowledging.value.size > 0;
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
        {shown.length === 0 && fresh.length === 0 && <Empty title={say("alerts_none")} hint={say("alerts_none_hint")} />}
        <ul class="cards">
          {shown.map((alert) => (
            <Card key={alert.id} alert={alert} />
          ))}
        </ul>
        <Group title={say("alerts_in_hand")} alerts={inHand.filter((alert) => !still.has(alert.id))} open />
        <Group title={say("alerts_shelved")} alerts={shelved.filter((alert) => !still.has(alert.id))} />
        <Group title={say("alerts_watching")} hint={say("alerts_watching_hint")} alerts={watching} />
        <Resolved />
      </div>
      <Announcer firing={firing} />
    </Panel>
  );
}

function Fresh({ alerts: fresh, onShow }: { alerts: Alert[]; onShow: () => void }) {
  const say = t.value;
  const n = fresh.length;
  return (
    <button type="button" class="button fresh" aria-label={say("alerts_fresh_label", { n })} onClick={onShow}>
      <Shape tone={TONES[fresh[0]?.severity ?? "info"]} />
      {say("alerts_fresh", { n })}
    </button>
  );
}

function Card({ alert }: { alert: Alert }) {
  const say = t.value;
  const told = useTold(alert);
  const glow = useGlow(alert.state);
  const refusal = refusals.value.get(alert.id);
  const tone = TONES[alert.severity];
  if (told === null) return null;
  return (
    <li class={`card edge-${tone} ${glow}`}>
      <h3 class="card-title">
        <Shape tone={tone} />
        <span class="visually-hidden">{say(`severity_${alert.severity}`)}: </span>
        {told.title}
      </h3>
      {told.facts.length > 0 && (
        <ul class="facts">
          {told.facts.map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
      )}
      <p class="todo">{told.todo}</p>
      <div class="card-foot">
        {alert.state === "firing" ? <Take alert={alert} title={told.title} /> : <Taken alert={alert} />}
        {told.call !== null && (
          <a class="button" href={`tel:${told.call.number.replace(/[^\d+]/g, "")}`}>
            {say("call", { who: told.call.who })}
          </a>
        )}
        <More alert={alert} title={told.title} />
        <span class="quiet card-since">
          {say("open_since", { time: clock(moment(began(alert)) ?? now.peek(), language.value, zone.value) })}
        </span>
      </div>
      {refusal !== undefined && (
        <p class="refusal" role="alert">
          {say("acknowledge_failed", { reason: reasonOf(refusal) })}
        </p>
      )}
    </li>
  );
}

function Take({ alert, title }: { alert: Alert; title: string }) {
  const say = t.value;
  return (
    <button
      type="button"
      class="button button-main"
      aria-label={say("acknowledge_label", { title })}
      onClick={() => withName((name) => void acknowledge(alert.id, name))}
    >
      {say("acknowledge")}
    </button>
  );
}

function More({ alert, title }: { alert: Alert; title: string }) {
  const say = t.value;
  return (
    <button type="button" class="button" aria-label={say("alert_more_label", { title })} onClick={() => openSheet(alert.id)}>
      {say("alert_more")}
    </button>
  );
}

/** Stands where the button was and takes its focus, so that a keyboard does not lose its place. */
function Taken({ alert }: { alert: Alert }) {
  const say = t.value;
  const mine = acknowledging.value.has(alert.id);
  const line = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!mine) return undefined;
    // After the dialog, if there was one, has given the focus back to a button that is gone.
    const timer = setTimeout(() => document.activeElement === document.body && line.current?.focus(), 50);
    return () => clearTimeout(timer);
  }, [mine]);
  return (
    <span ref={line} tabIndex={-1} class="taken">
      {mine ? say("acknowledge_sending") : stateLine(alert)}
    </span>
  );
}

function Group({ title, hint, alerts: some, open = false }: { title: string; hint?: string; alerts: Alert[]; open?: boolean }) {
  if (some.length === 0) return null;
  return (
    <details class="group" open={open}>
      <summary>
        {title} <b class="count count-quiet">{some.length}</b>
      </summary>
      {hint !== undefined && <p class="quiet">{hint}</p>}
      <ul class="lines">
        {some.map((alert) => (
          <Line key={alert.id} alert={alert} />
        ))}
      </ul>
    </details>
  );
}

function Line({ alert }: { alert: Alert }) {
  const told = useTold(alert);
  if (told === null) return null;
  const note = alert.notes[alert.notes.length - 1];
  return (
    <li class="line">
      <Shape tone={TONES[alert.severity]} />
      <div>
        <p>{told.title}</p>
        <p class="quiet">
          {stateLine(alert)}
          {note !== undefined && ` · ${t.value("note_line", { by: note.by, text: note.text })}`}
        </p>
        {alert.state !== "pending" && (
          <p class="line-actions">
            {alert.state === "shelved" && (
              <button
                type="button"
                class="button"
                onClick={() => withName((by) => void order(alert.id, { action: "unshelve", by }))}
              >
                {t.value("unshelve")}
              </button>
            )}
            <More alert={alert} title={told.title} />
          </p>
        )}
      </div>
    </li>
  );
}

function Resolved() {
  const say = t.value;
  const some = resolved.value;
  const shown = present.value;
  if (some.length === 0 || shown === null) return null;
  return (
    <details class="group">
      <summary>
        {say("alerts_resolved")} <b class="count count-quiet">{some.length}</b>
      </summary>
      <ul class="lines">
        {some.map((alert) => {
          const at = moment(alert.resolved_at) ?? now.peek();
          const told = tell(alert, shown, { say, language: language.value, now: at });
          return (
            <li key={alert.id} class="line">
              <Shape tone="calm" />
              <div>
                <p>{told.title}</p>
                <p class="quiet">
                  {alert.resolved_at !== null && <Clock at={alert.resolved_at} />} {resolutionWord(alert.resolution, say)}
                </p>
                <p class="line-actions">
                  <More alert={alert} title={told.title} />
                </p>
              </div>
            </li>
          );
        })}
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

function useTold(alert: Alert): Told | null {
  const shown = present.value;
  return shown === null ? null : tell(alert, shown, { say: t.value, language: language.value, now: now.value });
}

function shelfLine({ shelf }: Alert): string {
  const until = moment(shelf?.until);
  if (shelf === undefined || until === null) return t.value("alerts_shelved");
  return t.value("alert_shelved", {
    by: shelf.by,
    time: clock(until, language.value, zone.value),
    left: duration((until - now.value) / 1000, t.value),
    reason: shelf.reason,
  });
}

function stateLine(alert: Alert): string {
  const say = t.value;
  const time = (stamp: string | null): string => clock(moment(stamp) ?? now.peek(), language.value, zone.value);
  switch (alert.state) {
    case "acknowledged":
      return say("acknowledged_by", {
        by: alert.acknowledged_by ?? say("acknowledged_somebody"),
        time: time(alert.acknowledged_at),
      });
    case "pending":
      return say("alert_pending", { time: time(alert.pending_at) });
    case "shelved":
      return shelfLine(alert);
    case "firing":
    case "resolved":
      return say("open_since", { time: time(began(alert)) });
  }
}
