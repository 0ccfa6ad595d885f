/**
 * What needs a person, in order, and beside it how the day stands.
 */
import { Alerts } from "../panels/alerts";
import { Looks } from "../panels/looks";
import { NextVips } from "../panels/next-vips";
import { NoPlan } from "../panels/no-plan";
import { Summary } from "../panels/summary";
import { columns } from "../parts/columns";
import { lazy } from "../parts/lazy";
import { Panel } from "../parts/panel";
import { t } from "../state/preferences";
import { visits } from "../state/store";
import "../styles/pages/now.css";

/** With all that draws charts it is more than the rest of this page: fetched when the rest stands. */
const Curve = lazy(async () => {
  await leisure();
  const { DayCurve } = await import("../panels/day-curve");
  return { default: () => <DayCurve height={168} /> };
});

/** When the browser has nothing else to do; soon, where it does not tell. */
function leisure(): Promise<void> {
  return new Promise((then) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => then(), { timeout: 1_000 });
    else setTimeout(then, 200);
  });
}

export function Now() {
  const say = t.value;
  const isPlanned = visits.value.length > 0;
  return (
    <>
      <h1 class="visually-hidden">{say("page_now")}</h1>
      {isPlanned ? (
        <Summary />
      ) : (
        <div class="panel now-first">
          <NoPlan />
        </div>
      )}
      <div class={`panels now now-${columns.value}`}>
        <Alerts />
        <div class="now-side">
          {isPlanned && (
            <Panel id="curve" title={say("curve")}>
              <Curve.Content />
            </Panel>
          )}
          {isPlanned && <NextVips />}
          <Looks />
        </div>
      </div>
    </>
  );
}
