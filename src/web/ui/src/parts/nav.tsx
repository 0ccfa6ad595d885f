/**
 * The way between the pages: a rail beside them on a desk, a bar under the thumb on a phone. What needs somebody is
 * counted at its page.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../state/preferences";
import { PAGES, pathOf, route, type Page } from "../state/route";
import { alerts, devices, present, rooms } from "../state/store";
import { inTrouble } from "../view/devices";
import { wide } from "./columns";

/** Under the thumb; the others are one press further. */
const THUMB: readonly Page[] = ["now", "arrivals", "vehicles", "rooms"];
const LISTED = PAGES.filter((page) => page !== "wall");

export function Nav() {
  const say = t.value;
  return (
    <nav class="nav" aria-label={say("nav")}>
      {wide.value ? (
        <>
          {LISTED.map((page) => (
            <Way key={page} page={page} />
          ))}
          <a class="way way-wall" href={pathOf("wall")}>
            {say("page_wall")}
          </a>
        </>
      ) : (
        <Bar />
      )}
    </nav>
  );
}

function Bar() {
  const say = t.value;
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const rest = [...LISTED.filter((page) => !THUMB.includes(page)), "wall" as const];
  const at = route.value.page;
  useEffect(() => setOpen(false), [at]);
  useEffect(() => {
    if (!open) return undefined;
    const close = (event: Event): void => {
      if (event instanceof KeyboardEvent && event.key !== "Escape") return;
      if (event.target instanceof Element && event.target.closest(".nav") !== null && !(event instanceof KeyboardEvent)) return;
      setOpen(false);
      if (event instanceof KeyboardEvent) button.current?.focus();
    };
    document.addEventListener("keydown", close);
    document.addEventListener("pointerdown", close);
    return () => {
      document.removeEventListener("keydown", close);
      document.removeEventListener("pointerdown", close);
    };
  }, [open]);
  const waiting = rest.reduce((sum, page) => sum + count(page).n, 0);
  return (
    <>
      {open && (
        <div class="nav-more" id="nav-more">
          {rest.map((page) => (
            <Way key={page} page={page} />
          ))}
        </div>
      )}
      {THUMB.map((page) => (
        <Way key={page} page={page} />
      ))}
      <button
        ref={button}
        type="button"
        class={`way ${rest.includes(at) ? "way-here" : ""}`}
        aria-expanded={open}
        aria-controls="nav-more"
        onClick={() => setOpen(!open)}
      >
        {say("nav_more")}
        {waiting > 0 && <b class="count">{waiting}</b>}
      </button>
    </>
  );
}

function Way({ page }: { page: Page }) {
  const say = t.value;
  const { n, urgent } = count(page);
  const isHere = route.value.page === page;
  return (
    <a class={`way ${isHere ? "way-here" : ""}`} href={pathOf(page)} {...(isHere ? { "aria-current": "page" as const } : {})}>
      <span>{say(`page_${page}`)}</span>
      {n > 0 && (
        <>
          <b class={`count ${urgent ? "" : "count-quiet"}`} aria-hidden="true">
            {n}
          </b>
          <span class="visually-hidden">{say("nav_waiting", { n })}</span>
        </>
      )}
    </a>
  );
}

/** How many on that page want a look, and whether that is somebody's task at once. */
function count(page: Page): { n: number; urgent: boolean } {
  switch (page) {
    case "alerts":
      return { n: alerts.value.filter((alert) => alert.state === "firing").length, urgent: true };
    case "arrivals":
      return { n: present.value?.guests.late ?? 0, urgent: false };
    case "rooms":
      return { n: rooms.value.filter((room) => room.state === "alert").length, urgent: false };
    case "devices":
      return { n: devices.value.filter(inTrouble).length, urgent: false };
    default:
      return { n: 0, urgent: false };
  }
}
