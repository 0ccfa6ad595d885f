/**
 * The ledger's list: it holds still while it is read, tells of new ones at its top, and grows on demand.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { asking as naming } from "../parts/dialog";
import { useGlow } from "../parts/glow";
import { Shape } from "../parts/mark";
import { Empty } from "../parts/panel";
import { useReading } from "../parts/reading";
import { reasonOf } from "../parts/refusal";
import { standing } from "../parts/standing";
import { take } from "../parts/take";
import { coarse, SEVERITY_TONES, useTold } from "../parts/told";
import { Clock } from "../parts/time";
import * as ledger from "../state/ledger";
import { language, t } from "../state/preferences";
import { pathOf } from "../state/route";
import { acknowledging, refusals, zone } from "../state/store";
import { began } from "../view/alerts";
import { dayOf } from "../view/dates";
import { lay, type Choices } from "../view/ledger";
import { ruleName } from "../view/rules";
import { ago, dayShort, moment } from "../view/time";
import { FINDINGS, type Alert } from "../wire/types";
import { Bulk, chosen, choosing } from "./ledger-bulk";

/** Typing is one question, not one for each letter. */
const TYPED_MS = 250;

export function Ledger({ choices }: { choices: Choices }) {
  const say = t.value;
  const [element, reading] = useReading<HTMLDivElement>();
  const held = useRef<string[] | null>(null);
  const [, redraw] = useState(0);
  const key = ledger.keyOf(choices);
  useEffect(() => {
    // Back from one alert, the list is still the one that was asked for.
    const wait = ledger.answered.peek() === null || ledger.answered.peek() === key ? 0 : TYPED_MS;
    const timer = setTimeout(() => void ledger.look(choices), wait);
    return () => clearTimeout(timer);
  }, [key]);
  useEffect(() => void (ledger.left.search = location.search));
  useEffect(() => ledger.follow(), []);
  useWayBack();

  const matches = ledger.answered.value === key;
  // A row does not leave from under the finger that has just pressed it either.
  const hold = reading.value || naming.value || acknowledging.value.size > 0 || choosing.value;
  if (!matches) held.current = null;
  const { shown, fresh } = lay(ledger.known.value, ledger.fitting.value, hold ? held.current : null);
  held.current = shown.map((alert) => alert.id);
  const showFresh = (): void => {
    held.current = null;
    redraw((turn) => turn + 1);
    element.current?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  };
  const refusal = ledger.refused.value;
  return (
    <div ref={element} tabIndex={-1} class="panel ledger-panel" aria-busy={ledger.asking.value}>
      {fresh.length > 0 && (
        <button type="button" class="button fresh" aria-label={say("alerts_fresh_label", { n: fresh.length })} onClick={showFresh}>
          <Shape tone={SEVERITY_TONES[fresh[0]?.severity ?? "info"]} />
          {say("alerts_fresh", { n: fresh.length })}
        </button>
      )}
      {refusal !== null && (
        <p class="refusal" role="alert">
          {say("ledger_refused", { reason: reasonOf(refusal) })}
        </p>
      )}
      {shown.length > 0 && <Rows alerts={shown} isOld={!matches} />}
      {shown.length === 0 && matches && <Nothing choices={choices} />}
      {shown.length === 0 && !matches && refusal === null && <p class="page-waiting quiet">{say("page_loading")}</p>}
      {ledger.more.value !== null && shown.length > 0 && (
        <div class="more">
          <button type="button" class="button" disabled={ledger.asking.value} onClick={() => void ledger.lookFurther()}>
            {say("ledger_more", { n: ledger.PAGE })}
          </button>
          <span class="quiet">{say("ledger_shown", { n: shown.length })}</span>
        </div>
      )}
      <Bulk alerts={shown} />
    </div>
  );
}

/** Whoever opens an alert and comes back finds the place again. */
function useWayBack(): void {
  useLayoutEffect(() => {
    const back = ledger.left.scroll;
    if (back > 0) requestAnimationFrame(() => window.scrollTo(0, back));
    let seen = back;
    const follow = (): void => void (seen = window.scrollY);
    window.addEventListener("scroll", follow, { passive: true });
    return () => {
      window.removeEventListener("scroll", follow);
      ledger.left.scroll = seen;
    };
  }, []);
}

function Nothing({ choices }: { choices: Choices }) {
  const say = t.value;
  const { q, state } = choices;
  if (q !== "") return <Empty title={say("ledger_none_found", { query: q })} hint={say("ledger_none_found_hint")} />;
  if (state === "open") return <Empty title={say("ledger_none_open")} hint={say("ledger_none_open_hint")} />;
  return <Empty title={say("ledger_none")} />;
}

/** The roles are written out because a phone lays the rows out as cards, and some readers then forget the table. */
function Rows({ alerts, isOld }: { alerts: Alert[]; isOld: boolean }) {
  const say = t.value;
  return (
    <table class={`board ledger ${isOld ? "ledger-old" : ""} ${choosing.value ? "ledger-choosing" : ""}`} role="table" aria-label={say("ledger")}>
      <thead role="rowgroup">
        <tr role="row">
          {choosing.value && (
            <th role="columnheader" scope="col" class="cell-choice">
              <span class="visually-hidden">{say("ledger_choose_column")}</span>
            </th>
          )}
          <th role="columnheader" scope="col">{say("ledger_col_what")}</th>
          <th role="columnheader" scope="col">{say("ledger_col_state")}</th>
          <th role="columnheader" scope="col">{say("ledger_col_written")}</th>
          <th role="columnheader" scope="col">{say("ledger_col_since")}</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {alerts.map((alert) => (
          <Row key={alert.id} alert={alert} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ alert }: { alert: Alert }) {
  const say = t.value;
  const told = useTold(alert);
  const glow = useGlow(alert.state);
  const refusal = refusals.value.get(alert.id);
  if (told === null) return null;
  const tone = alert.state === "resolved" ? "calm" : SEVERITY_TONES[alert.severity];
  return (
    <tr role="row" class={`${glow} edge-${tone}`}>
      {choosing.value && (
        <td role="cell" class="cell-choice">
          {alert.state === "firing" && <Choice id={alert.id} title={told.title} />}
        </td>
      )}
      <td role="cell" class="cell-what">
        <p class="ledger-title">
          <Shape tone={tone} />
          <a href={pathOf("alerts", alert.id)}>
            <span class="visually-hidden">{say(`severity_${alert.severity}`)}: </span>
            {told.title}
          </a>
        </p>
        <p class="quiet ledger-line">
          {alert.id} · {ruleName(alert.rule, say)}
          {told.facts[0] !== undefined && <span class="ledger-fact"> · {told.facts[0]}</span>}
        </p>
        {refusal !== undefined && (
          <p class="refusal" role="alert">
            {say("acknowledge_failed", { reason: reasonOf(refusal) })}
          </p>
        )}
      </td>
      <td role="cell" class="cell-standing">
        {alert.state === "firing" && !choosing.value ? (
          <button
            type="button"
            class="button"
            aria-label={say("acknowledge_label", { title: told.title })}
            onClick={() => take([alert.id], told.title)}
          >
            {say("acknowledge")}
          </button>
        ) : (
          <span class={alert.state === "firing" ? "" : "quiet"}>{standing(alert)}</span>
        )}
      </td>
      <td role="cell" class="cell-written">
        <Written alert={alert} />
      </td>
      <td role="cell" class="cell-since">
        <Since alert={alert} />
      </td>
    </tr>
  );
}

function Choice({ id, title }: { id: string; title: string }) {
  const toggle = (): void => {
    const next = new Set(chosen.value);
    if (!next.delete(id)) next.add(id);
    chosen.value = next;
  };
  return (
    <label class="choice">
      <input type="checkbox" checked={chosen.value.has(id)} onChange={toggle} />
      <span class="visually-hidden">{t.value("ledger_choose", { title })}</span>
    </label>
  );
}

/** What people wrote, each part by its name; of one that is over without a word, that there is none. */
function Written({ alert }: { alert: Alert }) {
  const say = t.value;
  const parts = FINDINGS.flatMap((part) => {
    const note = alert.findings?.[part];
    return note === undefined ? [] : [{ name: say(`finding_${part}`), text: note.text }];
  });
  const note = alert.notes[alert.notes.length - 1];
  if (parts.length === 0 && note === undefined) {
    return alert.state === "resolved" ? <span class="quiet">{say("ledger_nothing_written")}</span> : null;
  }
  return (
    <div class="written">
      {parts.map(({ name, text }) => (
        <p key={name}>
          <span class="quiet">{name}</span> {text}
        </p>
      ))}
      {note !== undefined && <p>{say("note_line", { by: note.by, text: note.text })}</p>}
    </div>
  );
}

/** Of today how long ago, of an earlier day which. */
function Since({ alert }: { alert: Alert }) {
  const say = t.value;
  const at = began(alert);
  const ms = moment(at);
  if (ms === null) return null;
  const seen = coarse(alert);
  const isToday = dayOf(ms, zone.value) === dayOf(seen, zone.value);
  return (
    <>
      <Clock at={at} />
      <span class="quiet under">
        {isToday ? ago((seen - ms) / 1000, say) : dayShort(ms, language.value, zone.value)}
      </span>
    </>
  );
}
