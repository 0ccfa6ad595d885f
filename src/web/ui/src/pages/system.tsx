/**
 * How the gateway itself fares: what became of everything it heard, where it is kept, whom it tells, and the platform
 * above.
 */
import { Books } from "../panels/books";
import { Notifiers } from "../panels/notifiers";
import { useSystem } from "../panels/system/asked";
import { BackupPanel, GatewayPanel, StoragePanel } from "../panels/system/gateway";
import { SourcesPanel } from "../panels/system/sources";
import { UpstreamPanel } from "../panels/upstream";
import { PageHead } from "../parts/page";
import { t } from "../state/preferences";
import { fates } from "../words/pages/fates";
import { system as words } from "../words/pages/system";
import { learn } from "../words/speak";
import "../styles/pages/system.css";

learn(words);
learn(fates);

export default function SystemPage() {
  const known = useSystem();
  return (
    <>
      <PageHead title={t.value("page_system")} />
      <div class="system-page">
        <div class="column">
          <Books />
          <UpstreamPanel />
          {known !== null && <SourcesPanel sources={known.sources} />}
        </div>
        <div class="column">
          {known !== null && <StoragePanel system={known} />}
          {known !== null && <BackupPanel system={known} />}
          <Notifiers />
          {known !== null && <GatewayPanel system={known} />}
        </div>
      </div>
    </>
  );
}
