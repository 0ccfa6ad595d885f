/**
 * The ledger: every alert, what was done about it and what came of it; and one of them with its life and its proof.
 */
import { computed } from "@preact/signals";
import { AlertOne } from "../panels/alert-one";
import { Ledger } from "../panels/ledger";
import { LedgerFilters } from "../panels/ledger-filters";
import { PageHead } from "../parts/page";
import { t } from "../state/preferences";
import { route } from "../state/route";
import { choicesOf } from "../view/ledger";
import { alerts as words } from "../words/pages/alerts";
import { entries } from "../words/pages/entries";
import { fates } from "../words/pages/fates";
import { learn } from "../words/speak";
import "../styles/one.css";
import "../styles/pages/alerts.css";

learn(words);
learn(entries);
learn(fates);

const choices = computed(() => choicesOf(route.value.params));

export default function AlertsPage() {
  const { id } = route.value;
  if (id !== null) return <AlertOne key={id} id={id} />;
  return (
    <>
      <PageHead title={t.value("ledger")} />
      <LedgerFilters choices={choices.value} />
      <Ledger choices={choices.value} />
    </>
  );
}
