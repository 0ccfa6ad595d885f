/**
 * One alert as a card: what is the matter, what to do, what is known, and the one press that takes it.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { withName } from "../parts/dialog";
import { useGlow } from "../parts/glow";
import { Shape } from "../parts/mark";
import { reasonOf } from "../parts/refusal";
import { standing } from "../parts/standing";
import { take } from "../parts/take";
import { SEVERITY_TONES, useTold } from "../parts/told";
import { language, t } from "../state/preferences";
import { pathOf } from "../state/route";
import { acknowledging, now, order, refusals, zone } from "../state/store";
import { began } from "../view/alerts";
import { clock, moment } from "../view/time";
import type { Alert } from "../wire/types";

export function Card({ alert }: { alert: Alert }) {
  const say = t.value;
  const told = useTold(alert);
  const glow = useGlow(alert.state);
  const refusal = refusals.value.get(alert.id);
  const tone = SEVERITY_TONES[alert.severity];
  if (told === null) return null;
  const since = say("open_since", { time: clock(moment(began(alert)) ?? now.peek(), language.value, zone.value) });
  return (
    <li class={`card edge-${tone} ${glow}`}>
      <div class="card-words">
        <h3 class="card-title">
          <Shape tone={tone} />
          <span class="visually-hidden">{say(`severity_${alert.severity}`)}: </span>
          <a href={pathOf("alerts", alert.id)}>{told.title}</a>
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
      onClick={() => take([alert.id], title)}
    >
      {say("acknowledge")}
    </button>
  );
}

function More({ alert, title }: { alert: Alert; title: string }) {
  const say = t.value;
  return (
    <a class="button button-dots" title={say("alert_more")} aria-label={say("alert_more_label", { title })} href={pathOf("alerts", alert.id)}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="3" cy="8" r="1.4" />
        <circle cx="8" cy="8" r="1.4" />
        <circle cx="13" cy="8" r="1.4" />
      </svg>
    </a>
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
      {mine ? say("acknowledge_sending") : standing(alert)}
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
      <Shape tone={SEVERITY_TONES[alert.severity]} />
      <div class="line-words">
        <p>{told.title}</p>
        <p class="quiet">
          {standing(alert)}
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

/** One that is over, as it stood when it ended. */
export function OverLine({ alert, ended }: { alert: Alert; ended: ComponentChildren }) {
  const told = useTold(alert);
  if (told === null) return null;
  return (
    <li class="line">
      <Shape tone="calm" />
      <div class="line-words">
        <p>
          <a href={pathOf("alerts", alert.id)}>{told.title}</a>
        </p>
        <p class="quiet">{ended}</p>
      </div>
    </li>
  );
}
