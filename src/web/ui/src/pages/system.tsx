/**
 * How the gateway itself fares: what became of everything it heard, whom it tells, and the platform above.
 */
import { Books } from "../panels/books";
import { Notifiers } from "../panels/notifiers";
import { UpstreamPanel } from "../panels/upstream";
import { PageHead } from "../parts/page";
import { t } from "../state/preferences";
import { fates } from "../words/pages/fates";
import { system as words } from "../words/pages/system";
import { learn } from "../words/speak";

learn(words);
learn(fates);

export default function SystemPage() {
  return (
    <>
      <PageHead title={t.value("page_system")} />
      <div class="panels">
        <UpstreamPanel />
        <Notifiers />
        <Books />
      </div>
    </>
  );
}
