/**
 * What was just done, and ten seconds to take it back. Nothing asks first what can be undone.
 */
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../state/preferences";
import type { Refusal } from "../wire/api";
import { reasonOf } from "./refusal";

/** How long it can be taken back here; the gateway takes it a while longer, for a slow network. */
export const UNDO_MS = 10_000;

interface Done {
  /** Told apart by it: the same may be done twice. */
  turn: number;
  said: string;
  undo: () => Promise<Refusal | null>;
}

const done = signal<Done | null>(null);
const refused = signal<string | null>(null);
/** Something can still be taken back: what it was done to should be in its place. */
export const offered = computed(() => done.value !== null);
let turn = 0;

/** Says what was done and offers to take it back; a later one takes its place. */
export function offerUndo(said: string, undo: () => Promise<Refusal | null>): void {
  turn += 1;
  refused.value = null;
  done.value = { turn, said, undo };
}

export function Undo() {
  const say = t.value;
  const shown = done.value;
  const why = refused.value;
  useEffect(() => {
    if (shown === null && why === null) return undefined;
    const timer = setTimeout(() => {
      done.value = null;
      refused.value = null;
    }, UNDO_MS);
    return () => clearTimeout(timer);
  }, [shown?.turn, why]);
  const take = (one: Done): void => {
    done.value = null;
    void one.undo().then((refusal) => {
      if (refusal !== null) refused.value = say("undo_failed", { reason: reasonOf(refusal) });
    });
  };
  return (
    <div class="undo" role="status">
      {shown !== null && (
        <p class="undo-bar" key={shown.turn}>
          <span>{shown.said}</span>
          <button type="button" class="button" onClick={() => take(shown)}>
            {say("undo")}
          </button>
        </p>
      )}
      {why !== null && <p class="undo-bar">{why}</p>}
    </div>
  );
}
