/**
 * The ledger's alerts as the gateway gave them, page by page, kept in step with what the page hears. Outlives the page,
 * so that the way back from one alert finds the list as it was left. Draws nothing.
 */
import { computed, effect, signal } from "@preact/signals";
import { numberOf } from "../view/alerts";
import { fits, isOpen, queryOf, type Choices } from "../view/ledger";
import { nameOf } from "../view/names";
import { ALERTS_MAX, alertsBy } from "../wire/alerts";
import { sheet, type Refusal } from "../wire/api";
import type { Alert } from "../wire/types";
import { t } from "./preferences";
import { alerts, live, present, resolved, zone } from "./store";

/** A first look, and each further one. */
export const PAGE = 50;
/** So many that left unseen are asked for one by one; of more, the whole list anew. */
const ALONE_MAX = 8;

interface Pages {
  /** What was asked. */
  key: string;
  choices: Choices;
  rows: readonly Alert[];
  /** Behind this there is more. */
  next: string | null;
}

const pages = signal<Pages | null>(null);
export const asking = signal(false);
export const refused = signal<Refusal | null>(null);
/** How the reader left the list: how far down, and narrowed by what. */
export const left = { scroll: 0, search: "" };

/** What was last heard of each alert of the list, an order on its way laid over it. The same object while it is the same. */
export const known = computed<ReadonlyMap<string, Alert>>(() => {
  const all = new Map<string, Alert>();
  for (const alert of pages.value?.rows ?? []) all.set(alert.id, alert);
  for (const alert of resolved.value) all.set(alert.id, alert);
  for (const alert of alerts.value) all.set(alert.id, alert);
  return steady(all);
});

let before: ReadonlyMap<string, { text: string; alert: Alert }> = new Map();

/** An overview brings every alert as a new object: one that says the same stays the one it was, and its row as it is. */
function steady(all: Map<string, Alert>): ReadonlyMap<string, Alert> {
  const now = new Map<string, { text: string; alert: Alert }>();
  const steadied = new Map<string, Alert>();
  for (const [id, alert] of all) {
    const was = before.get(id);
    const text = was?.alert === alert ? was.text : JSON.stringify(alert);
    const kept = was !== undefined && was.text === text ? was : { text, alert };
    now.set(id, kept);
    steadied.set(id, kept.alert);
  }
  before = now;
  return steadied;
}

/** Those that fit the choices and are not behind what was asked for so far. */
export const fitting = computed<Alert[]>(() => {
  const now = pages.value;
  const shown = present.peek();
  if (now === null || shown === null) return [];
  const lowest = now.next === null ? 0 : Math.min(...now.rows.map((alert) => numberOf(alert.id)));
  const told = new Set(now.rows.map((alert) => alert.id));
  const inStep = [...known.value.values()].filter(
    (alert) =>
      numberOf(alert.id) >= lowest &&
      (fits(alert, now.choices, zone.value, nameOf(alert.subject, shown, t.peek())) ||
        // What stands where is the gateway's to find; only an alert's standing changes while one looks.
        (told.has(alert.id) && fits(alert, { ...now.choices, q: "" }, zone.value, ""))),
  );
  return inStep;
});

export const more = computed(() => pages.value?.next ?? null);
/** The choices that the list shown was asked for; null before the first answer. */
export const answered = computed(() => pages.value?.key ?? null);

export function keyOf(choices: Choices): string {
  return JSON.stringify(queryOf(choices, zone.peek()));
}

let turn = 0;

/** Asks for the first page, or, of what is shown already, for as much as is shown. */
export async function look(choices: Choices): Promise<void> {
  const key = keyOf(choices);
  const shown = pages.peek();
  const count = shown !== null && shown.key === key ? shown.rows.length : 0;
  await ask(choices, Math.min(Math.max(PAGE, count), ALERTS_MAX), null, []);
}

/** Asks for the next page. */
export async function lookFurther(): Promise<void> {
  const shown = pages.peek();
  if (shown === null || shown.next === null || asking.peek()) return;
  await ask(shown.choices, PAGE, shown.next, shown.rows);
}

async function ask(choices: Choices, limit: number, after: string | null, rows: readonly Alert[]): Promise<void> {
  turn += 1;
  const mine = turn;
  asking.value = true;
  const answer = await alertsBy(queryOf(choices, zone.peek()), limit, after);
  if (mine !== turn) return;
  asking.value = false;
  refused.value = answer.ok ? null : answer.refusal;
  if (!answer.ok) return;
  pages.value = { key: keyOf(choices), choices, rows: [...rows, ...answer.value.alerts], next: answer.value.next ?? null };
}

/** While the list is looked at: after a broken line it is asked for anew, and so is what ended unheard. */
export function follow(): () => void {
  let wasLive = live.peek();
  const line = effect(() => {
    const isLive = live.value;
    const now = pages.peek();
    if (isLive && !wasLive && now !== null) void look(now.choices);
    wasLive = isLive;
  });
  const ends = effect(() => {
    const now = pages.value;
    const open = new Set(alerts.value.map((alert) => alert.id));
    const heard = new Set(resolved.value.map((alert) => alert.id));
    if (now === null || present.peek() === null) return;
    const gone = now.rows.filter((alert) => isOpen(alert) && !open.has(alert.id) && !heard.has(alert.id)).map((alert) => alert.id);
    if (gone.length > 0) void mend(gone);
  });
  return () => {
    line();
    ends();
  };
}

let mending = false;

async function mend(gone: readonly string[]): Promise<void> {
  if (mending) return;
  mending = true;
  const now = pages.peek();
  if (gone.length > ALONE_MAX && now !== null) await look(now.choices);
  else {
    const answers = await Promise.all(gone.map(sheet));
    const told = new Map(answers.flatMap((answer) => (answer.ok ? [[answer.value.id, answer.value as Alert]] : [])));
    const after = pages.peek();
    if (after !== null && told.size > 0) {
      pages.value = { ...after, rows: after.rows.map((alert) => told.get(alert.id) ?? alert) };
    }
  }
  mending = false;
}
