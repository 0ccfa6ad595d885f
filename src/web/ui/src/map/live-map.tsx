/**
 * The map of the vehicles with its buttons and its scale. Loaded when the page of vehicles is, apart from everything.
 */
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../state/preferences";
import { Markers } from "./markers";
import { Scene, type Bar } from "./scene";
import "../styles/pages/map.css";

interface LiveMapProps {
  onChoose: (vehicle: string) => void;
  /** This browser cannot draw it. */
  onFail: () => void;
}

export default function LiveMap({ onChoose, onFail }: LiveMapProps) {
  const say = t.value;
  const ground = useRef<HTMLDivElement>(null);
  const [scene, setScene] = useState<Scene | null>(null);
  useEffect(() => {
    if (ground.current === null) return undefined;
    let made: Scene;
    try {
      made = new Scene(ground.current);
    } catch {
      onFail();
      return undefined;
    }
    const pins = document.createElement("div");
    pins.className = "pins";
    made.over.append(pins);
    render(<Markers stage={made.stage} onChoose={onChoose} />, pins);
    setScene(made);
    return () => {
      render(null, pins);
      made.end();
    };
  }, []);
  return (
    <>
      <div ref={ground} class="map-ground" />
      <p id="map-hint" class="visually-hidden">
        {say("map_hint")}
      </p>
      {scene !== null && (
        <>
          <div class="map-buttons">
            <MapButton label={say("map_in")} path="M7 1v12M1 7h12" onPress={() => scene.zoomBy(1)} />
            <MapButton label={say("map_out")} path="M1 7h12" onPress={() => scene.zoomBy(-1)} />
            <MapButton label={say("map_fit")} path="M1 5V1h4M9 1h4v4M13 9v4H9M5 13H1V9" onPress={() => scene.fit()} />
          </div>
          <div class="map-foot">
            <Scale bar={scene.bar.value} />
            {scene.tilesFailed.value !== null && <p class="map-note">{say("map_no_tiles", { reason: scene.tilesFailed.value })}</p>}
            {scene.attribution.value !== "" && <p class="map-note map-whose">{scene.attribution.value}</p>}
          </div>
        </>
      )}
    </>
  );
}

function MapButton({ label, path, onPress }: { label: string; path: string; onPress: () => void }) {
  return (
    <button type="button" class="map-button" aria-label={label} title={label} onClick={onPress}>
      <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
}

function Scale({ bar }: { bar: Bar | null }) {
  const say = t.value;
  if (bar === null) return null;
  const label = bar.metres < 1000 ? say("sketch_metres", { n: bar.metres }) : say("sketch_kilometres", { n: bar.metres / 1000 });
  return (
    <p class="map-scale">
      <span class="map-bar" style={{ width: `${bar.px}px` }} />
      <span>{label}</span>
      <span class="map-north">↑ {say("sketch_north")}</span>
    </p>
  );
}
