/**
 * Several alerts taken on at once: which are chosen, and the bar that says so.
 */
import { batch, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { take } from "../parts/take";
import { t } from "../state/preferences";
import type { Alert } from "../wire/types";

export const choosing = signal(false);
export const chosen = signal<ReadonlySet<string>>(new Set());

function leave(): void {
  batch(() => {
    choosing.value = false;
    chosen.value = new Set();
  });
}

export function Bulk({ alerts }: { alerts: Alert[] }) {
  const say = t.value;
  useEffect(() => leave, []);
  if (!choosing.value) return null;
  const firing = alerts.filter((alert) => alert.state === "firing").map((alert) => alert.id);
  // One that ended, or that somebody else took, is no longer among them.
  const wanted = firing.filter((id) => chosen.value.has(id));
  const n = wanted.length;
  const takeAll = (): void => {
    leave();
    take(wanted, "");
  };
  return (
    <div class="bulk" role="group" aria-label={say("ledger_choose_several")}>
      <b role="status">{say("ledger_chosen", { n })}</b>
      <button type="button" class="button" onClick={() => (chosen.value = new Set(n === firing.length ? [] : firing))}>
        {n === firing.length && n > 0 ? say("ledger_choose_none") : say("ledger_choose_all", { n: firing.length })}
      </button>
      <span class="bulk-end">
        <button type="button" class="button" onClick={leave}>
          {say("name_cancel")}
        </button>
        <button type="button" class="button button-main" disabled={n === 0} onClick={takeAll}>
          {say("acknowledge")}
        </button>
      </span>
    </div>
  );
}
