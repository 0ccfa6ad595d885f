/**
 * One alert's sheet: what can be done to it beside acknowledging, and what is written of it. The browser's own dialog.
 */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { language, t } from "../state/preferences";
import { alerts, now, order, present, resolved, zone } from "../state/store";
import type { Present } from "../state/apply";
import { resolutionWord, tell } from "../view/alert-words";
import { written } from "../view/alerts";
import { nameOf } from "../view/names";
import { clock, duration, moment } from "../view/time";
import { sheet, type Order, type Refusal } from "../wire/api";
import { FINDINGS, type Alert, type AlertMove, type AlertNote, type AlertSheet as Sheet, type Suggestion } from "../wire/types";
import { withName } from "./dialog";
import { reasonOf } from "./refusal";
import { Clock } from "./time";

/** The alert whose sheet is open. */
const opened = signal<string | null>(null);
/** Minutes that an alert may be put aside for; the last is a shift, the most that the gateway takes. */
const SHELVE_MINUTES = [15, 30, 60, 120, 240, 720] as const;

export function openSheet(id: string): void {
  opened.value = id;
}

function close(): void {
  opened.value = null;
}

export function AlertSheet() {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = opened.value;
  const shown = present.value;
  const alert = id === null ? undefined : [...alerts.value, ...resolved.value].find((one) => one.id === id);
  const isOpen = alert !== undefined && shown !== null;
  useEffect(() => {
    if (!isOpen) dialog.current?.close();
    else if (dialog.current?.open === false) dialog.current.showModal();
  }, [isOpen]);
  const known = useSheet(alert);
  const say = t.value;
  return (
    <dialog ref={dialog} class="dialog sheet" aria-labelledby="sheet-title" onClose={close}>
      {alert !== undefined && shown !== null && (
        <div key={alert.id} class="sheet-parts">
          <h2 id="sheet-title">{tell(alert, shown, { say, language: language.value, now: now.value }).title}</h2>
          <Suggestions suggestions={known?.suggestions ?? []} shown={shown} />
          {alert.state !== "pending" && alert.state !== "resolved" && <Shelving alert={alert} />}
          <Ledger alert={alert} />
          <History moves={known?.history ?? []} />
          <div class="dialog-actions">
            <button type="button" class="button" onClick={close}>
              {say("sheet_close")}
            </button>
          </div>
        </div>
      )}
    </dialog>
  );
}

/** What the gateway knows beside the alert itself, asked anew whenever the alert changed. */
function useSheet(alert: Alert | undefined): Sheet | null {
  const [known, setKnown] = useState<Sheet | null>(null);
  const changed = alert === undefined ? "" : JSON.stringify(alert);
  useEffect(() => {
    let isWanted = true;
    if (alert !== undefined) void sheet(alert.id).then((answer) => isWanted && answer.ok && setKnown(answer.value));
    return () => {
      isWanted = false;
    };
  }, [changed]);
  return known !== null && known.id === alert?.id ? known : null;
}

function Suggestions({ suggestions, shown }: { suggestions: Suggestion[]; shown: Present }) {
  const say = t.value;
  if (suggestions.length === 0) return null;
  return (
    <section class="suggestions" aria-labelledby="sheet-suggestions">
      <h3 id="sheet-suggestions">{say("sheet_suggestions")}</h3>
      <ul class="lines">
        {suggestions.map(({ id, subject, resolved_at, resolution, findings }) => (
          <li key={id} class="line">
            <div>
              <p>
                {nameOf(subject, shown, say)}, {resolved_at !== null && <Clock at={resolved_at} />} {resolutionWord(resolution, say)}
              </p>
              {FINDINGS.map((part) => {
                const note = findings[part];
                return note === undefined ? null : (
                  <p key={part}>
                    <b>{say(`finding_${part}`)}</b> {note.text}
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

function Ledger({ alert }: { alert: Alert }) {
  const say = t.value;
  const [refusal, send] = useOrder(alert.id);
  const form = useRef<HTMLFormElement>(null);
  const said = () => written(alert.findings ?? {}, (part) => String(new FormData(form.current ?? undefined).get(part) ?? ""));
  const save = (event: Event): void => {
    event.preventDefault();
    const findings = said();
    if (Object.keys(findings).length > 0) send((by) => ({ action: "note", by, ...findings }), close);
  };
  return (
    <form ref={form} onSubmit={save}>
      <h3>{say("findings")}</h3>
      <p id="ledger-no-names">{say("no_names_hint")}</p>
      {FINDINGS.map((part) => {
        const note = alert.findings?.[part];
        return (
          <label key={part}>
            <span>
              {say(`finding_${part}`)} {note !== undefined && <span class="quiet">{byWhom(note)}</span>}
            </span>
            <textarea name={part} maxLength={1000} rows={2} defaultValue={note?.text ?? ""} aria-describedby="ledger-no-names" />
          </label>
        );
      })}
      <Refused refusal={refusal} />
      <div class="dialog-actions">
        {alert.state !== "resolved" && (
          <button type="button" class="button" onClick={() => send((by) => ({ action: "resolve", by, ...said() }), close)}>
            {say("resolve")}
          </button>
        )}
        <button type="submit" class="button button-main">
          {say("findings_save")}
        </button>
      </div>
    </form>
  );
}

function byWhom({ by, at }: AlertNote): string {
  return t.value("finding_by", { by, time: clock(moment(at) ?? now.peek(), language.value, zone.value) });
}

function History({ moves }: { moves: AlertMove[] }) {
  const say = t.value;
  if (moves.length === 0) return null;
  return (
    <details class="group">
      <summary>{say("sheet_history")}</summary>
      <ol class="lines">
        {moves.map((move) => (
          <li key={move.seq} class="line">
            <p>
              <Clock at={move.at} /> {say(`state_${move.state}`)} <span class="quiet">{causeOf(move)}</span>
            </p>
          </li>
        ))}
      </ol>
    </details>
  );
}

function causeOf({ cause }: AlertMove): string {
  if (cause === null) return t.value("history_by_time");
  const by = cause.kind === "command" ? cause.body["by"] : undefined;
  if (typeof by === "string") return t.value("history_by_person", { by, seq: cause.seq });
  return t.value("history_by_entry", { seq: cause.seq });
}

function Shelving({ alert }: { alert: Alert }) {
  const say = t.value;
  const [refusal, send] = useOrder(alert.id);
  const shelve = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [length, reason] = [`${form.get("minutes")}m`, String(form.get("reason")).trim()];
    send((by) => ({ action: "shelve", by, for: length, reason }), close);
  };
  return (
    <form onSubmit={shelve}>
      <h3>{say("shelve")}</h3>
      <p>{say("shelve_hint")}</p>
      <label>
        <span>{say("shelve_for")}</span>
        <select name="minutes">
          {SHELVE_MINUTES.map((minutes) => (
            <option key={minutes} value={minutes} selected={minutes === 30}>
              {duration(minutes * 60, say)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{say("shelve_reason")}</span>
        <input name="reason" required maxLength={500} autocomplete="off" aria-describedby="no-names" />
      </label>
      <p id="no-names">{say("no_names_hint")}</p>
      <Refused refusal={refusal} />
      <div class="dialog-actions">
        {alert.state === "shelved" && (
          <button type="button" class="button" onClick={() => send((by) => ({ action: "unshelve", by }), close)}>
            {say("unshelve")}
          </button>
        )}
        <button type="submit" class="button button-main">
          {say(alert.state === "shelved" ? "shelve_again" : "shelve")}
        </button>
      </div>
    </form>
  );
}

/** Sends what the reader orders under their name, and keeps why it was not taken. */
function useOrder(id: string): [Refusal | null, (said: (by: string) => Order, then: () => void) => void] {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const send = (said: (by: string) => Order, then: () => void): void =>
    withName(async (by) => {
      const refused = await order(id, said(by));
      setRefusal(refused);
      if (refused === null) then();
    });
  return [refusal, send];
}

function Refused({ refusal }: { refusal: Refusal | null }) {
  if (refusal === null) return null;
  return (
    <p class="refusal" role="alert">
      {t.value("order_failed", { reason: reasonOf(refusal) })}
    </p>
  );
}
