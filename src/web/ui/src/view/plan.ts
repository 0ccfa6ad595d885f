/**
 * What a new plan changes, in words, and where a fault of it stands. Pure.
 */
import { isPlainKey, type Language, type Speak } from "../words/speak";
import type { PlanEdit, PlanFault, PlanItem, PlanList } from "../wire/plan";
import { clock, moment } from "./time";

interface Telling {
  say: Speak;
  language: Language;
  zone: string;
}

/** `Visits: 3 new, 1 gone, 2 changed` */
export function listLine({ list, added, removed, changed }: PlanList, say: Speak): string {
  const counts = [
    added.length > 0 ? say("plan_n_added", { n: added.length }) : "",
    removed.length > 0 ? say("plan_n_removed", { n: removed.length }) : "",
    changed.length > 0 ? say("plan_n_changed", { n: changed.length }) : "",
  ].filter((part) => part !== "");
  return say("plan_list_line", { list: listName(list, say), counts: counts.join(say("comma")) });
}

export function listName(list: string, say: Speak): string {
  const key = `plan_list_${list}`;
  return isPlainKey(key) ? say(key) : list;
}

/** `Wang Fang (G-1), 10:00` */
export function itemLine({ id, name, at }: PlanItem, { say, language, zone }: Telling): string {
  const who = name === undefined || name === id ? id : say("plan_named", { name, id });
  const ms = moment(at);
  return ms === null ? who : say("plan_item_at", { who, time: clock(ms, language, zone) });
}

/** `expected_at: 10:00 → 10:30`, one a member. */
export function editLines(edit: PlanEdit, telling: Telling): string[] {
  return edit.fields.map(({ field, before, after }) =>
    telling.say("plan_field", { field: fieldName(field, telling.say), before: value(before, telling), after: value(after, telling) }),
  );
}

function fieldName(field: string, say: Speak): string {
  const key = `plan_field_${field}`;
  return isPlainKey(key) ? say(key) : field;
}

function value(raw: unknown, { say, language, zone }: Telling): string {
  if (raw === null || raw === undefined || raw === "" || (Array.isArray(raw) && raw.length === 0)) return say("plan_field_none");
  if (typeof raw === "boolean") return say(raw ? "plan_field_yes" : "plan_field_no");
  const ms = typeof raw === "string" && /^\d{4}-\d\d-\d\dT/.test(raw) ? moment(raw) : null;
  if (ms !== null) return clock(ms, language, zone);
  if (Array.isArray(raw) && raw.every((one) => typeof one !== "object")) return raw.join(say("item_comma"));
  return typeof raw === "object" ? JSON.stringify(raw) : String(raw);
}

/** Where in the file, as its reader would look for it: a cell of a sheet, or a line and a column. */
export function faultPlace({ sheet, line, column }: PlanFault, say: Speak): string {
  if (line === undefined || column === undefined) return sheet ?? say("plan_fault_file");
  if (sheet !== undefined) return say("plan_fault_cell", { sheet, cell: `${letters(column)}${line}` });
  return say("plan_fault_line", { line, column });
}

/** `1` is `A`, `27` is `AA`. */
function letters(column: number): string {
  let [left, out] = [column, ""];
  while (left > 0) {
    out = String.fromCharCode(65 + ((left - 1) % 26)) + out;
    left = Math.floor((left - 1) / 26);
  }
  return out;
}
