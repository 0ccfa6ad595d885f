/**
 * An alert's life as a line of moments: what happened, when, and what made it so.
 */
import { Raw } from "../parts/raw";
import { Clock } from "../parts/time";
import { t } from "../state/preferences";
import { present } from "../state/store";
import { life, type LifeLine } from "../view/alert-life";
import { entryWords } from "../view/entry-words";
import type { Alert, AlertMove, AlertState } from "../wire/types";

/** Where each state stands on the line: filled where somebody or something moved it, hollow where it is over. */
const DOTS: Readonly<Record<AlertState, string>> = {
  pending: "dot-quiet",
  firing: "dot-act",
  acknowledged: "dot-calm",
  shelved: "dot-quiet",
  resolved: "dot-over",
};

export function Life({ moves, alert }: { moves: AlertMove[]; alert: Alert }) {
  const say = t.value;
  const lines = life(moves, alert.resolution, say);
  return (
    <section class="panel" aria-labelledby="life-title">
      <header class="panel-head">
        <h2 id="life-title">{say("sheet_history")}</h2>
      </header>
      <ol class="life">
        {lines.map((line) => (
          <Moment key={line.seq} line={line} />
        ))}
      </ol>
    </section>
  );
}

function Moment({ line }: { line: LifeLine }) {
  const say = t.value;
  const venue = present.peek();
  const { cause } = line;
  // A word about it moves it nowhere.
  const dot = cause?.kind === "command" && cause.body?.["action"] === "note" ? "dot-quiet" : DOTS[line.state];
  return (
    <li class={`life-moment ${dot}`}>
      <p>
        <Clock at={line.at} /> <b>{line.what}</b>
      </p>
      {line.said.map((text) => (
        <p key={text} class="life-said">
          {text}
        </p>
      ))}
      <div class="quiet">
        {cause === null ? say("history_by_time") : cause.kind === "command" || venue === null ? null : entryWords(cause, venue, say)}
        {cause !== null && <Raw entry={cause} />}
      </div>
    </li>
  );
}
