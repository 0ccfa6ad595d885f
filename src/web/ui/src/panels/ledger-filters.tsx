/**
 * By what the ledger is narrowed: all of it in the address.
 */
import { computed } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { wide } from "../parts/columns";
import { t } from "../state/preferences";
import { choose } from "../state/route";
import { alerts, now, present, zone } from "../state/store";
import { sortOut } from "../view/alerts";
import { dayOf } from "../view/dates";
import { narrowing, RULES, SEVERITIES, STATES, SUBJECTS, type Choices, type StateChoice } from "../view/ledger";
import { nameOf } from "../view/names";
import { ruleName } from "../view/rules";
import { choosing } from "./ledger-bulk";

const counts = computed<Partial<Record<StateChoice, number>>>(() => {
  const { firing, inHand, shelved, watching } = sortOut(alerts.value);
  return {
    open: alerts.value.length,
    firing: firing.length,
    acknowledged: inHand.length,
    shelved: shelved.length,
    pending: watching.length,
  };
});

export function LedgerFilters({ choices }: { choices: Choices }) {
  const say = t.value;
  const narrowed = narrowing(choices);
  const [open, setOpen] = useState(false);
  const shown = wide.value || open;
  const firing = counts.value.firing ?? 0;
  const chips = useRef<HTMLDivElement>(null);
  // On a phone the chips go beyond the edge: the chosen one is brought into sight.
  useEffect(() => {
    const row = chips.current;
    const chip = row?.querySelector<HTMLElement>("[aria-pressed=true]");
    if (row && chip) row.scrollLeft = chip.offsetLeft - (row.clientWidth - chip.clientWidth) / 2;
  }, [choices.state]);
  return (
    <div class="ledger-filters">
      <div ref={chips} class="chips" role="group" aria-label={say("ledger_state")}>
        {STATES.map((one) => (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={choices.state === one}
            onClick={() => choose({ state: one === "open" ? null : one })}
          >
            {say(`ledger_state_${one}`)} {counts.value[one] !== undefined && <b>{counts.value[one]}</b>}
          </button>
        ))}
      </div>
      <div class="ledger-narrow">
        <Search q={choices.q} />
        {!wide.value && (
          <button type="button" class="button" aria-expanded={open} aria-controls="ledger-narrow" onClick={() => setOpen(!open)}>
            {say("ledger_filter")} {narrowed > 0 && <b class="count count-quiet">{narrowed}</b>}
          </button>
        )}
        <div class="ledger-choices" id="ledger-narrow" hidden={!shown}>
          {shown && <Narrow choices={choices} />}
          {narrowed > 0 && (
            <button type="button" class="button" onClick={() => choose({ severity: null, rule: null, subject: null, day: null })}>
              {say("ledger_clear")}
            </button>
          )}
        </div>
        {firing > 1 && (
          <button type="button" class="button" aria-pressed={choosing.value} onClick={() => (choosing.value = !choosing.value)}>
            {say("ledger_choose_several")}
          </button>
        )}
      </div>
    </div>
  );
}

function Search({ q }: { q: string }) {
  const say = t.value;
  return (
    <input
      type="search"
      class="search"
      placeholder={say("ledger_search")}
      aria-label={say("ledger_search")}
      autocomplete="off"
      spellcheck={false}
      maxLength={200}
      value={q}
      onInput={(event) => choose({ q: event.currentTarget.value })}
      onKeyDown={(event) => event.key === "Escape" && choose({ q: null })}
    />
  );
}

function Narrow({ choices }: { choices: Choices }) {
  const say = t.value;
  const venue = present.peek();
  const one = choices.subject;
  const subjects = SUBJECTS.map((kind) => [kind, say(`subject_${kind}`)] as const);
  // One room or one guest: a link from elsewhere led here.
  const isKind = one === "" || SUBJECTS.some((kind) => kind === one);
  const all = isKind || venue === null ? subjects : [...subjects, [one, nameOf(one, venue, say)] as const];
  return (
    <>
      <Select name="severity" label={say("ledger_severity")} value={choices.severity} options={SEVERITIES.map((each) => [each, say(`severity_${each}`)])} />
      <Select name="rule" label={say("ledger_rule")} value={choices.rule} options={RULES.map((each) => [each, ruleName(each, say)])} />
      <Select name="subject" label={say("ledger_subject")} value={one} options={all} />
      <label class="field">
        <span class="visually-hidden">{say("ledger_day")}</span>
        <input
          type="date"
          class="search"
          title={say("ledger_day")}
          value={choices.day}
          max={dayOf(now.peek(), zone.value)}
          onChange={(event) => choose({ day: event.currentTarget.value })}
        />
      </label>
    </>
  );
}

interface SelectProps {
  name: string;
  label: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
}

function Select({ name, label, value, options }: SelectProps) {
  return (
    <label class="field">
      <span class="visually-hidden">{label}</span>
      <select class="search" value={value} onChange={(event) => choose({ [name]: event.currentTarget.value })}>
        <option value="">{label}</option>
        {options.map(([each, text]) => (
          <option key={each} value={each} selected={each === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
