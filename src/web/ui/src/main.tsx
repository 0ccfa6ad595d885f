import { render } from "preact";
import { App, titled } from "./app";
import { dress } from "./state/preferences";
import { follow } from "./state/route";
import { start } from "./state/store";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/nav.css";
import "./styles/panels.css";
import "./styles/tiles.css";

const root = document.getElementById("app");
if (root !== null) {
  dress(document.documentElement);
  follow();
  start();
  titled();
  render(<App />, root);
}
