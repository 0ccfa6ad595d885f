/**
 * Who is told of alerts outside this page, and whether it works: a robot that refuses is as bad as a silent kiosk.
 */
import { Mark, type Tone } from "../parts/mark";
import { Empty, Panel } from "../parts/panel";
import { Ago } from "../parts/time";
import { t } from "../state/preferences";
import { present } from "../state/store";
import type { Notifier, NotifierState } from "../wire/types";
import { isPlainKey } from "../words/speak";

const TONES: Readonly<Record<NotifierState, Tone>> = {
  untried: "calm",
  well: "good",
  failing: "look",
  refused: "act",
};

export function Notifiers() {
  const say = t.value;
  const notifiers = present.value?.notifiers ?? [];
  return (
    <Panel id="notifiers" title={say("notifiers")}>
      {notifiers.length === 0 ? (
        <Empty title={say("notifiers_none")} hint={say("notifiers_none_hint")} />
      ) : (
        <ul class="rows">
          {notifiers.map((notifier) => (
            <NotifierRow key={notifier.name} notifier={notifier} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function NotifierRow({ notifier: { name, kind, state, reason, told, told_at } }: { notifier: Notifier }) {
  const say = t.value;
  const key = `kind_of_${kind}`;
  return (
    <li class="row">
      <div class="row-main">
        <span class="row-name">{name}</span>
        <span class="quiet under">
          {isPlainKey(key) ? say(key) : kind} · {told === 0 ? say("notifier_never") : say("notifier_told", { n: told })}
        </span>
        {reason !== null && <span class="quiet under">{say("upstream_cause", { reason })}</span>}
      </div>
      <div class="row-state">
        <Mark tone={TONES[state]}>{say(`notifier_${state}`)}</Mark>
        {told_at !== null && (
          <span class="quiet under">
            <Ago at={told_at} />
          </span>
        )}
      </div>
    </li>
  );
}
