/**
 * Asks for help: where, and of what kind. People are told at once; the alert comes back on the stream like any other.
 */
import { signal } from "@preact/signals";
import { t } from "../state/preferences";
import { callForHelp, present } from "../state/store";
import type { Refusal } from "../wire/api";
import { INCIDENTS } from "../wire/types";
import { withName } from "./dialog";
import { useModal } from "./modal";
import { reasonOf } from "./refusal";

const open = signal(false);
const refused = signal<Refusal | null>(null);
/** A second press before the answer would ask for help twice. */
const sending = signal(false);

export function openIncidentDialog(): void {
  refused.value = null;
  // Who asks comes first: one dialog after the other.
  withName(() => (open.value = true));
}

function send(event: Event): void {
  event.preventDefault();
  const said = new FormData(event.currentTarget as HTMLFormElement);
  if (sending.value) return;
  sending.value = true;
  withName(async (name) => {
    refused.value = await callForHelp(String(said.get("room")).trim(), String(said.get("incident")), name);
    sending.value = false;
    if (refused.value === null) open.value = false;
  });
}

export function IncidentDialog() {
  const say = t.value;
  const shown = open.value;
  const dialog = useModal(shown);
  const why = refused.value;
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="incident-title" onClose={() => (open.value = false)}>
      {shown && (
        <form onSubmit={send}>
          <h2 id="incident-title">{say("incident_ask_title")}</h2>
          <label>
            <span>{say("incident_ask_where")}</span>
            <input name="room" required maxLength={60} list="incident-rooms" autocomplete="off" />
          </label>
          <datalist id="incident-rooms">
            {(present.value?.rooms ?? []).map((room) => (
              <option key={room.id} value={room.id} />
            ))}
          </datalist>
          <label>
            <span>{say("incident_ask_what")}</span>
            <select name="incident">
              {INCIDENTS.map((kind) => (
                <option key={kind} value={kind}>
                  {say(`incident_kind_${kind}`)}
                </option>
              ))}
            </select>
          </label>
          {why !== null && <p role="alert">{say("incident_ask_refused", { reason: reasonOf(why) })}</p>}
          <div class="dialog-actions">
            <button type="button" class="button" onClick={() => (open.value = false)}>
              {say("name_cancel")}
            </button>
            <button type="submit" class="button button-main" disabled={sending.value}>
              {say("incident_ask_send")}
            </button>
          </div>
        </form>
      )}
    </dialog>
  );
}
