/**
 * What needs a person, in order, and the day at a glance.
 */
import { Alerts } from "../panels/alerts";
import { Summary } from "../panels/summary";
import { t } from "../state/preferences";

export function Now() {
  return (
    <>
      <h1 class="visually-hidden">{t.value("page_now")}</h1>
      <Summary />
      <Alerts />
    </>
  );
}
