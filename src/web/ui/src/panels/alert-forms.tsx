/**
 * What a person can do to an alert beside taking it on: write of it, end it, put it aside.
 */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { withName } from "../parts/dialog";
import { reasonOf } from "../parts/refusal";
import { Clock } from "../parts/time";
import { language, t } from "../state/preferences";
import { now, order, zone } from "../state/store";
import { written } from "../view/alerts";
import { clock, duration, moment } from "../view/time";
import type { Order, Refusal } from "../wire/api";
import { FINDINGS, type Alert, type AlertNote } from "../wire/types";

/** Minutes that an alert may be put aside for; the last is a shift, the most that the gateway takes. */
const SHELVE_MINUTES = [15, 30, 60, 120, 240, 720] as const;

export function Findings({ alert }: { alert: Alert }) {
  const say = t.value;
  const { refusal, sent, sending, send } = useOrder(alert.id);
  const [ending, end] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const said = () => written(alert.findings ?? {}, (part) => String(new FormData(form.current ?? undefined).get(part) ?? ""));
  const save = (event: Event): void => {
    event.preventDefault();
    const findings = said();
    if (Object.keys(findings).length > 0) send((by) => ({ action: "note", by, ...findings }));
  };
  const resolve = (): void => {
    end(false);
    send((by) => ({ action: "resolve", by, ...said() }));
  };
  return (
    <Form id="findings" title={say("findings")} hint={say("no_names_hint")}>
      <form ref={form} class="form" onSubmit={save}>
        {FINDINGS.map((part) => {
          const note = alert.findings?.[part];
          return (
            <label key={part}>
              <span>
                {say(`finding_${part}`)} {note !== undefined && <span class="quiet">{byWhom(note)}</span>}
              </span>
              <textarea name={part} maxLength={1000} rows={2} defaultValue={note?.text ?? ""} aria-describedby="findings-hint" />
            </label>
          );
        })}
        <Outcome refusal={refusal} sent={sent} />
        {ending ? (
          <div class="asks" role="group" aria-label={say("resolve")}>
            <p>{say("resolve_sure")}</p>
            <div class="dialog-actions">
              <button type="button" class="button" onClick={() => end(false)}>
                {say("name_cancel")}
              </button>
              <button type="button" class="button button-main" onClick={resolve}>
                {say("resolve_now")}
              </button>
            </div>
          </div>
        ) : (
          <div class="dialog-actions">
            {alert.state !== "resolved" && (
              <button type="button" class="button" disabled={sending} onClick={() => end(true)}>
                {say("resolve")}
              </button>
            )}
            <button type="submit" class="button button-main" disabled={sending}>
              {say("findings_save")}
            </button>
          </div>
        )}
      </form>
    </Form>
  );
}

export function Notes({ alert }: { alert: Alert }) {
  const say = t.value;
  const { refusal, sent, sending, send } = useOrder(alert.id);
  const field = useRef<HTMLTextAreaElement>(null);
  const add = (event: Event): void => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? "";
    if (text === "") return;
    send(
      (by) => ({ action: "note", by, text }),
      () => {
        if (field.current !== null) field.current.value = "";
      },
    );
  };
  return (
    <Form id="notes" title={say("notes")} hint={say("notes_hint")}>
      {alert.notes.length > 0 && (
        <ul class="lines notes">
          {alert.notes.map((note) => (
            <li key={`${note.at} ${note.text}`}>
              <p>{note.text}</p>
              <p class="quiet">
                {note.by}, <Clock at={note.at} />
              </p>
            </li>
          ))}
        </ul>
      )}
      <form class="form" onSubmit={add}>
        <label>
          <span class="visually-hidden">{say("notes_field")}</span>
          <textarea ref={field} name="text" required maxLength={2000} rows={2} placeholder={say("notes_field")} aria-describedby="notes-hint" />
        </label>
        <Outcome refusal={refusal} sent={sent} />
        <div class="dialog-actions">
          <button type="submit" class="button" disabled={sending}>
            {say("notes_add")}
          </button>
        </div>
      </form>
    </Form>
  );
}

export function Shelving({ alert }: { alert: Alert }) {
  const say = t.value;
  const { refusal, sent, sending, send } = useOrder(alert.id);
  const shelve = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [length, reason] = [`${form.get("minutes")}m`, String(form.get("reason")).trim()];
    send((by) => ({ action: "shelve", by, for: length, reason }));
  };
  const isShelved = alert.state === "shelved";
  return (
    <Form id="shelve" title={say("shelve")} hint={say("shelve_hint")}>
      <form class="form form-line" onSubmit={shelve}>
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
        <label class="form-wide">
          <span>{say("shelve_reason")}</span>
          <input name="reason" required maxLength={500} autocomplete="off" aria-describedby="shelve-names" />
          <small id="shelve-names">{say("no_names_hint")}</small>
        </label>
        <Outcome refusal={refusal} sent={sent} />
        <div class="dialog-actions">
          {isShelved && (
            <button type="button" class="button" disabled={sending} onClick={() => send((by) => ({ action: "unshelve", by }))}>
              {say("unshelve")}
            </button>
          )}
          <button type="submit" class="button" disabled={sending}>
            {say(isShelved ? "shelve_again" : "shelve")}
          </button>
        </div>
      </form>
    </Form>
  );
}

interface FormProps {
  id: string;
  title: string;
  hint: string;
  children: ComponentChildren;
}

function Form({ id, title, hint, children }: FormProps) {
  return (
    <section class="panel" aria-labelledby={`${id}-title`}>
      <header class="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
      </header>
      <div class="panel-body">
        <p id={`${id}-hint`} class="quiet">
          {hint}
        </p>
        {children}
      </div>
    </section>
  );
}

interface Sending {
  refusal: Refusal | null;
  /** It was taken. */
  sent: boolean;
  sending: boolean;
  send: (said: (by: string) => Order, then?: () => void) => void;
}

/** Sends what the reader orders under their name, and keeps what came of it. */
function useOrder(id: string): Sending {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [sent, setSent] = useState(false);
  const [sending, setSending] = useState(false);
  const send: Sending["send"] = (said, then) =>
    withName(async (by) => {
      setSending(true);
      const refused = await order(id, said(by));
      setSending(false);
      setRefusal(refused);
      setSent(refused === null);
      if (refused === null) then?.();
    });
  return { refusal, sent, sending, send };
}

function Outcome({ refusal, sent }: { refusal: Refusal | null; sent: boolean }) {
  return (
    <>
      {refusal !== null && (
        <p class="refusal" role="alert">
          {t.value("order_failed", { reason: reasonOf(refusal) })}
        </p>
      )}
      <p class="visually-hidden" role="status">
        {sent ? t.value("order_taken") : ""}
      </p>
      {sent && refusal === null && (
        <p class="quiet" aria-hidden="true">
          {t.value("order_taken")}
        </p>
      )}
    </>
  );
}

function byWhom({ by, at }: AlertNote): string {
  return t.value("finding_by", { by, time: clock(moment(at) ?? now.peek(), language.value, zone.value) });
}
