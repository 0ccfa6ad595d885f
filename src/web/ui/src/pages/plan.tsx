/**
 * The plan of the day: what holds, and how a new one is looked at before it takes its place.
 */
import { useEffect, useState } from "preact/hooks";
import { PlanHeld } from "../panels/plan/held";
import { PlanHow } from "../panels/plan/how";
import { PlanIntake } from "../panels/plan/intake";
import { PageHead } from "../parts/page";
import { reasonOf } from "../parts/refusal";
import { t } from "../state/preferences";
import { present } from "../state/store";
import type { Refusal } from "../wire/api";
import { held, type Held } from "../wire/plan";
import { plan as words } from "../words/pages/plan";
import { learn } from "../words/speak";
import "../styles/pages/plan.css";

learn(words);

export default function PlanPage() {
  const say = t.value;
  const [known, setKnown] = useState<Held | null>(null);
  const [refused, setRefused] = useState<Refusal | null>(null);
  const look = async (): Promise<void> => {
    const answer = await held();
    setRefused(answer.ok ? null : answer.refusal);
    if (answer.ok) setKnown(answer.value);
  };
  // Another page, or the file on the gateway, may bring a plan in: then the number of visits or vehicles moves.
  const shape = `${present.value?.visits.length} ${present.value?.vehicles.length} ${present.value?.rooms.length}`;
  useEffect(() => void look(), [shape]);
  return (
    <>
      <PageHead title={say("page_plan")} />
      <div class="plan-page">
        <PlanIntake taken={() => void look()} />
        {refused !== null && known === null && <p class="refusal">{reasonOf(refused)}</p>}
        {known !== null && (known.entry === null ? <PlanHow /> : <PlanHeld held={known} />)}
      </div>
    </>
  );
}
