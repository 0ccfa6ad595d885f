/**
 * What a new plan would change, list by list: how much at a glance, each item on demand.
 */
import { language, t } from "../../state/preferences";
import { zone } from "../../state/store";
import { editLines, itemLine, listLine } from "../../view/plan";
import type { PlanEdit, PlanItem, PlanList, Proposed } from "../../wire/plan";

/** More than a person reads one by one; the count says the rest. */
const ITEMS_SHOWN = 60;

export function PlanChanges({ file, proposed }: { file: string; proposed: Proposed }) {
  const say = t.value;
  const { lists } = proposed.changes;
  const gone = lists.find(({ list }) => list === "visits")?.removed.length ?? 0;
  return (
    <section aria-labelledby="plan-preview">
      <h3 id="plan-preview">{say("plan_preview", { file })}</h3>
      {lists.length === 0 && <p>{say("plan_no_change")}</p>}
      {gone > 0 && <p class="plan-gone">{say("plan_gone_warning", { n: gone })}</p>}
      {lists.map((list) => (
        <details key={list.list} class="group" open={lists.length === 1}>
          <summary>{listLine(list, say)}</summary>
          <Items title={say("plan_added")} items={list.added} />
          <Items title={say("plan_removed")} items={list.removed} />
          <Edits list={list} />
        </details>
      ))}
    </section>
  );
}

function Items({ title, items }: { title: string; items: readonly PlanItem[] }) {
  if (items.length === 0) return null;
  const telling = { say: t.value, language: language.value, zone: zone.value };
  return (
    <div class="plan-items">
      <h4>{title}</h4>
      <ul>
        {items.slice(0, ITEMS_SHOWN).map((item) => (
          <li key={`${item.id} ${item.at ?? ""}`}>{itemLine(item, telling)}</li>
        ))}
      </ul>
      <Rest of={items.length} />
    </div>
  );
}

function Edits({ list: { changed } }: { list: PlanList }) {
  if (changed.length === 0) return null;
  const telling = { say: t.value, language: language.value, zone: zone.value };
  return (
    <div class="plan-items">
      <h4>{t.value("plan_changed")}</h4>
      <ul>
        {changed.slice(0, ITEMS_SHOWN).map((edit: PlanEdit) => (
          <li key={`${edit.id} ${edit.at ?? ""}`}>
            {itemLine(edit, telling)}
            {editLines(edit, telling).map((line) => (
              <span key={line} class="quiet under">
                {line}
              </span>
            ))}
          </li>
        ))}
      </ul>
      <Rest of={changed.length} />
    </div>
  );
}

function Rest({ of }: { of: number }) {
  return of > ITEMS_SHOWN ? <p class="quiet">{t.value("plan_more_items", { n: of - ITEMS_SHOWN })}</p> : null;
}
