/**
 * Asks a person which time is right, the gateway's or this device's. Both run on while they are compared.
 */
import { signal } from "@preact/signals";
import { language, t } from "../state/preferences";
import { now, trustClock, zone } from "../state/store";
import { exact } from "../view/time";
import type { Refusal } from "../wire/api";
import { withName } from "./dialog";
import { useModal } from "./modal";

const open = signal(false);
const refused = signal<Refusal | null>(null);

export function openClockDialog(): void {
  refused.value = null;
  // Who says so comes first: one dialog after the other.
  withName(() => (open.value = true));
}

function say(device: boolean): void {
  withName(async (name) => {
    refused.value = await trustClock(name, device);
    if (refused.value === null) open.value = false;
  });
}

export function ClockDialog() {
  const words = t.value;
  const shown = open.value;
  const dialog = useModal(shown);
  const why = refused.value;
  // The beat that moves the gateway's time redraws this one too.
  const [ours, theirs] = [now.value, Date.now()];
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="clock-title" onClose={() => (open.value = false)}>
      <h2 id="clock-title">{words("clock_dialog_title")}</h2>
      <p>{words("clock_dialog_hint")}</p>
      <p>{words("clock_of_gateway", { time: exact(ours, language.value, zone.value) })}</p>
      <p>{words("clock_of_device", { time: exact(theirs, language.value, zone.value) })}</p>
      {why !== null && (
        <p role="alert">
          {words("clock_not_confirmed", { reason: why.kind === "refused" ? why.detail : words("clock_no_answer") })}
        </p>
      )}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => (open.value = false)}>
          {words("name_cancel")}
        </button>
        <button type="button" class="button" onClick={() => say(false)}>
          {words("clock_gateway_right")}
        </button>
        <button type="button" class="button button-main" onClick={() => say(true)}>
          {words("clock_device_right")}
        </button>
      </div>
    </dialog>
  );
}
