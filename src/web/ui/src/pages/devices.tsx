/**
 * Every device that was heard or is expected: its state, when it was last heard, what of it was refused.
 */
import { useGlow } from "../parts/glow";
import { Mark, type Tone } from "../parts/mark";
import { PageHead } from "../parts/page";
import { Empty } from "../parts/panel";
import { Ago } from "../parts/time";
import { t } from "../state/preferences";
import { devices } from "../state/store";
import { byTrouble, inTrouble, telling } from "../view/devices";
import type { Device, DeviceState } from "../wire/types";
import { devices as words } from "../words/pages/devices";
import { learn } from "../words/speak";

learn(words);

const TONES: Readonly<Record<DeviceState, Tone>> = {
  online: "good",
  offline: "look",
  silent: "look",
  unknown: "unknown",
  no_fix: "unknown",
};

export default function DevicesPage() {
  const say = t.value;
  const all = [...devices.value].sort(byTrouble);
  const total = all.length;
  const n = all.filter(inTrouble).length;
  const line = n === 0 ? say("devices_fine", { total }) : say("devices_trouble", { n, total });
  return (
    <>
      <PageHead title={say("page_devices")}>{total > 0 && <span class="quiet">{line}</span>}</PageHead>
      <div class="panel">
      {total === 0 ? (
        <Empty title={say("devices_none")} hint={say("devices_none_hint")} />
      ) : (
        <ul class="rows rows-columns">
          {all.map((device) => (
            <DeviceRow key={device.id} device={device} />
          ))}
        </ul>
      )}
      </div>
    </>
  );
}

function DeviceRow({ device }: { device: Device }) {
  const say = t.value;
  const glow = useGlow(device.state);
  const reason = telling(device);
  return (
    <li class={`row ${glow}`}>
      <div class="row-main">
        <span class="row-name">{device.id}</span>
        <span class="quiet under">
          {say("device_received", { n: device.received })}
          {device.rejected > 0 && ` · ${say("device_rejected", { n: device.rejected })}`}
        </span>
        {reason !== null && <span class="quiet under">{reason}</span>}
      </div>
      <div class="row-state">
        <Mark tone={TONES[device.state]}>{say(`device_${device.state}`)}</Mark>
        <span class="quiet under">{device.heard_at === null ? say("never_heard") : <Ago at={device.heard_at} />}</span>
      </div>
    </li>
  );
}
