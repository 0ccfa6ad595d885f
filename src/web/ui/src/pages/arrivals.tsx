/**
 * The guests of the day: searched, filtered, VIPs first; who is expected when, where and with whom, and let in by hand.
 * What is chosen stands in the address; one guest is opened beneath it.
 */
import { computed, effect, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Board } from "../panels/board";
import { GuestView } from "../panels/guest";
import { NoPlan } from "../panels/no-plan";
import { asking } from "../parts/dialog";
import { PageHead } from "../parts/page";
import { Empty } from "../parts/panel";
import { useReading } from "../parts/reading";
import { offered } from "../parts/undo";
import { visits } from "../state/check-in";
import { t } from "../state/preferences";
import { choose, param, route } from "../state/route";
import { present } from "../state/store";
import "../styles/pages/arrivals.css";
import { arrange, countBy, FILTERS, keyOf, places, search, SORTS, type Wish } from "../view/guests";
import { placeName } from "../view/names";
import { arrivals as words } from "../words/pages/arrivals";
import { learn } from "../words/speak";

learn(words);

const TIERS = ["vip", "guest", "staff"] as const;
/** Letters are shown at once and written into the address when the typing pauses: some browsers refuse more. */
const WRITE_AFTER_MS = 400;

const [show, asked, tier, place, sort] = [param("show"), param("q"), param("tier"), param("place"), param("sort")];
const typed = signal(asked.peek());
/** What the address last said: what differs from it came from the way back, or from a link. */
let written = asked.peek();
effect(() => {
  if (asked.value === written) return;
  written = asked.value;
  typed.value = asked.value;
});

const wish = computed<Wish>(() => ({
  show: FILTERS.find((one) => one === show.value) ?? "awaited",
  query: typed.value.trim(),
  tier: TIERS.find((one) => one === tier.value) ?? "",
  place: place.value,
  sort: SORTS.find((one) => one === sort.value) ?? "due",
}));
const found = computed(() => search(visits.value, wish.value));
const counts = computed(() => countBy(visits.value, wish.value.tier, wish.value.place));
/** Where the list was left for one guest. */
let left = { of: "", scrolled: 0 };

export default function ArrivalsPage() {
  const id = route.value.id;
  return id === null ? <List /> : <GuestView key={id} code={id} />;
}

function List() {
  const say = t.value;
  useEffect(() => {
    document.body.classList.add("with-dock");
    const of = wishKey();
    if (left.of === of) window.scrollTo(0, left.scrolled);
    const keep = (): void => void (left = { of: wishKey(), scrolled: window.scrollY });
    window.addEventListener("scroll", keep, { passive: true });
    return () => {
      window.removeEventListener("scroll", keep);
      document.body.classList.remove("with-dock");
    };
  }, []);
  const isPlanned = visits.value.length > 0;
  return (
    <>
      <PageHead title={say("page_arrivals")}>{isPlanned && <Search />}</PageHead>
      <div class="panel panel-guests">
        {isPlanned ? (
          <>
            <div class="narrow">
              <Filters />
              <Narrow />
            </div>
            <Found />
          </>
        ) : (
          <NoPlan />
        )}
      </div>
    </>
  );
}

function wishKey(): string {
  return JSON.stringify(wish.peek());
}

function Search() {
  const say = t.value;
  const field = useRef<HTMLInputElement>(null);
  const query = typed.value;
  useEffect(() => {
    if (query === written) return undefined;
    const timer = setTimeout(() => {
      written = query;
      choose({ q: query });
    }, WRITE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [query]);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select, dialog *");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);
  useEffect(() => overKeyboard(), []);
  const keys = (event: KeyboardEvent): void => {
    if (event.key === "Escape") typed.value = "";
    // Whoever types a code and presses Enter twice has let the guest in.
    const first = (what: string): HTMLElement | null => document.querySelector<HTMLElement>(`.guests-board ${what}`);
    if (event.key === "Enter") (first("tr[role=row] .act .button") ?? first(".guest-name"))?.focus();
  };
  return (
    <div class="search-dock" role="search">
      <input
        ref={field}
        type="search"
        class="search"
        placeholder={say("guests_search")}
        aria-label={say("guests_search")}
        autocomplete="off"
        autocapitalize="off"
        enterkeyhint="search"
        spellcheck={false}
        value={query}
        onInput={(event) => (typed.value = event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
        onKeyDown={keys}
      />
    </div>
  );
}

/** On a phone the search lies at the lower edge, under the thumb: it stays above the keyboard. */
function overKeyboard(): (() => void) | undefined {
  const seen = window.visualViewport;
  if (!seen) return undefined;
  const place = (): void => {
    const hidden = Math.max(0, window.innerHeight - seen.height - seen.offsetTop);
    document.documentElement.style.setProperty("--keyboard", `${Math.round(hidden)}px`);
  };
  seen.addEventListener("resize", place);
  seen.addEventListener("scroll", place);
  return () => {
    seen.removeEventListener("resize", place);
    seen.removeEventListener("scroll", place);
    document.documentElement.style.removeProperty("--keyboard");
  };
}

function Filters() {
  const say = t.value;
  const { query, show: chosen } = wish.value;
  const shown = FILTERS.filter((one) => one !== "cancelled" || counts.value.cancelled > 0 || chosen === one);
  return (
    <div class="filters" role="group" aria-label={say("guests_filter")}>
      {shown.map((one) => (
        <button
          key={one}
          type="button"
          class="chip"
          aria-pressed={query === "" && chosen === one}
          onClick={() => {
            typed.value = written = "";
            choose({ show: one === "awaited" ? null : one, q: null });
          }}
        >
          {say(`filter_${one}`)} <b>{counts.value[one]}</b>
        </button>
      ))}
    </div>
  );
}

function Narrow() {
  const say = t.value;
  const shown = present.value;
  const now = wish.value;
  const all = places(visits.value);
  const chosen = [now.tier, now.place].filter((one) => one !== "").length + (now.sort === "due" ? 0 : 1);
  return (
    <details class="narrow-more" open={wideEnough || chosen > 0}>
      <summary>{say("guests_narrow")}</summary>
      <div class="picks">
        <Choice label={say("guests_tier")} name="tier" value={now.tier}>
          <option value="">{say("guests_every_tier")}</option>
          {TIERS.map((one) => (
            <option key={one} value={one}>
              {say(`tier_${one}`)}
            </option>
          ))}
        </Choice>
        <Choice label={say("guests_place")} name="place" value={now.place}>
          <option value="">{say("guests_every_place")}</option>
          {all.map((one) => (
            <option key={one} value={one}>
              {shown === null ? one : placeName(one, shown)}
            </option>
          ))}
        </Choice>
        <Choice label={say("guests_sort")} name="sort" value={now.sort} none="due">
          {SORTS.map((one) => (
            <option key={one} value={one}>
              {say(`sort_${one}`)}
            </option>
          ))}
        </Choice>
      </div>
    </details>
  );
}

/** A phone has its list first. */
const wideEnough = window.matchMedia("(min-width: 600px)").matches;

interface ChoiceProps {
  label: string;
  name: string;
  value: string;
  /** What the address need not say. */
  none?: string;
  children: preact.ComponentChildren;
}

function Choice({ label, name, value, none = "", children }: ChoiceProps) {
  return (
    <select
      class="pick"
      aria-label={label}
      value={value}
      onChange={(event) => choose({ [name]: event.currentTarget.value === none ? null : event.currentTarget.value })}
    >
      {children}
    </select>
  );
}

/** Rows keep their places while somebody reads: who has come is marked where the row stood. */
function Found() {
  const say = t.value;
  const [element, reading] = useReading<HTMLDivElement>();
  const held = useRef<{ of: string; keys: string[] } | null>(null);
  const [, redraw] = useState(0);
  const of = JSON.stringify(wish.value);
  const hold = reading.value || asking.value || offered.value;
  const before = held.current !== null && held.current.of === of && hold ? held.current.keys : null;
  const { shown, fresh } = arrange(found.value, visits.value, before);
  held.current = { of, keys: shown.map(keyOf) };
  const showFresh = (): void => {
    held.current = null;
    redraw((turn) => turn + 1);
  };
  return (
    <div ref={element} class="found" tabIndex={-1}>
      <p class={wish.value.query === "" ? "visually-hidden" : "found-count quiet"} role="status">
        {wish.value.query !== "" && say("guests_found", { n: shown.length })}
      </p>
      {fresh > 0 && (
        <button type="button" class="button fresh" onClick={showFresh}>
          {say("guests_fresh", { n: fresh })}
        </button>
      )}
      {shown.length === 0 ? <None /> : <Board visits={shown} of={of} />}
    </div>
  );
}

function None() {
  const say = t.value;
  const { query, show: filter, tier: rank, place: where } = wish.value;
  const narrowed = rank !== "" || where !== "";
  const title =
    query !== "" ? say("guests_none_found", { query }) : narrowed ? say("guests_none_narrow") : say(filter === "all" ? "guests_none_awaited" : `guests_none_${filter}`);
  return (
    <Empty title={title} {...(query !== "" ? { hint: say("guests_none_found_hint") } : {})}>
      {narrowed && (
        <p class="empty-actions">
          <button type="button" class="button" onClick={() => choose({ tier: null, place: null })}>
            {say("guests_widen")}
          </button>
        </p>
      )}
    </Empty>
  );
}
