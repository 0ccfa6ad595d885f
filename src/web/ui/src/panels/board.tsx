/**
 * The guests board as rows; only those near what is in sight are in the page, so that thousands do not weigh.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { useGlow } from "../parts/glow";
import { Mark, type Tone } from "../parts/mark";
import { Clock, Ticking } from "../parts/time";
import { language, t } from "../state/preferences";
import { pathOf, route } from "../state/route";
import { present, zone } from "../state/store";
import { keyOf } from "../view/guests";
import { guestName, placeName } from "../view/names";
import { clock, duration, moment } from "../view/time";
import type { Visit, VisitState } from "../wire/types";
import { rideLine } from "./next-vips";
import { notTakenLine, Reception } from "./reception";

const TONES: Readonly<Record<VisitState, Tone>> = {
  expected: "calm",
  late: "look",
  arrived: "good",
  left: "calm",
  cancelled: "calm",
};

/** Rows that come and go together. */
const BLOCK = 25;
/** How high a row is thought to be before it was ever drawn. */
const ROW_PX = 58;
/** Drawn before they come into sight. */
const AHEAD_PX = 800;

/** The roles are written out because a phone lays the rows out as cards, and some readers then forget the table. */
export function Board({ visits, of }: { visits: readonly Visit[]; of: string }) {
  const say = t.value;
  const blocks = Array.from({ length: Math.ceil(visits.length / BLOCK) }, (_, n) => visits.slice(n * BLOCK, (n + 1) * BLOCK));
  return (
    <table class="board guests-board" role="table" aria-label={say("guests")} aria-rowcount={visits.length + 1}>
      <thead role="rowgroup">
        <tr role="row" aria-rowindex={1}>
          {(["guest", "place", "host", "expected", "state", "act"] as const).map((name) => (
            <th key={name} role="columnheader" scope="col" class={`col-${name}`}>
              {say(`col_${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      {blocks.map((some, n) => (
        <Block key={`${of} ${n}`} visits={some} n={n} />
      ))}
    </table>
  );
}

function Block({ visits, n }: { visits: readonly Visit[]; n: number }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const height = useRef(visits.length * ROW_PX);
  const [near, setNear] = useState(n === 0);
  useEffect(() => {
    const element = body.current;
    if (element === null) return undefined;
    const look = new IntersectionObserver(
      ([seen]) => {
        if (seen === undefined) return;
        // What holds the focus stays, or a keyboard would lose its place.
        const stays = seen.isIntersecting || element.contains(document.activeElement);
        if (!stays) height.current = seen.boundingClientRect.height;
        setNear(stays);
      },
      { rootMargin: `${AHEAD_PX}px 0px` },
    );
    look.observe(element);
    return () => look.disconnect();
  }, []);
  return (
    <tbody ref={body} role="rowgroup">
      {near ? (
        visits.map((visit, at) => <Row key={keyOf(visit)} visit={visit} index={n * BLOCK + at + 2} />)
      ) : (
        <tr class="spacer" role="presentation" aria-hidden="true">
          <td colSpan={6} style={{ height: `${height.current}px` }} />
        </tr>
      )}
    </tbody>
  );
}

function Row({ visit, index }: { visit: Visit; index: number }) {
  const say = t.value;
  const glow = useGlow(visit.state);
  const shown = present.value;
  const why = notTakenLine(visit.code);
  return (
    <tr role="row" aria-rowindex={index} class={glow}>
      <td role="cell" class="cell-guest">
        <a class="guest-name" href={pathOf("arrivals", visit.code) + search()}>
          {guestName(visit, say)}
        </a>
        {visit.tier !== "guest" && <span class={`tag tag-${visit.tier}`}>{say(`tier_${visit.tier}`)}</span>}
        <span class="quiet under">{[visit.name === null ? null : visit.code, visit.organisation].filter(Boolean).join(" · ")}</span>
        {why !== null && (
          <span class="refusal" role="alert">
            {why}
          </span>
        )}
      </td>
      <td role="cell" class="cell-place">
        {visit.place !== null && shown !== null && placeName(visit.place, shown)}
        {visit.needs.length > 0 && <Needs needs={visit.needs} />}
      </td>
      <td role="cell" class="cell-host">
        <Host visit={visit} />
        {(visit.state === "expected" || visit.state === "late") && <span class="quiet under">{rideLine(visit)}</span>}
      </td>
      <td role="cell" class="cell-expected">
        {visit.expected_at === null ? <span class="quiet">{say("no_time_given")}</span> : <Clock at={visit.expected_at} />}
        {visit.state === "expected" && visit.expected_at !== null && (
          <span class="quiet under">
            <Ticking at={visit.expected_at} put={(age, seconds) => t.value(seconds < 0 ? "due_in" : "due_since", { age })} />
          </span>
        )}
      </td>
      <td role="cell" class="cell-state">
        <State visit={visit} />
      </td>
      <td role="cell" class="cell-act">
        <Reception visit={visit} />
      </td>
    </tr>
  );
}

/** The filters go along, so that the way back finds the same list. */
function search(): string {
  const said = route.value.params.toString();
  return said === "" ? "" : `?${said}`;
}

export function Needs({ needs }: { needs: readonly string[] }) {
  const say = t.value;
  return <span class="under needs">{say("needs", { needs: needs.join(say("item_comma")) })}</span>;
}

/** The host, to be rung with one press where the plan says how. */
export function Host({ visit }: { visit: Visit }) {
  const say = t.value;
  if (visit.host === null) return null;
  if (visit.host_contact === null) return <span>{visit.host}</span>;
  return (
    <a class="host" href={`tel:${visit.host_contact.replace(/[^\d+]/g, "")}`} title={visit.host_contact} aria-label={say("call_host", { host: visit.host })}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d="M4.2 1.5 6 1.2l1.3 3.3-1.5 1.3c.7 1.7 1.8 2.8 3.4 3.5l1.4-1.5 3.2 1.3-.2 1.9c-.2 1.5-1.5 2.3-2.9 2C6.5 12.2 3.3 9 2.3 4.7 2 3.2 2.7 1.8 4.2 1.5z" />
      </svg>
      {visit.host}
    </a>
  );
}

/** In a word, with when and how late, and how long nobody has come for the guest. */
export function State({ visit }: { visit: Visit }) {
  const say = t.value;
  const here = visit.state === "arrived" || visit.state === "left";
  return (
    <>
      <Mark tone={visit.state === "late" && visit.tier === "vip" ? "act" : TONES[visit.state]}>
        {say(`visit_${visit.state}`)}
        {here && visit.arrived_at !== null && (
          <>
            {" "}
            <Clock at={visit.arrived_at} />
          </>
        )}
      </Mark>
      <span class="quiet under">
        <Meaning visit={visit} />
      </span>
    </>
  );
}

function Meaning({ visit }: { visit: Visit }) {
  const say = t.value;
  const lateBy = visit.late_by_s >= 60 ? say("late_by", { late: duration(visit.late_by_s, say) }) : null;
  switch (visit.state) {
    case "late":
      return visit.expected_at === null ? null : <Ticking at={visit.expected_at} put={(late) => t.value("late_by", { late })} />;
    case "arrived":
      return (
        <>
          {lateBy}
          {lateBy !== null && " · "}
          <Here visit={visit} />
        </>
      );
    case "left":
      return <>{lateBy}</>;
    case "expected":
    case "cancelled":
      return null;
  }
}

function Here({ visit }: { visit: Visit }) {
  if (visit.waits_since !== null) {
    return (
      <b class="tone-look">
        <Ticking at={visit.waits_since} put={(age) => t.value("waits_for", { age })} />
      </b>
    );
  }
  const receivedAt = moment(visit.received_at);
  if (receivedAt !== null) return <>{t.value("guest_received", { time: clock(receivedAt, language.value, zone.value) })}</>;
  return visit.arrived_at === null ? null : <Ticking at={visit.arrived_at} put={(age) => t.value("here_for", { age })} />;
}
