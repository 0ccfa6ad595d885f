/**
 * One alert: what is the matter and what to do, how it came to this, what was written of it, and what proves it.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { Mark, Shape } from "../parts/mark";
import { Empty } from "../parts/panel";
import { reasonOf } from "../parts/refusal";
import { standing } from "../parts/standing";
import { take } from "../parts/take";
import { SEVERITY_TONES, useTold } from "../parts/told";
import { Clock } from "../parts/time";
import { left } from "../state/ledger";
import { language, t } from "../state/preferences";
import { pathOf } from "../state/route";
import { alerts, present, refusals, resolved, zone } from "../state/store";
import { valueRows } from "../view/alert-values";
import { resolutionWord } from "../view/alert-words";
import { nameOf } from "../view/names";
import { ruleName } from "../view/rules";
import { moment } from "../view/time";
import { waysFrom } from "../view/whereto";
import { sheet, type Refusal } from "../wire/api";
import { FINDINGS, type Alert, type AlertSheet, type Suggestion } from "../wire/types";
import { Findings, Notes, Shelving } from "./alert-forms";
import { Life } from "./alert-life";
import { Proof } from "./alert-proof";

export function AlertOne({ id }: { id: string }) {
  const say = t.value;
  const live = [...alerts.value, ...resolved.value].find((one) => one.id === id);
  const [known, refusal] = useSheet(id, live);
  const alert = live ?? known;
  useEffect(() => window.scrollTo(0, 0), [id]);
  if (alert === null) return refusal === null ? <p class="page-waiting quiet">{say("page_loading")}</p> : <Missing id={id} refusal={refusal} />;
  return (
    <>
      <p class="way-back">
        <a href={ledgerAddress()}>‹ {say("ledger")}</a>
      </p>
      <Matter alert={alert} />
      <div class="one-columns">
        <div class="column">
          {known !== null && <Life moves={known.history} alert={alert} />}
          <Proof alert={alert} moves={known?.history ?? null} />
        </div>
        <div class="column">
          <Suggestions suggestions={known?.suggestions ?? []} />
          <Findings key={alert.id} alert={alert} />
          <Notes key={`${alert.id} notes`} alert={alert} />
          {alert.state !== "pending" && alert.state !== "resolved" && <Shelving key={`${alert.id} shelf`} alert={alert} />}
          <Values alert={alert} />
        </div>
      </div>
    </>
  );
}

/** What the gateway knows beside the alert itself, asked anew whenever the alert changed. */
function useSheet(id: string, alert: Alert | undefined): [AlertSheet | null, Refusal | null] {
  const [known, setKnown] = useState<AlertSheet | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const changed = alert === undefined ? "" : JSON.stringify(alert);
  useEffect(() => {
    let isWanted = true;
    void sheet(id).then((answer) => {
      if (!isWanted) return;
      setRefusal(answer.ok ? null : answer.refusal);
      if (answer.ok) setKnown(answer.value);
    });
    return () => {
      isWanted = false;
    };
  }, [id, changed]);
  return [known !== null && known.id === id ? known : null, refusal];
}

function Missing({ id, refusal }: { id: string; refusal: Refusal }) {
  const say = t.value;
  const isUnknown = refusal.kind === "refused" && refusal.status === 404;
  return (
    <Empty title={isUnknown ? say("alert_missing", { id }) : say("ledger_refused", { reason: reasonOf(refusal) })}>
      <p class="empty-actions">
        <a class="button" href={ledgerAddress()}>
          {say("alert_to_ledger")}
        </a>
      </p>
    </Empty>
  );
}

/** The ledger as it was left, filters and all. */
function ledgerAddress(): string {
  return pathOf("alerts") + left.search;
}

function Matter({ alert }: { alert: Alert }) {
  const say = t.value;
  const told = useTold(alert);
  const title = useRef<HTMLHeadingElement>(null);
  // Whoever hears the page, or goes by keyboard, begins with what is the matter.
  useEffect(() => title.current?.focus({ preventScroll: true }), [alert.id]);
  const venue = present.peek();
  if (told === null || venue === null) return null;
  const isOver = alert.state === "resolved";
  const tone = isOver ? "calm" : SEVERITY_TONES[alert.severity];
  const refusal = refusals.value.get(alert.id);
  const ways = waysFrom(alert, venue, say);
  return (
    <section class={`panel matter edge-${tone}`} aria-labelledby="matter-title">
      <p class="matter-kind quiet">
        <Mark tone={tone}>{say(`severity_${alert.severity}`)}</Mark>
        <span>{ruleName(alert.rule, say)}</span>
        <span>{alert.id}</span>
      </p>
      <h1 id="matter-title" ref={title} tabIndex={-1}>
        {told.title}
      </h1>
      {told.facts.length > 0 && (
        <ul class="facts">
          {told.facts.map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
      )}
      {!isOver && <p class="todo">{told.todo}</p>}
      <p class="matter-standing">{standing(alert)}</p>
      <div class="card-foot">
        {alert.state === "firing" && (
          <button type="button" class="button button-main" onClick={() => take([alert.id], told.title)}>
            {say("acknowledge")}
          </button>
        )}
        {told.call !== null && !isOver && (
          <a class="button" href={`tel:${told.call.number.replace(/[^\d+]/g, "")}`}>
            {say("call", { who: told.call.who })}
          </a>
        )}
        {ways.map((way) => (
          <a key={way.href} class="button" href={way.href}>
            {way.name}
          </a>
        ))}
      </div>
      {refusal !== undefined && (
        <p class="refusal" role="alert">
          {say("acknowledge_failed", { reason: reasonOf(refusal) })}
        </p>
      )}
    </section>
  );
}

function Values({ alert }: { alert: Alert }) {
  const say = t.value;
  const rows = valueRows(alert, zone.value, { say, language: language.value, now: 0 });
  if (rows.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="values-title">
      <header class="panel-head">
        <h2 id="values-title">{say("alert_values")}</h2>
      </header>
      <dl class="values">
        {rows.map((row) => (
          <div key={row.key}>
            <dt>{row.name}</dt>
            <dd {...(row.exact === null ? {} : { title: row.exact })}>{row.value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Suggestions({ suggestions }: { suggestions: Suggestion[] }) {
  const say = t.value;
  const venue = present.peek();
  if (suggestions.length === 0 || venue === null) return null;
  return (
    <section class="panel" aria-labelledby="suggestions-title">
      <header class="panel-head">
        <h2 id="suggestions-title">{say("sheet_suggestions")}</h2>
      </header>
      <ul class="rows">
        {suggestions.map(({ id, subject, resolved_at, resolution, findings }) => (
          <li key={id} class="row">
            <Shape tone="calm" />
            <div class="row-main">
              <p>
                <a href={pathOf("alerts", id)}>{nameOf(subject, venue, say)}</a>{" "}
                <span class="quiet">
                  {moment(resolved_at) !== null && <Clock at={resolved_at ?? ""} />} {resolutionWord(resolution, say)}
                </span>
              </p>
              {FINDINGS.map((part) => {
                const note = findings[part];
                return note === undefined ? null : (
                  <p key={part}>
                    <span class="quiet">{say(`finding_${part}`)}</span> {note.text}
                  </p>
                );
              })}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
