/**
 * One alert's sheet: what can be done to it beside acknowledging, and what is written of it. The browser's own dialog.
 */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { language, t } from "../state/preferences";
import { alerts, now, order, present, resolved } from "../state/store";
import { tell } from "../view/alert-words";
import { duration } from "../view/time";
import type { Order, Refusal } from "../wire/api";
import type { Alert } from "../wire/types";
import { withName } from "./dialog";
import { reasonOf } from "./refusal";

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
  const is_open = alert !== undefined && shown !== null;
  useEffect(() => {
    if (!is_open) dialog.current?.close();
    else if (dialog.current?.open === false) dialog.current.showModal();
  }, [is_open]);
  const say = t.value;
  return (
    <dialog ref={dialog} class="dialog sheet" aria-labelledby="sheet-title" onClose={close}>
      {alert !== undefined && shown !== null && (
        <div key={alert.id} class="sheet-parts">
          <h2 id="sheet-title">{tell(alert, shown, { say, language: language.value, now: now.value }).title}</h2>
          {alert.state !== "pending" && alert.state !== "resolved" && <Shelving alert={alert} />}
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
