/**
 * The devices by kind, trouble first. Nothing moves while it is read.
 */
import { useRef } from "preact/hooks";
import { DeviceMark } from "../parts/device-mark";
import { useGlow } from "../parts/glow";
import { PageHead } from "../parts/page";
import { Empty } from "../parts/panel";
import { useReading } from "../parts/reading";
import { Ago, Clock } from "../parts/time";
import { t } from "../state/preferences";
import { choose, pathOf } from "../state/route";
import { devices, present } from "../state/store";
import { deviceName, groups, inPlace, inTrouble, isShown, KINDS, rateText, SHOWS, telling, type DeviceChoices, type Group } from "../view/devices";
import { fateWord } from "../view/fates";
import type { Device } from "../wire/types";

export function Devices({ choices }: { choices: DeviceChoices }) {
  const say = t.value;
  const [element, reading] = useReading<HTMLDivElement>();
  const held = useRef<{ key: string; groups: Group[] } | null>(null);
  const all = devices.value;
  const venue = present.peek();
  if (venue === null) return null;
  const key = JSON.stringify(choices);
  const right = groups(all, choices, (id) => deviceName(id, venue, say));
  const before = reading.value && held.current?.key === key ? held.current.groups : null;
  const shown = inPlace(right, before);
  held.current = { key, groups: shown };
  const n = all.filter(inTrouble).length;
  const line = n === 0 ? say("devices_fine", { total: all.length }) : say("devices_trouble", { n, total: all.length });
  // A gateway that does not count rates has no column for them.
  const rated = all.some((device) => typeof device.per_minute === "number");
  return (
    <>
      <PageHead title={say("page_devices")}>{all.length > 0 && <span class="quiet">{line}</span>}</PageHead>
      {all.length > 0 && <Filters choices={choices} all={all} />}
      <div ref={element} class="panel">
        {all.length === 0 && <Empty title={say("devices_none")} hint={say("devices_none_hint")} />}
        {all.length > 0 && shown.length === 0 && (
          <Empty title={say(choices.show === "trouble" && choices.q === "" ? "devices_none_trouble" : "devices_none_found")} />
        )}
        {shown.length > 0 && <Table shown={shown} rated={rated} />}
      </div>
    </>
  );
}

function Filters({ choices, all }: { choices: DeviceChoices; all: readonly Device[] }) {
  const say = t.value;
  return (
    <div class="device-filters">
      <div class="chips" role="group" aria-label={say("devices_show")}>
        {SHOWS.map((one) => (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={choices.show === one}
            onClick={() => choose({ show: one === "all" ? null : one })}
          >
            {say(`devices_show_${one}`)} <b>{all.filter((device) => isShown(device, one)).length}</b>
          </button>
        ))}
      </div>
      <div class="device-narrow">
        <input
          type="search"
          class="search"
          placeholder={say("devices_search")}
          aria-label={say("devices_search")}
          autocomplete="off"
          spellcheck={false}
          value={choices.q}
          onInput={(event) => choose({ q: event.currentTarget.value })}
          onKeyDown={(event) => event.key === "Escape" && choose({ q: null })}
        />
        <select
          class="search"
          aria-label={say("devices_any_kind")}
          value={choices.kind}
          onChange={(event) => choose({ kind: event.currentTarget.value })}
        >
          <option value="">{say("devices_any_kind")}</option>
          {KINDS.map((kind) => (
            <option key={kind} value={kind} selected={kind === choices.kind}>
              {say(`devices_kind_${kind}`)}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

/** The roles are written out because a phone lays the rows out as cards, and some readers then forget the table. */
function Table({ shown, rated }: { shown: Group[]; rated: boolean }) {
  const say = t.value;
  return (
    <table class="board devices" role="table" aria-label={say("page_devices")}>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">{say("devices_col_device")}</th>
          <th role="columnheader" scope="col">{say("devices_col_state")}</th>
          <th role="columnheader" scope="col">{say("devices_col_heard")}</th>
          <th role="columnheader" scope="col">{say("devices_col_since")}</th>
          {rated && <th role="columnheader" scope="col" class="figures-end">{say("devices_col_rate")}</th>}
          <th role="columnheader" scope="col" class="figures-end">{say("devices_col_received")}</th>
          <th role="columnheader" scope="col" class="figures-end">{say("devices_col_rejected")}</th>
        </tr>
      </thead>
      {shown.map((group) => (
        <tbody key={group.kind} role="rowgroup">
          <tr role="row" class="device-kind">
            <th role="rowheader" scope="rowgroup" colSpan={rated ? 7 : 6}>
              {say(`devices_kind_${group.kind}`)} <span class="quiet">{group.devices.length}</span>
              {group.trouble > 0 && <span class="tone-look device-trouble">{say("devices_group_trouble", { n: group.trouble })}</span>}
            </th>
          </tr>
          {group.devices.map((device) => (
            <Row key={device.id} device={device} rated={rated} />
          ))}
        </tbody>
      ))}
    </table>
  );
}

function Row({ device, rated }: { device: Device; rated: boolean }) {
  const say = t.value;
  const glow = useGlow(device.state);
  const venue = present.peek();
  if (venue === null) return null;
  const reason = telling(device);
  return (
    <tr role="row" class={glow}>
      <td role="cell" class="cell-device">
        <a href={pathOf("devices", device.id)}>{deviceName(device.id, venue, say)}</a>
        <span class="quiet under">{device.id}</span>
      </td>
      <td role="cell" class="cell-state">
        <DeviceMark state={device.state} />
        {reason !== null && <span class="quiet under device-reason">{reason}</span>}
      </td>
      <td role="cell" class="cell-heard">{device.heard_at === null ? <span class="quiet">{say("never_heard")}</span> : <Ago at={device.heard_at} />}</td>
      <td role="cell" class="cell-from">{device.since === null ? null : <Clock at={device.since} />}</td>
      {rated && <td role="cell" class="figures-end cell-figure">{typeof device.per_minute === "number" ? rateText(device.per_minute) : "–"}</td>}
      <td role="cell" class="figures-end cell-figure">{device.received}</td>
      <td role="cell" data-name={say("devices_col_rejected")} class={`figures-end cell-figure ${device.rejected > 0 ? "some-rejected" : ""}`}>
        {device.rejected}
        <LastRejected device={device} />
      </td>
    </tr>
  );
}

/** Why it was not understood the last time, where the gateway tells it. */
function LastRejected({ device }: { device: Device }) {
  const { last_reason: reason, last_rejected_at: at } = device;
  if (typeof reason !== "string" || typeof at !== "string") return null;
  return (
    <span class="quiet under last-rejected" title={reason}>
      {fateWord(reason, t.value) ?? t.value("devices_last_rejected")}
      {t.value("comma")}
      <Ago at={at} />
    </span>
  );
}
