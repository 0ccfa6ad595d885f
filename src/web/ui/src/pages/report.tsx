/**
 * The day's report.
 */
import { PageHead } from "../parts/page";
import { t } from "../state/preferences";
import { report as words } from "../words/pages/report";
import { learn } from "../words/speak";

learn(words);

export default function ReportPage() {
  return <PageHead title={t.value("page_report")} />;
}
