/**
 * One guest: all that is known of the visit, and what was the matter.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Empty } from "../parts/panel";
import { reasonOf } from "../parts/refusal";
import { Clock, Ticking } from "../parts/time";
import { visits } from "../state/check-in";
import { t } from "../state/preferences";
import { pathOf, route } from "../state/route";
import { alerts, present } from "../state/store";
import { resolutionWord } from "../view/alert-words";
import { sortOut } from "../view/alerts";
import { keyOf } from "../view/guests";
import { guestName, placeName } from "../view/names";
import { alertsOf, type Refusal } from "../wire/api";
import type { Alert, Visit } from "../wire/types";
import { AlertLine, Card, OverLine } from "./alert-card";
import { State } from "./board";
import { rideLine } from "./next-vips";
import { notTakenLine, Reception } from "./reception";

export function GuestView({ code }: { code: string }) {
  const say = t.value;
  const title = useRef<HTMLHeadingElement>(null);
  const some = visits.value.filter((visit) => visit.code === code);
  const [first] = some;
  useEffect(() => {
    window.scrollTo(0, 0);
    title.current?.focus({ preventScroll: true });
  }, []);
  const said = route.value.params.toString();
  return (
    <>
      <p class="guest-back">
        <a href={pathOf("arrivals") + (said === "" ? "" : `?${said}`)}>‹ {say("guest_back")}</a>
      </p>
      {first === undefined ? (
        <div class="panel">
          <Empty title={say("guest_unknown", { code })} hint={say("guest_unknown_hint")} />
        </div>
      ) : (
        <>
          <header class="page-head">
            <h1 ref={title} tabIndex={-1}>
              {guestName(first, say)}
              {first.tier !== "guest" && <span class={`tag tag-${first.tier}`}>{say(`tier_${first.tier}`)}</span>}
            </h1>
            <span class="quiet">{[first.code, first.organisation].filter(Boolean).join(" · ")}</span>
          </header>
          <div class="guest">
            {some.map((visit) => (
              <VisitSheet key={keyOf(visit)} visit={visit} />
            ))}
            <GuestAlerts code={code} />
          </div>
        </>
      )}
    </>
  );
}

function VisitSheet({ visit }: { visit: Visit }) {
  const say = t.value;
  const shown = present.value;
  const isRoom = shown?.rooms.some((room) => room.id === visit.place) === true;
  const why = notTakenLine(visit.code);
  const place = visit.place === null || shown === null ? null : placeName(visit.place, shown);
  return (
    <section class="panel visit" aria-label={say("guest_visit")}>
      <div class="visit-head">
        <div class="visit-state">
          <State visit={visit} />
        </div>
        <Reception visit={visit} main />
        {visit.host !== null && visit.host_contact !== null && (
          <a class="button" href={`tel:${visit.host_contact.replace(/[^\d+]/g, "")}`}>
            {say("call", { who: visit.host })}
          </a>
        )}
        {why !== null && (
          <p class="refusal" role="alert">
            {why}
          </p>
        )}
      </div>
      <dl class="visit-facts">
        {visit.needs.length > 0 && (
          <Fact name={say("guest_needs")}>
            <b>{visit.needs.join(say("item_comma"))}</b>
          </Fact>
        )}
        <Fact name={say("guest_expected")}>
          {visit.expected_at === null ? (
            <span class="quiet">{say("no_time_given")}</span>
          ) : (
            <>
              <Clock at={visit.expected_at} />{" "}
              {visit.state === "expected" && (
                <span class="quiet">
                  <Ticking at={visit.expected_at} put={(age, seconds) => t.value(seconds < 0 ? "due_in" : "due_since", { age })} />
                </span>
              )}
            </>
          )}
        </Fact>
        <Fact name={say("guest_arrived")}>
          {visit.arrived_at === null ? <span class="quiet">{say("guest_not_arrived")}</span> : <Clock at={visit.arrived_at} />}
        </Fact>
        {visit.received_at !== null && (
          <Fact name={say("guest_reception")}>
            <Clock at={visit.received_at} />
          </Fact>
        )}
        {place !== null && <Fact name={say("guest_place")}>{isRoom ? <a href={pathOf("rooms", visit.place)}>{place}</a> : place}</Fact>}
        {visit.host !== null && (
          <Fact name={say("guest_host")}>
            {visit.host} <span class="quiet">{visit.host_contact}</span>
          </Fact>
        )}
        {visit.vehicle !== null && (
          <Fact name={say("guest_vehicle")}>
            <a href={pathOf("vehicles", visit.vehicle)}>{rideLine(visit)}</a>
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="visit-fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What is open as the page has it, what is over from the ledger. */
function GuestAlerts({ code }: { code: string }) {
  const say = t.value;
  const open = alerts.value.filter((alert) => alert.subject === `guest/${code}`);
  const { firing, inHand, shelved, watching } = sortOut(open);
  const [over, failed] = useOver(code, open.map((alert) => alert.id).join());
  const lines = [...inHand, ...shelved, ...watching];
  return (
    <section class="panel" aria-labelledby="guest-alerts">
      <header class="panel-head">
        <h2 id="guest-alerts">{say("guest_alerts")}</h2>
      </header>
      <div class="alerts">
        {firing.length > 0 && (
          <ul class="cards">
            {firing.map((alert) => (
              <Card key={alert.id} alert={alert} />
            ))}
          </ul>
        )}
        <ul class="lines">
          {lines.map((alert) => (
            <AlertLine key={alert.id} alert={alert} />
          ))}
          {over.map((alert) => (
            <OverLine
              key={alert.id}
              alert={alert}
              ended={
                <>
                  {alert.resolved_at !== null && <Clock at={alert.resolved_at} />} {resolutionWord(alert.resolution, say)}
                </>
              }
            />
          ))}
        </ul>
        {failed !== null && <p class="quiet">{say("guest_alerts_failed", { reason: reasonOf(failed) })}</p>}
        {open.length + over.length === 0 && failed === null && <p class="quiet">{say("guest_alerts_none")}</p>}
      </div>
    </section>
  );
}

/** Asked anew whenever an alert of this guest began or ended. */
function useOver(code: string, changed: string): [Alert[], Refusal | null] {
  const [over, setOver] = useState<Alert[]>([]);
  const [failed, fail] = useState<Refusal | null>(null);
  useEffect(() => {
    let isWanted = true;
    void alertsOf(`guest/${code}`, "resolved").then((answer) => {
      if (!isWanted) return;
      fail(answer.ok ? null : answer.refusal);
      if (answer.ok) setOver(answer.value.alerts);
    });
    return () => {
      isWanted = false;
    };
  }, [code, changed]);
  return [over, failed];
}
