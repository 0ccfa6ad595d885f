/**
 * The page: its panels in reading order. A new panel is one line here.
 */
import type { ComponentType } from "preact";
import { computed } from "@preact/signals";
import { Alerts } from "./panels/alerts";
import { Books } from "./panels/books";
import { Devices } from "./panels/devices";
import { Guests } from "./panels/guests";
import { Notifiers } from "./panels/notifiers";
import { Rooms } from "./panels/rooms";
import { Summary } from "./panels/summary";
import { Banners, Top } from "./panels/top";
import { UpstreamPanel } from "./panels/upstream";
import { Vehicles } from "./panels/vehicles";
import { columns } from "./parts/columns";
import { AlertSheet } from "./parts/alert-sheet";
import { ClockDialog } from "./parts/clock-dialog";
import { IncidentDialog } from "./parts/incident-dialog";
import { NameDialog } from "./parts/dialog";
import { t } from "./state/preferences";
import { alerts, present, unreachable } from "./state/store";
import { sortOut } from "./view/alerts";
import type { PlainKey } from "./words/speak";

interface Part {
  id: string;
  name: PlainKey;
  Content: ComponentType;
  /** Its column on a desk with two columns, and on a screen with three. */
  column: readonly [two: number, three: number];
}

const PARTS: readonly Part[] = [
  { id: "alerts", name: "alerts_short", Content: Alerts, column: [0, 0] },
  { id: "guests", name: "guests", Content: Guests, column: [1, 1] },
  { id: "vehicles", name: "vehicles", Content: Vehicles, column: [0, 2] },
  { id: "rooms", name: "rooms", Content: Rooms, column: [1, 2] },
  { id: "devices", name: "devices", Content: Devices, column: [1, 1] },
  { id: "upstream", name: "upstream", Content: UpstreamPanel, column: [0, 0] },
  { id: "notifiers", name: "notifiers", Content: Notifiers, column: [0, 0] },
  { id: "books", name: "books", Content: Books, column: [0, 0] },
];

/** The parts in columns, each in reading order: one below the other leaves no holes, and the order read aloud is the order seen. */
function inColumns(count: 1 | 2 | 3): Part[][] {
  if (count === 1) return [[...PARTS]];
  return Array.from({ length: count }, (_, at) => PARTS.filter((part) => part.column[count - 2] === at));
}

const arrived = computed(() => present.value !== null);
const needing = computed(() => sortOut(alerts.value).firing.length);

export function App() {
  const say = t.value;
  return (
    <>
      <a class="skip" href="#alerts">
        {say("skip_to_content")}
      </a>
      <Top />
      {arrived.value ? (
        <>
          <Banners />
          <main>
            <Summary />
            <div class={`panels columns-${columns.value}`}>
              {inColumns(columns.value).map((parts, at) => (
                <div key={at} class="column">
                  {parts.map(({ id, Content }) => (
                    <Content key={id} />
                  ))}
                </div>
              ))}
            </div>
          </main>
          <Sections />
        </>
      ) : (
        <main class="waiting" role="status">
          <p>{say("connecting")}</p>
          {unreachable.value && <p>{say("connecting_failed")}</p>}
        </main>
      )}
      <NameDialog />
      <AlertSheet />
      <ClockDialog />
      <IncidentDialog />
    </>
  );
}

/** On a phone, the way to each part under the thumb. */
function Sections() {
  const say = t.value;
  return (
    <nav class="sections" aria-label={say("sections")}>
      {PARTS.slice(0, 5).map(({ id, name }) => (
        <a key={id} href={`#${id}`}>
          {say(name)}
          {id === "alerts" && needing.value > 0 && <b class="count">{needing.value}</b>}
        </a>
      ))}
    </nav>
  );
}
