/**
 * What the reception does for a guest: lets them in by hand, and says that the host has come. One press each.
 */
import { useState } from "preact/hooks";
import { withName } from "../parts/dialog";
import { reasonOf } from "../parts/refusal";
import { offerUndo } from "../parts/undo";
import { checkIn, notTaken, receive } from "../state/check-in";
import { t } from "../state/preferences";
import { canComeIn } from "../view/guests";
import { guestName } from "../view/names";
import type { Verdict } from "../wire/guests";
import type { Visit } from "../wire/types";

export function Reception({ visit, main = false }: { visit: Visit; main?: boolean }) {
  const isWaited = visit.state === "arrived" && visit.waits_since !== null;
  if (!canComeIn(visit) && !isWaited) return null;
  return (
    <div class="act">
      {canComeIn(visit) && <CheckIn visit={visit} main={main} />}
      {isWaited && <Received visit={visit} main={main} />}
    </div>
  );
}

/** Why what was pressed for this guest was not taken; null where it was. */
export function notTakenLine(code: string): string | null {
  const why = notTaken.value.get(code);
  if (why === undefined) return null;
  if ("received" in why) return t.value("guest_receive_refused", { reason: reasonOf(why.received) });
  return t.value("check_in_refused", { reason: "refusal" in why ? reasonOf(why.refusal) : verdictWord(why.verdict) });
}

function CheckIn({ visit, main }: { visit: Visit; main: boolean }) {
  const say = t.value;
  const who = guestName(visit, say);
  const letIn = (by: string): void => {
    void checkIn(visit, by).then((done) => {
      if (done === null) return;
      offerUndo(say(done.verdict === "needs_attention" ? "checked_in_call" : "checked_in", { who }), done.undo);
    });
  };
  const isAgain = visit.state === "left";
  return (
    <button
      type="button"
      class={`button ${main ? "button-main" : isAgain ? "" : "button-soft"}`}
      aria-label={say("check_in_label", { who })}
      onClick={() => withName(letIn)}
    >
      {say(isAgain ? "check_in_again" : "check_in")}
    </button>
  );
}

function verdictWord(verdict: Verdict): string {
  switch (verdict) {
    case "admit":
    case "admit_again":
    case "needs_attention":
    case "already_in":
      return t.value("verdict_already_in");
    default:
      return t.value(`verdict_${verdict}`);
  }
}

/** Whom nobody has received yet, and the button that says that somebody has. */
function Received({ visit, main }: { visit: Visit; main: boolean }) {
  const say = t.value;
  const [sending, send] = useState(false);
  const told = (by: string): void => {
    send(true);
    void receive(visit.code, by).then(() => send(false));
  };
  return (
    <button
      type="button"
      class={`button ${main ? "button-main" : ""}`}
      disabled={sending}
      aria-label={say("guest_receive_label", { who: guestName(visit, say) })}
      onClick={() => withName(told)}
    >
      {say("guest_receive")}
    </button>
  );
}
