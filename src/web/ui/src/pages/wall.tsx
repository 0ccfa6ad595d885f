/**
 * The same day for a screen on the wall: large, dark, nothing to press.
 */
import { Alerts } from "../panels/alerts";
import { Summary } from "../panels/summary";
import { Banners } from "../panels/top";
import { t } from "../state/preferences";
import { wall as words } from "../words/pages/wall";
import { learn } from "../words/speak";

learn(words);

export default function WallPage() {
  return (
    <main id="main" data-page="wall" class="wall">
      <h1 class="visually-hidden">{t.value("page_wall")}</h1>
      <Banners />
      <Summary />
      <Alerts />
    </main>
  );
}
