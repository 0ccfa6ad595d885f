/**
 * One alert as a card: what is the matter, what to do, what is known, and the one press that takes it.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { openSheet } from "../parts/alert-sheet";
import { withName } from "../parts/dialog";
import { useGlow } from "../parts/glow";
import { Shape, type Tone } from "../parts/mark";
import { reasonOf } from "../parts/refusal";
import { language, t } from "../state/preferences";
import { acknowledge, acknowledging, now, order, present, refusals, zone } from "../state/store";
import { tell, type Told } from "../view/alert-words";
import { began } from "../view/alerts";
import { clock, duration, moment } from "../view/time";
import type { Alert, Severity } from "../wire/types";

export const ALERT_TONES: Readonly<Record<Severity, Tone>> = { critical: "act", warning: "look", info: "calm" };

export function Card({ alert }: { alert: Alert }) {
  const say = t.value;
  const told = useTold(alert);
  const glow = useGlow(alert.state);
  const refusal = refusals.value.get(alert.id);
  const tone = ALERT_TONES[alert.severity];
  if (told === null) return null;
  const since = say("open_since", { time: clock(moment(began(alert)) ?? now.peek(), language.value, zone.value) });
  return (
    <li class={`card edge-${tone} ${glow}`}>
      <div class="card-words">
        <h3 class="card-title">
          <Shape tone={tone} />
          <span class="visually-hidden">{say(`severity_${alert.severity}`)}: </span>
          {told.title}
        </h3>
        <p class="card-line">
          {told.todo} <span class="facts">{[...told.facts, since].join(" · ")}</span>
        </p>
      </div>
      <div class="card-acts">
        {told.call !== null && (
          <a class="button card-call" href={`tel:${told.call.number.replace(/[^\d+]/g, "")}`}>
            <span>{say("call", { who: told.call.who })}</span>
          </a>
        )}
        {alert.state === "firing" ? <Take alert={alert} title={told.title} /> : <Taken alert={alert} />}
        <More alert={alert} title={told.title} />
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
      class="button button-soft"
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
    <button
      type="button"
      class="button button-dots"
      title={say("alert_more")}
      aria-label={say("alert_more_label", { title })}
      onClick={() => openSheet(alert.id)}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="3" cy="8" r="1.4" />
        <circle cx="8" cy="8" r="1.4" />
        <circle cx="13" cy="8" r="1.4" />
      </svg>
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

/** The same in one line, for what somebody has in hand, what was put aside and what is watched. */
export function AlertLine({ alert }: { alert: Alert }) {
  const told = useTold(alert);
  if (told === null) return null;
  const note = alert.notes[alert.notes.length - 1];
  return (
    <li class="line">
      <Shape tone={ALERT_TONES[alert.severity]} />
      <div class="line-words">
        <p>{told.title}</p>
        <p class="quiet">
          {stateLine(alert)}
          {note !== undefined && ` · ${t.value("note_line", { by: note.by, text: note.text })}`}
        </p>
      </div>
      {alert.state !== "pending" && (
        <div class="line-acts">
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
        </div>
      )}
    </li>
  );
}

/** One that is over, as it stood when it ended. Its sheet opens here, or its page where an address is given. */
export function OverLine({ alert, ended, href }: { alert: Alert; ended: ComponentChildren; href?: string }) {
  const shown = present.value;
  if (shown === null) return null;
  const at = moment(alert.resolved_at) ?? now.peek();
  const told = tell(alert, shown, { say: t.value, language: language.value, now: at });
  return (
    <li class="line">
      <Shape tone="calm" />
      <div class="line-words">
        <p>{href === undefined ? told.title : <a href={href}>{told.title}</a>}</p>
        <p class="quiet">{ended}</p>
      </div>
      {href === undefined && (
        <div class="line-acts">
          <More alert={alert} title={told.title} />
        </div>
      )}
    </li>
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
