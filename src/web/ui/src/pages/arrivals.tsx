/**
 * The guests board: search, filters, VIPs first; who is expected when, where and with whom.
 */
import { computed, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { withName } from "../parts/dialog";
import { useGlow } from "../parts/glow";
import { Mark, type Tone } from "../parts/mark";
import { PageHead } from "../parts/page";
import { Empty } from "../parts/panel";
import { reasonOf } from "../parts/refusal";
import { Clock, Ticking } from "../parts/time";
import { t } from "../state/preferences";
import { present, receive, visits } from "../state/store";
import { countBy, FILTERS, search, type Filter } from "../view/guests";
import { vehicleName } from "../view/names";
import { duration } from "../view/time";
import type { Refusal } from "../wire/api";
import type { Visit, VisitState } from "../wire/types";
import { arrivals as words } from "../words/pages/arrivals";
import { learn } from "../words/speak";

learn(words);

/** A first look fits beside the alerts; the rest on demand, so that a phone does not draw a thousand rows. */
const ROWS_AT_FIRST = 14;
const ROWS_MORE = 50;

const TONES: Readonly<Record<VisitState, Tone>> = {
  expected: "calm",
  late: "look",
  arrived: "good",
  left: "calm",
  cancelled: "calm",
};

const filter = signal<Filter>("awaited");
const query = signal("");
const rows = signal(ROWS_AT_FIRST);
const found = computed(() => search(visits.value, filter.value, query.value));
const counts = computed(() => countBy(visits.value));

export default function ArrivalsPage() {
  const say = t.value;
  const total = visits.value.length;
  const list = found.value;
  const some = list.slice(0, rows.value);
  const left = list.length - some.length;
  return (
    <>
      <PageHead title={say("page_arrivals")}>{total > 0 && <Search />}</PageHead>
      <div class="panel panel-guests">
      {total === 0 ? (
        <NoPlan />
      ) : (
        <>
          <Filters />
          {list.length === 0 ? <Empty title={noneLine()} /> : <Board visits={some} />}
          {left > 0 && (
            <div class="more">
              <button type="button" class="button" onClick={() => (rows.value += ROWS_MORE)}>
                {say("guests_show_more", { n: Math.min(left, ROWS_MORE) })}
              </button>
              <span class="quiet">{say("guests_shown", { shown: some.length, total: list.length })}</span>
            </div>
          )}
        </>
      )}
      </div>
    </>
  );
}

function Search() {
  const say = t.value;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, dialog *");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);
  return (
    <input
      ref={field}
      type="search"
      class="search"
      placeholder={say("guests_search")}
      aria-label={say("guests_search")}
      autocomplete="off"
      spellcheck={false}
      value={query.value}
      onInput={(event) => {
        query.value = event.currentTarget.value;
        rows.value = ROWS_AT_FIRST;
      }}
      onKeyDown={(event) => event.key === "Escape" && (query.value = "")}
    />
  );
}

function Filters() {
  const say = t.value;
  return (
    <div class="filters" role="group" aria-label={say("guests_filter")}>
      {FILTERS.map((one) => (
        <button
          key={one}
          type="button"
          class="chip"
          aria-pressed={query.value === "" && filter.value === one}
          onClick={() => {
            filter.value = one;
            query.value = "";
            rows.value = ROWS_AT_FIRST;
          }}
        >
          {say(`filter_${one}`)} <b>{counts.value[one]}</b>
        </button>
      ))}
    </div>
  );
}

function noneLine(): string {
  const say = t.value;
  if (query.value.trim() !== "") return say("guests_none_found", { query: query.value.trim() });
  switch (filter.value) {
    case "awaited":
    case "all":
      return say("guests_none_awaited");
    case "late":
      return say("guests_none_late");
    case "here":
      return say("guests_none_here");
    case "left":
      return say("guests_none_left");
  }
}

/** The roles are written out because a phone lays the rows out as cards, and some readers then forget the table. */
function Board({ visits: some }: { visits: Visit[] }) {
  const say = t.value;
  return (
    <table class="board" role="table" aria-label={say("guests")}>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">{say("col_guest")}</th>
          <th role="columnheader" scope="col">{say("col_where")}</th>
          <th role="columnheader" scope="col">{say("col_when")}</th>
          <th role="columnheader" scope="col">{say("col_state")}</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {some.map((visit) => (
          <Row key={visit.code} visit={visit} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ visit }: { visit: Visit }) {
  const say = t.value;
  const glow = useGlow(visit.state);
  return (
    <tr role="row" class={glow}>
      <td role="cell" class="cell-guest">
        <span class="guest-name">{visit.name ?? say("guest_coded", { code: visit.code })}</span>
        {visit.tier !== "guest" && <span class={`tag tag-${visit.tier}`}>{say(`tier_${visit.tier}`)}</span>}
        <span class="quiet under">{[visit.name === null ? null : visit.code, visit.organisation].filter(Boolean).join(" · ")}</span>
      </td>
      <td role="cell" class="cell-where">
        {visit.place}
        <span class="quiet under">{companyLine(visit)}</span>
        {visit.needs.length > 0 && <span class="under needs">{say("needs", { needs: visit.needs.join(say("item_comma")) })}</span>}
      </td>
      <td role="cell" class="cell-when">
        <When visit={visit} />
      </td>
      <td role="cell" class="cell-state">
        <Mark tone={visit.state === "late" && visit.tier === "vip" ? "act" : TONES[visit.state]}>{say(`visit_${visit.state}`)}</Mark>
        <Reception visit={visit} />
      </td>
    </tr>
  );
}

/** Whom nobody has received yet, and the button that says that somebody has. */
function Reception({ visit }: { visit: Visit }) {
  const say = t.value;
  const [refused, refuse] = useState<Refusal | null>(null);
  const [sending, send] = useState(false);
  if (visit.state !== "arrived") return null;
  if (visit.waits_since === null) return visit.received_at === null ? null : <span class="quiet under">{say("guest_received")}</span>;
  const who = visit.name ?? say("guest_coded", { code: visit.code });
  const told = (by: string): void => {
    send(true);
    void receive(visit.code, by).then((refusal) => {
      refuse(refusal);
      send(false);
    });
  };
  return (
    <>
      <button type="button" class="button" disabled={sending} aria-label={say("guest_receive_label", { who })} onClick={() => withName(told)}>
        {say("guest_receive")}
      </button>
      {refused !== null && (
        <span class="refusal" role="alert">
          {say("guest_receive_refused", { reason: reasonOf(refused) })}
        </span>
      )}
    </>
  );
}

function companyLine(visit: Visit): string {
  const say = t.value;
  const shown = present.peek();
  const host = visit.host === null ? null : say("with_host", { host: visit.host });
  const awaited = visit.state === "expected" || visit.state === "late";
  const vehicle =
    awaited && visit.vehicle !== null && shown !== null
      ? say("by_vehicle", { vehicle: vehicleName(visit.vehicle, shown, say) })
      : null;
  return [host, vehicle].filter(Boolean).join(" · ");
}

/** The clock time people agreed on, and beneath it what it means now. */
function When({ visit }: { visit: Visit }) {
  const say = t.value;
  const stamp = visit.state === "arrived" || visit.state === "left" ? (visit.arrived_at ?? visit.expected_at) : visit.expected_at;
  if (stamp === null) return <span class="quiet">{say("no_time_given")}</span>;
  return (
    <>
      <Clock at={stamp} />
      <span class="quiet under">
        <Meaning visit={visit} stamp={stamp} />
      </span>
    </>
  );
}

function Meaning({ visit, stamp }: { visit: Visit; stamp: string }) {
  const say = t.value;
  const lateBy = visit.late_by_s >= 60 ? say("late_by", { late: duration(visit.late_by_s, say) }) : null;
  switch (visit.state) {
    case "expected":
      return (
        <Ticking
          at={stamp}
          put={(age, seconds) => (seconds < 0 ? t.value("due_in", { age }) : t.value("due_since", { age }))}
        />
      );
    case "late":
      return <Ticking at={stamp} put={(late) => t.value("late_by", { late })} />;
    case "arrived":
      return (
        <>
          {lateBy !== null && `${lateBy} · `}
          <Ticking at={stamp} put={(age) => t.value("here_for", { age })} />
        </>
      );
    case "left":
      return <>{lateBy}</>;
    case "cancelled":
      return null;
  }
}

function NoPlan() {
  const say = t.value;
  return (
    <Empty title={say("plan_missing")}>
      <ol class="steps">
        <li>{say("plan_step_1")}</li>
        <li>
          {say("plan_step_2")} <code>portico plan check guests.csv</code>
        </li>
        <li>
          {say("plan_step_3")} <code>portico plan import guests.csv</code>
        </li>
      </ol>
    </Empty>
  );
}
