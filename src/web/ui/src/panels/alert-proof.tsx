/**
 * The entries from which an alert follows: each in words, and as it stands in the journal.
 */
import { useEffect, useState } from "preact/hooks";
import { Raw } from "../parts/raw";
import { reasonOf } from "../parts/refusal";
import { Clock } from "../parts/time";
import { t } from "../state/preferences";
import { pathOf } from "../state/route";
import { present } from "../state/store";
import { entryWords } from "../view/entry-words";
import { evidence } from "../wire/alerts";
import type { Refusal } from "../wire/api";
import type { Alert, AlertMove, Entry } from "../wire/types";

/** A first look; a long one is opened on demand. */
const SHOWN = 6;

interface Found {
  entries: readonly Entry[];
  more: boolean;
  /** An older gateway told the causes of its changes only. */
  partly: boolean;
}

export function Proof({ alert, moves }: { alert: Alert; moves: AlertMove[] | null }) {
  const say = t.value;
  const [found, refusal] = useEvidence(alert, moves);
  const [all, showAll] = useState(false);
  if (found === null && refusal === null) return null;
  const entries = found?.entries ?? [];
  const moved = new Set((moves ?? []).flatMap(({ cause }) => (cause === null ? [] : [cause.seq])));
  const shown = all || entries.length <= SHOWN ? entries : firstLook(entries, moved);
  return (
    <section class="panel" aria-labelledby="proof-title">
      <header class="panel-head">
        <h2 id="proof-title">{say("proof")}</h2>
      </header>
      <div class="proof">
        <p class="quiet">{say(found?.partly === true ? "proof_partly" : "proof_hint")}</p>
        {refusal !== null && (
          <p class="refusal" role="alert">
            {say("proof_refused", { reason: reasonOf(refusal) })}
          </p>
        )}
        {found !== null && entries.length === 0 && <p>{say("proof_none")}</p>}
        {shown.length < entries.length && (
          <button type="button" class="button" onClick={() => showAll(true)}>
            {say("proof_all", { n: entries.length })}
          </button>
        )}
        <ol class="proof-entries">
          {shown.map((entry) => (
            <Line key={entry.seq} entry={entry} moved={moved.has(entry.seq)} />
          ))}
        </ol>
        {found?.more === true && <p class="quiet">{say("proof_more")}</p>}
      </div>
    </section>
  );
}

function useEvidence(alert: Alert, moves: AlertMove[] | null): [Found | null, Refusal | null] {
  const [found, setFound] = useState<Found | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const changes = moves?.length ?? -1;
  useEffect(() => {
    if (moves === null) return undefined;
    let isWanted = true;
    void evidence(alert.id).then((answer) => {
      if (!isWanted) return;
      const isOlder = !answer.ok && answer.refusal.kind === "refused" && answer.refusal.status === 404;
      if (answer.ok) setFound({ ...answer.value, partly: false });
      else if (isOlder) setFound({ entries: causes(moves), more: false, partly: true });
      setRefusal(answer.ok || isOlder ? null : answer.refusal);
    });
    return () => {
      isWanted = false;
    };
  }, [alert.id, changes]);
  return [found, refusal];
}

/** What people ordered is told in its life. */
function causes(moves: readonly AlertMove[]): Entry[] {
  const bySeq = new Map(moves.flatMap(({ cause }) => (cause === null || cause.kind === "command" ? [] : [[cause.seq, cause]])));
  return [...bySeq.values()];
}

/** What moved it, else the newest: the rest is a press away. */
function firstLook(entries: readonly Entry[], moved: ReadonlySet<number>): readonly Entry[] {
  const movers = entries.filter((entry) => moved.has(entry.seq));
  return movers.length > 0 ? movers : entries.slice(-SHOWN);
}

function Line({ entry, moved }: { entry: Entry; moved: boolean }) {
  const say = t.value;
  const venue = present.peek();
  if (venue === null) return null;
  const { device } = entry;
  return (
    <li class="proof-entry">
      <p>
        <Clock at={entry.observed_at ?? entry.received_at} /> {entryWords(entry, venue, say)}
        {moved && <span class="tag moved">{say("proof_moved")}</span>}
      </p>
      <div class="quiet">
        {device !== null && device !== "gateway" && !device.startsWith("operator/") && (
          <>
            <a href={pathOf("devices", device)}>{device}</a> ·{" "}
          </>
        )}
        <Raw entry={entry} />
      </div>
    </li>
  );
}
