/**
 * The VIPs who come next: when, where, who receives them and in which vehicle.
 */
import { Mark } from "../parts/mark";
import { Panel } from "../parts/panel";
import { Clock, Ticking } from "../parts/time";
import { language, t } from "../state/preferences";
import { pathOf } from "../state/route";
import { alerts, present, visits, zone } from "../state/store";
import { nextVips } from "../view/arrivals";
import { keyOf } from "../view/guests";
import { guestName, placeName, vehicleName } from "../view/names";
import { rideOf } from "../view/ride";
import { clock } from "../view/time";
import type { Visit } from "../wire/types";

const SHOWN = 5;

export function NextVips() {
  const say = t.value;
  const coming = nextVips(visits.value);
  const late = visits.value.filter((visit) => visit.tier === "vip" && visit.state === "late").length;
  const aside = late > 0 && (
    <a href={`${pathOf("arrivals")}?show=late&tier=vip`}>
      <Mark tone="act">{say("vips_late", { n: late })}</Mark>
    </a>
  );
  return (
    <Panel id="vips" title={say("vips_next")} aside={aside || undefined}>
      {coming.length === 0 ? (
        <p class="panel-note quiet">{say("vips_none")}</p>
      ) : (
        <ul class="rows">
          {coming.slice(0, SHOWN).map((visit) => (
            <Coming key={keyOf(visit)} visit={visit} />
          ))}
        </ul>
      )}
      {coming.length > SHOWN && (
        <p class="panel-note">
          <a href={`${pathOf("arrivals")}?show=awaited&tier=vip`}>{say("vips_more", { n: coming.length - SHOWN })}</a>
        </p>
      )}
    </Panel>
  );
}

function Coming({ visit }: { visit: Visit }) {
  const say = t.value;
  return (
    <li>
      <a class="coming" href={pathOf("arrivals", visit.code)}>
        <span class="coming-when">
          {visit.expected_at !== null && <Clock at={visit.expected_at} />}
          <span class="quiet under">
            {visit.expected_at !== null && (
              <Ticking
                at={visit.expected_at}
                put={(age, seconds) => (seconds < 0 ? t.value("due_in", { age }) : t.value("due_since", { age }))}
              />
            )}
          </span>
        </span>
        <span class="coming-who">
          <span>
            <span class="guest-name">{guestName(visit, say)}</span>
            <span class="quiet coming-place">{placeLine(visit)}</span>
          </span>
          <span class="quiet">{hostLine(visit)}</span>
        </span>
      </a>
    </li>
  );
}

export function placeLine(visit: Visit): string {
  const shown = present.value;
  return visit.place === null || shown === null ? "" : placeName(visit.place, shown);
}

/** With whom, in what, and when that vehicle may be here. */
export function hostLine(visit: Visit): string {
  const host = visit.host === null ? null : t.value("with_host", { host: visit.host });
  return [host, rideLine(visit)].filter(Boolean).join(" · ");
}

/** In which vehicle, how that one is, and when it may be here. */
export function rideLine(visit: Visit): string | null {
  const say = t.value;
  const shown = present.value;
  if (visit.vehicle === null || shown === null) return null;
  const car = shown.vehicles.find((one) => one.id === visit.vehicle);
  const named = vehicleName(visit.vehicle, shown, say);
  const ride = rideOf(visit, shown.vehicles, alerts.value);
  if (ride !== null) {
    const line = say(`ride_${ride.doing}_at`, { vehicle: named, time: clock(ride.eta, language.value, zone.value) });
    return ride.atRisk ? say("ride_at_risk", { line }) : line;
  }
  if (car === undefined) return named;
  return say("ride_is", { vehicle: named, state: say(`vehicle_${car.state}`) });
}
