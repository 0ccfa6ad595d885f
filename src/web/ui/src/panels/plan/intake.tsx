/**
 * A new plan on its way: chosen or dropped, looked at, taken or left. Until it is taken nothing changes, and the old one
 * holds through every refusal.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { withName } from "../../parts/dialog";
import { Panel } from "../../parts/panel";
import { reasonOf } from "../../parts/refusal";
import { t } from "../../state/preferences";
import { held, send, type PlanFault, type Proposed } from "../../wire/plan";
import { PlanChanges } from "./changes";
import { PlanFaults } from "./faults";

type Step =
  | { at: "waiting" }
  | { at: "looking"; file: File }
  | { at: "shown"; file: File; proposed: Proposed; moved: boolean }
  | { at: "taking"; file: File; proposed: Proposed }
  | { at: "faults"; file: File; faults: PlanFault[] }
  | { at: "refused"; reason: string }
  | { at: "taken" };

/** `taken` is called when another plan holds. */
export function PlanIntake({ taken }: { taken: () => void }) {
  const say = t.value;
  const [step, setStep] = useState<Step>({ at: "waiting" });
  const [over, setOver] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  const preview = async (file: File, moved: boolean): Promise<void> => {
    setStep({ at: "looking", file });
    const sent = await send(file, { preview: true, by: null, held: null });
    if (sent.kind === "taken") setStep({ at: "shown", file, proposed: sent.proposed, moved });
    else if (sent.kind === "faults") setStep({ at: "faults", file, faults: sent.faults });
    else setStep({ at: "refused", reason: sent.kind === "conflict" ? sent.detail : reasonOf(sent.refusal) });
  };

  /** Taken only in the place of the plan that it was compared with. */
  const take = (file: File, proposed: Proposed): void =>
    withName(async (by) => {
      setStep({ at: "taking", file, proposed });
      const sent = await send(file, { preview: false, by, held: proposed.entry });
      if (sent.kind === "taken") {
        setStep({ at: "taken" });
        taken();
      } else if (sent.kind === "faults") setStep({ at: "faults", file, faults: sent.faults });
      else if (sent.kind === "refused") setStep({ at: "refused", reason: reasonOf(sent.refusal) });
      else {
        const now = await held();
        if (now.ok && now.value.entry !== proposed.entry) return preview(file, true);
        setStep({ at: "refused", reason: sent.detail });
      }
    });

  const chosen = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file !== undefined) void preview(file, false);
    // The same file again, mended meanwhile, is a new choice.
    if (field.current !== null) field.current.value = "";
  };
  useDrop(setOver, chosen);
  const isBusy = step.at === "looking" || step.at === "taking";

  return (
    <Panel id="plan-intake" title={say("plan_bring")}>
      <div class={`plan-drop ${over ? "plan-drop-over" : ""}`}>
        <label class={`button ${step.at === "shown" ? "" : "button-main"}`}>
          {say("plan_choose")}
          <input
            ref={field}
            type="file"
            class="visually-hidden"
            accept=".csv,.xlsx,.json,text/csv,application/json"
            disabled={isBusy}
            onChange={(event) => chosen(event.currentTarget.files)}
          />
        </label>
        <span class="quiet">{say(over ? "plan_drop_now" : "plan_drop")}</span>
      </div>
      <div class="plan-step" aria-live="polite">
        {step.at === "looking" && <p>{say("plan_looking", { file: step.file.name })}</p>}
        {step.at === "taking" && <p>{say("plan_taking")}</p>}
        {step.at === "refused" && <p class="refusal">{say("plan_not_taken", { reason: step.reason })}</p>}
        {step.at === "taken" && (
          <p>
            <b>{say("plan_taken")}</b> {say("plan_taken_hint")}
          </p>
        )}
        {step.at === "faults" && <PlanFaults file={step.file.name} faults={step.faults} />}
        {step.at === "shown" && (
          <>
            {step.moved && <p class="plan-moved">{say("plan_moved")}</p>}
            <PlanChanges file={step.file.name} proposed={step.proposed} />
            <div class="dialog-actions">
              <button type="button" class="button" onClick={() => setStep({ at: "waiting" })}>
                {say("plan_leave")}
              </button>
              {step.proposed.changes.lists.length > 0 && (
                <button type="button" class="button button-main" onClick={() => take(step.file, step.proposed)}>
                  {say("plan_take")}
                </button>
              )}
            </div>
          </>
        )}
      </div>
    </Panel>
  );
}

/** A file may be dropped anywhere on the page: a browser would else leave the page and show the file. */
function useDrop(setOver: (over: boolean) => void, chosen: (files: FileList | undefined) => void): void {
  const then = useRef(chosen);
  then.current = chosen;
  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      then.current(event.dataTransfer?.files);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    };
  }, []);
}
