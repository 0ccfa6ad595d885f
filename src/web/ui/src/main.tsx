import { render } from "preact";
import { App } from "./app";
import { dress } from "./state/preferences";
import { start } from "./state/store";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/panels.css";
import "./styles/tiles.css";

const root = document.getElementById("app");
if (root !== null) {
  dress(document.documentElement);
  start();
  render(<App />, root);
}
