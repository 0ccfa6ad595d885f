/**
 * Every fault of a plan in its place, with what to do: all at once, so that the file is mended once.
 */
import { t } from "../../state/preferences";
import { faultPlace } from "../../view/plan";
import type { PlanFault } from "../../wire/plan";

export function PlanFaults({ file, faults }: { file: string; faults: readonly PlanFault[] }) {
  const say = t.value;
  return (
    <section aria-labelledby="plan-faults">
      <h3 id="plan-faults">{say("plan_faults", { file, n: faults.length })}</h3>
      <p class="quiet">{say("plan_faults_hint")}</p>
      <table class="plan-faults">
        <thead>
          <tr>
            <th scope="col">{say("plan_col_where")}</th>
            <th scope="col">{say("plan_col_what")}</th>
            <th scope="col">{say("plan_col_do")}</th>
          </tr>
        </thead>
        <tbody>
          {faults.map((fault, at) => (
            <tr key={at}>
              <td>{faultPlace(fault, say)}</td>
              {/* The gateway's own sentences, in English as on its command line. */}
              <td lang="en">
                {fault.what}
                {fault.excerpt !== "" && <code class="under">{fault.excerpt}</code>}
              </td>
              <td lang="en">{fault.hint}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
