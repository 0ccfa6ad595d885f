/**
 * Asks once who acknowledges. The browser's own dialog: it keeps the focus inside and closes on Escape.
 */
import { batch, computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { person, signAs, t } from "../state/preferences";

/** What waits for a name; null when the dialog is closed. */
const waiting = signal<{ then: (name: string) => void } | null>(null);

/** Whether the dialog is open. */
export const asking = computed(() => waiting.value !== null);

/** Calls `then` with the reader's name, at once when it is known. */
export function withName(then: (name: string) => void): void {
  if (person.value !== "") then(person.value);
  else waiting.value = { then };
}

export function NameDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const wanted = waiting.value;
  const say = t.value;
  useEffect(() => {
    if (wanted === null) {
      dialog.current?.close();
    } else if (dialog.current?.open === false) {
      dialog.current.showModal();
      field.current?.select();
    }
  }, [wanted]);

  const keep = (event: Event): void => {
    event.preventDefault();
    const name = field.current?.value.trim() ?? "";
    if (name === "") return;
    batch(() => {
      signAs(name);
      waiting.value = null;
      wanted?.then(name);
    });
  };

  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="name-title" onClose={() => (waiting.value = null)}>
      <form onSubmit={keep}>
        <h2 id="name-title">{say("name_title")}</h2>
        <p>{say("name_hint")}</p>
        <label>
          <span>{say("name_field")}</span>
          <input ref={field} name="name" required maxLength={60} autocomplete="name" defaultValue={person.value} />
        </label>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={() => (waiting.value = null)}>
            {say("name_cancel")}
          </button>
          <button type="submit" class="button button-main">
            {say("name_save")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
