/**
 * The frame: what stands around every page, and which page stands in it.
 */
import type { ComponentType } from "preact";
import { computed, effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Now } from "./pages/now";
import { Banners, Top } from "./panels/top";
import { ClockDialog } from "./parts/clock-dialog";
import { NameDialog } from "./parts/dialog";
import { IncidentDialog } from "./parts/incident-dialog";
import { lazy, type Lazy } from "./parts/lazy";
import { Nav } from "./parts/nav";
import { SettingsDialog } from "./parts/settings-dialog";
import { Undo } from "./parts/undo";
import { t } from "./state/preferences";
import { route, type Page } from "./state/route";
import { live, present, unreachable } from "./state/store";

const LATER: Readonly<Record<Exclude<Page, "now">, Lazy>> = {
  arrivals: lazy(() => import("./pages/arrivals")),
  vehicles: lazy(() => import("./pages/vehicles")),
  rooms: lazy(() => import("./pages/rooms")),
  alerts: lazy(() => import("./pages/alerts")),
  devices: lazy(() => import("./pages/devices")),
  plan: lazy(() => import("./pages/plan")),
  report: lazy(() => import("./pages/report")),
  system: lazy(() => import("./pages/system")),
  wall: lazy(() => import("./pages/wall")),
};

/** The first page is drawn and read before the others are fetched. */
const AHEAD_AFTER_MS = 2_000;

const arrived = computed(() => present.value !== null);

export function App() {
  const { page } = route.value;
  useEffect(() => fetchAhead(), []);
  if (page === "wall") return arrived.value ? <LATER.wall.Content /> : <Waiting />;
  return <Desk page={page} />;
}

function Desk({ page }: { page: Exclude<Page, "wall"> }) {
  const say = t.value;
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // Whoever hears the page, or goes by keyboard, is at the top of the new one.
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [page]);
  const Content: ComponentType = page === "now" ? Now : LATER[page].Content;
  return (
    <>
      <a class="skip" href="#main">
        {say("skip_to_content")}
      </a>
      <Top />
      {arrived.value ? (
        <>
          <Banners />
          <div class="desk">
            <Nav />
            <main ref={main} id="main" tabIndex={-1} data-page={page}>
              <Content key={page} />
            </main>
          </div>
        </>
      ) : (
        <Waiting />
      )}
      <Undo />
      <NameDialog />
      <SettingsDialog />
      <ClockDialog />
      <IncidentDialog />
    </>
  );
}

function Waiting() {
  const say = t.value;
  return (
    <main class="waiting" role="status">
      <p>{say("connecting")}</p>
      {unreachable.value && <p>{say("connecting_failed")}</p>}
    </main>
  );
}

/** The tab says where one is and whose site it is. */
export function titled(): void {
  effect(() => {
    const site = present.value?.site.name;
    const page = t.value(`page_${route.value.page}`);
    document.title = site === undefined || site === "" ? t.value("product") : `${page} · ${site}`;
  });
}

/** Each time the page becomes live: the first time the network may have gone before all were there. */
function fetchAhead(): () => void {
  return effect(() => {
    if (!live.value) return undefined;
    const timer = setTimeout(async () => {
      // One after the other: they must not stand in the way of what the reader wants now.
      for (const one of Object.values(LATER)) {
        if (!live.peek()) return;
        await one.ahead();
      }
    }, AHEAD_AFTER_MS);
    return () => clearTimeout(timer);
  });
}
