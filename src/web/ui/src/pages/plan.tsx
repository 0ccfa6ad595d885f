/**
 * The plan of the day.
 */
import { PageHead } from "../parts/page";
import { t } from "../state/preferences";
import { plan as words } from "../words/pages/plan";
import { learn } from "../words/speak";

learn(words);

export default function PlanPage() {
  return <PageHead title={t.value("page_plan")} />;
}
