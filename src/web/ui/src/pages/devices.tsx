/**
 * Every device that was heard or is expected, by its kind: its state, when it was last heard, what of it was refused;
 * and one of them with the bytes that were not understood.
 */
import { computed } from "@preact/signals";
import { DeviceOne } from "../panels/device-one";
import { Devices } from "../panels/device-list";
import { route } from "../state/route";
import { deviceChoices } from "../view/devices";
import { devices as words } from "../words/pages/devices";
import { entries } from "../words/pages/entries";
import { fates } from "../words/pages/fates";
import { learn } from "../words/speak";
import "../styles/one.css";
import "../styles/pages/devices.css";

learn(words);
learn(entries);
learn(fates);

const choices = computed(() => deviceChoices(route.value.params));

export default function DevicesPage() {
  const { id } = route.value;
  return id === null ? <Devices choices={choices.value} /> : <DeviceOne key={id} id={id} />;
}
