/**
 * The first start: three steps to a plan.
 */
import { Empty } from "../parts/panel";
import { t } from "../state/preferences";
import { pathOf } from "../state/route";

export function NoPlan() {
  const say = t.value;
  return (
    <Empty title={say("plan_missing")}>
      <ol class="steps">
        <li>{say("plan_step_1")}</li>
        <li>{say("plan_step_2")}</li>
        <li>{say("plan_step_3")}</li>
      </ol>
      <p class="empty-actions">
        <a class="button button-main" href={pathOf("plan")}>
          {say("plan_open")}
        </a>
      </p>
    </Empty>
  );
}
