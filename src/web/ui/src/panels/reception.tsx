/**
 * What the reception does for a guest: lets them in by hand, and says that the host has come. One press each.
 */
import { useState } from "preact/hooks";
import { withName } from "../parts/dialog";
import { reasonOf } from "../parts/refusal";
import { offerUndo } from "../parts/undo";
import { checkIn, notIn, receive, type NotIn } from "../state/check-in";
import { t } from "../state/preferences";
import { canComeIn } from "../view/guests";
import { guestName } from "../view/names";
import type { Refusal } from "../wire/api";
import type { Visit } from "../wire/types";

export function Reception({ visit, main = false }: { visit: Visit; main?: boolean }) {
  const why = notIn.value.get(visit.code);
  const isWaited = visit.state === "arrived" && visit.waits_since !== null;
  if (!canComeIn(visit) && !isWaited && why === undefined) return null;
  return (
    <div class="act">
      {canComeIn(visit) && <CheckIn visit={visit} main={main} />}
      {isWaited && <Received visit={visit} main={main} />}
      {why !== undefined && (
        <p class="refusal" role="alert">
          {t.value("check_in_refused", { reason: notInWord(why) })}
        </p>
      )}
    </div>
  );
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

function notInWord(why: NotIn): string {
  if ("refusal" in why) return reasonOf(why.refusal);
  switch (why.verdict) {
    case "admit":
    case "admit_again":
    case "needs_attention":
    case "already_in":
      return t.value("verdict_already_in");
    default:
      return t.value(`verdict_${why.verdict}`);
  }
}

/** Whom nobody has received yet, and the button that says that somebody has. */
function Received({ visit, main }: { visit: Visit; main: boolean }) {
  const say = t.value;
  const [refused, refuse] = useState<Refusal | null>(null);
  const [sending, send] = useState(false);
  const told = (by: string): void => {
    send(true);
    void receive(visit.code, by).then((refusal) => {
      refuse(refusal);
      send(false);
    });
  };
  return (
    <>
      <button
        type="button"
        class={`button ${main ? "button-main" : ""}`}
        disabled={sending}
        aria-label={say("guest_receive_label", { who: guestName(visit, say) })}
        onClick={() => withName(told)}
      >
        {say("guest_receive")}
      </button>
      {refused !== null && (
        <p class="refusal" role="alert">
          {say("guest_receive_refused", { reason: reasonOf(refused) })}
        </p>
      )}
    </>
  );
}
