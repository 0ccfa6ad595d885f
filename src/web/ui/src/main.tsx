import { render } from "preact";
import { App, titled } from "./app";
import { effect } from "@preact/signals";
import { bringAlarm } from "./parts/settings-dialog";
import { alarm, dress, followOtherTabs } from "./state/preferences";
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
  followOtherTabs();
  effect(() => {
    if (alarm.value.sound || alarm.value.notification) void bringAlarm();
  });
  render(<App />, root);
}
