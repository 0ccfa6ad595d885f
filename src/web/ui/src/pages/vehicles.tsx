/**
 * Where the vehicles are: on a map, and beside it in words. The list does all that the map does, without a pointer.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentType } from "preact";
import { PageHead } from "../parts/page";
import { Empty } from "../parts/panel";
import { VehicleRow } from "../panels/vehicle-row";
import { attend, chosen, listed, shown } from "../state/fleet";
import { t } from "../state/preferences";
import { choose, go, pathOf } from "../state/route";
import { vehicles } from "../state/store";
import { counts, SHOWN } from "../view/fleet";
import { vehicles as words } from "../words/pages/vehicles";
import { learn } from "../words/speak";
import "../styles/pages/vehicles.css";

learn(words);

export default function VehiclesPage() {
  const say = t.value;
  useEffect(attend, []);
  if (vehicles.value.length === 0) {
    return (
      <>
        <PageHead title={say("page_vehicles")} />
        <Empty title={say("vehicles_none")} hint={say("vehicles_none_hint")} />
      </>
    );
  }
  return (
    <>
      <PageHead title={say("page_vehicles")}>
        <Filters />
      </PageHead>
      <div class="fleet">
        <MapOrSketch />
        <List />
      </div>
    </>
  );
}

function Filters() {
  const say = t.value;
  const n = counts(vehicles.value);
  return (
    <div class="fleet-filters" role="group" aria-label={say("fleet_filter")}>
      {SHOWN.map((one) => (
        <button
          key={one}
          type="button"
          class="chip"
          aria-pressed={shown.value === one}
          onClick={() => choose({ show: one === "all" ? null : one })}
        >
          {say(`fleet_${one}`)} <b>{n[one]}</b>
        </button>
      ))}
    </div>
  );
}

function List() {
  const say = t.value;
  const all = listed.value;
  const id = chosen.value;
  return (
    <section class="fleet-list" id="fleet-list" tabIndex={-1} aria-label={say("fleet_list")}>
      {id !== null && !all.some((vehicle) => vehicle.id === id) && <p class="fleet-none quiet">{say("fleet_no_such", { id })}</p>}
      {all.length === 0 && shown.value !== "all" ? (
        <Empty title={say(`fleet_none_${shown.value}`)} />
      ) : (
        <ul>
          {all.map((vehicle) => (
            <VehicleRow key={vehicle.id} vehicle={vehicle} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** The same again closes it. */
function press(vehicle: string): void {
  const { search } = window.location;
  go(pathOf("vehicles", chosen.peek() === vehicle ? null : vehicle) + search);
}

type Drawn = ComponentType<{ onChoose: (vehicle: string) => void; onFail: () => void }>;

function MapOrSketch() {
  const say = t.value;
  const [drawn, setDrawn] = useState<{ Content: Drawn } | null>(null);
  const [why, setWhy] = useState<"map_no_webgl" | "map_failed" | null>(null);
  const here = useRef(true);
  const sketch = async (reason: "map_no_webgl" | "map_failed"): Promise<void> => {
    const { default: Content } = await import("../panels/sketch");
    if (!here.current) return;
    setDrawn({ Content });
    setWhy(reason);
  };
  useEffect(() => {
    here.current = true;
    if (!hasWebGl()) void sketch("map_no_webgl");
    else {
      import("../map/live-map").then(
        ({ default: Content }) => here.current && setDrawn({ Content }),
        () => void sketch("map_failed"),
      );
    }
    return () => {
      here.current = false;
    };
  }, []);
  const skip = (): void => document.getElementById("fleet-list")?.focus();
  return (
    <div class="map">
      <button type="button" class="map-skip button" onClick={skip}>
        {say("map_skip")}
      </button>
      {drawn === null ? (
        <p class="map-waiting quiet">{say("map_loading")}</p>
      ) : (
        <drawn.Content onChoose={press} onFail={() => void sketch("map_no_webgl")} />
      )}
      {why !== null && <p class="map-note map-why">{say(why)}</p>}
    </div>
  );
}

/** Old machines have none, and some browsers have it switched off. */
function hasWebGl(): boolean {
  try {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("webgl2") ?? canvas.getContext("webgl");
    // Browsers grant a page only so many; this one has told what it was asked.
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return context !== null;
  } catch {
    return false;
  }
}
