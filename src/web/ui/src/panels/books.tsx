/**
 * The account of everything that was heard since the gateway started: whether it adds up, and each line of it. Asks now
 * and then; changes nothing.
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Mark } from "../parts/mark";
import { Panel } from "../parts/panel";
import { language, t } from "../state/preferences";
import { zone } from "../state/store";
import { differences, type SumLine, sums } from "../view/books";
import { clock, moment } from "../view/time";
import * as api from "../wire/api";
import type { Conservation } from "../wire/types";

/** Nobody acts on a count that is a little old. */
const ASK_EVERY_MS = 15_000;

/** As last told; null until then. */
const books = signal<Conservation | null>(null);

async function ask(): Promise<void> {
  const answer = await api.conservation();
  // Without an answer the last one stands; that the page is not live is said at its top.
  if (answer.ok) books.value = answer.value;
}

export function Books() {
  const say = t.value;
  useEffect(() => {
    void ask();
    const timer = setInterval(() => void ask(), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const told = books.value;
  if (told === null) return null;
  const since = moment(told.since);
  return (
    <Panel id="books" title={say("books")}>
      <div class="upstream">
        <Mark tone={told.adds_up ? "good" : "act"}>{say(told.adds_up ? "books_adds_up" : "books_does_not")}</Mark>
        {since !== null && <span>{say("books_since", { time: clock(since, language.value, zone.value) })}</span>}
        {differences(told, say).map((line) => (
          <p key={line}>{line}</p>
        ))}
        <p class="quiet">{say("books_hint")}</p>
      </div>
      <details class="parked">
        <summary>{say("books_show")}</summary>
        <ul class="rows">
          {sums(told, say).map((line) => (
            <Line key={line.name} line={line} />
          ))}
        </ul>
      </details>
    </Panel>
  );
}

function Line({ line }: { line: SumLine }) {
  return (
    <li class="row">
      <div class="row-main">
        <span class="row-name">{line.name}</span> <span>{line.whole}</span>
        {line.parts.length > 0 && <span class="quiet under">= {line.parts.join(" + ")}</span>}
      </div>
    </li>
  );
}
