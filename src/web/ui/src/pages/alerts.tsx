/**
 * The ledger: every alert, what was done about it and what came of it.
 */
import { Alerts } from "../panels/alerts";
import { PageHead } from "../parts/page";
import { t } from "../state/preferences";
import { alerts as words } from "../words/pages/alerts";
import { learn } from "../words/speak";

learn(words);

export default function AlertsPage() {
  return (
    <>
      <PageHead title={t.value("page_alerts")} />
      <Alerts />
    </>
  );
}
