/**
 * One device: how it fares, what of it was not understood, byte for byte, and what was.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { DEVICE_TONES, DeviceMark } from "../parts/device-mark";
import { Shape } from "../parts/mark";
import { Empty } from "../parts/panel";
import { Raw } from "../parts/raw";
import { reasonOf } from "../parts/refusal";
import { SEVERITY_TONES, useTold } from "../parts/told";
import { Ago, Clock } from "../parts/time";
import { t } from "../state/preferences";
import { pathOf } from "../state/route";
import { alerts, devices, present } from "../state/store";
import { asHex, asText, fromBase64 } from "../view/bytes";
import { deviceName, rateText } from "../view/devices";
import { entryWords } from "../view/entry-words";
import { fateWord } from "../view/fates";
import { number, text } from "../view/values";
import { wayTo } from "../view/whereto";
import type { Refusal } from "../wire/api";
import { newestOf } from "../wire/devices";
import type { Alert, Device, Entry } from "../wire/types";

/** A first look, and all that a person reads through. */
const AT_FIRST = 10;
const AT_MOST = 200;

export function DeviceOne({ id }: { id: string }) {
  const say = t.value;
  const device = devices.value.find((one) => one.id === id);
  const about = alerts.value.filter((alert) => alert.subject === id);
  useEffect(() => window.scrollTo(0, 0), [id]);
  if (device === undefined) {
    return (
      <Empty title={say("device_missing", { id })}>
        <p class="empty-actions">
          <a class="button" href={pathOf("devices")}>
            {say("device_to_list")}
          </a>
        </p>
      </Empty>
    );
  }
  return (
    <>
      <p class="way-back">
        <a href={pathOf("devices")}>‹ {say("device_to_list")}</a>
      </p>
      <Standing device={device} />
      {about.length > 0 && (
        <section class="panel device-part" aria-labelledby="device-alerts">
          <header class="panel-head">
            <h2 id="device-alerts">{say("device_alerts")}</h2>
          </header>
          <ul class="rows">
            {about.map((alert) => (
              <About key={alert.id} alert={alert} />
            ))}
          </ul>
        </section>
      )}
      <Entries device={device} rejected />
      <Entries device={device} rejected={false} />
    </>
  );
}

function Standing({ device }: { device: Device }) {
  const say = t.value;
  const venue = present.peek();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), [device.id]);
  if (venue === null) return null;
  const [kind, room] = device.id.split("/");
  const subject = kind === "sensor" ? `room/${room ?? ""}` : kind === "vehicle" ? device.id : null;
  const way = subject === null ? null : wayTo(subject, venue, say);
  return (
    <section class={`panel matter edge-${DEVICE_TONES[device.state]}`} aria-labelledby="device-title">
      <p class="matter-kind">
        <DeviceMark state={device.state} />
        <span class="quiet">{device.id}</span>
      </p>
      <h1 id="device-title" ref={title} tabIndex={-1}>
        {deviceName(device.id, venue, say)}
      </h1>
      {device.reason !== null && <p>{device.reason}</p>}
      <dl class="device-figures">
        <div>
          <dt>{say("devices_col_heard")}</dt>
          <dd>{device.heard_at === null ? say("never_heard") : <Ago at={device.heard_at} />}</dd>
        </div>
        <div>
          <dt>{say("devices_col_since")}</dt>
          <dd>{device.since === null ? "–" : <Clock at={device.since} />}</dd>
        </div>
        {typeof device.per_minute === "number" && (
          <div>
            <dt>{say("devices_col_rate")}</dt>
            <dd>{rateText(device.per_minute)}</dd>
          </div>
        )}
        <div>
          <dt>{say("devices_col_received")}</dt>
          <dd>{device.received}</dd>
        </div>
        <div>
          <dt>{say("devices_col_rejected")}</dt>
          <dd class={device.rejected > 0 ? "some-rejected" : ""}>{device.rejected}</dd>
        </div>
      </dl>
      {way !== null && (
        <p class="card-foot">
          <a class="button" href={way.href}>
            {kind === "vehicle" ? say("device_vehicle_page") : way.name}
          </a>
        </p>
      )}
    </section>
  );
}

function About({ alert }: { alert: Alert }) {
  const told = useTold(alert);
  if (told === null) return null;
  return (
    <li class="row">
      <Shape tone={SEVERITY_TONES[alert.severity]} />
      <a class="row-main" href={pathOf("alerts", alert.id)}>
        {told.title}
      </a>
    </li>
  );
}

function Entries({ device, rejected }: { device: Device; rejected: boolean }) {
  const say = t.value;
  const [limit, setLimit] = useState(AT_FIRST);
  const count = rejected ? device.rejected : device.received;
  const { entries, refusal, isOlder, newer, again } = useEntries(device.id, rejected, limit, count);
  const heading = rejected ? "device-rejections" : "device-accepted";
  const hasMore = entries !== null && entries.length >= limit && limit < AT_MOST;
  return (
    <section class="panel device-part" aria-labelledby={heading}>
      <header class="panel-head">
        <h2 id={heading}>{say(rejected ? "device_rejections" : "device_accepted")}</h2>
        {newer > 0 && (
          <button type="button" class="button device-newer" onClick={again}>
            {say("device_new", { n: newer })}
          </button>
        )}
      </header>
      <div class="proof">
        {refusal !== null && (
          <p class="refusal" role="alert">
            {say("device_entries_refused", { reason: reasonOf(refusal) })}
          </p>
        )}
        {isOlder && <p class="quiet">{say("device_entries_older")}</p>}
        {entries !== null && entries.length === 0 && !isOlder && (
          <p class="quiet">{say(rejected ? "device_rejections_none" : "device_accepted_none")}</p>
        )}
        <ol class="proof-entries">
          {(entries ?? []).map((entry) => (rejected ? <Rejection key={entry.seq} entry={entry} /> : <Accepted key={entry.seq} entry={entry} />))}
        </ol>
        {hasMore && (
          <button type="button" class="button" onClick={() => setLimit(AT_MOST)}>
            {say("device_more")}
          </button>
        )}
      </div>
    </section>
  );
}

interface Listed {
  entries: Entry[] | null;
  refusal: Refusal | null;
  isOlder: boolean;
  /** So many came since. */
  newer: number;
  again: () => void;
}

/** As they stood when they were asked for: what came since is told by its number, and asked for when it is wanted. */
function useEntries(id: string, rejected: boolean, limit: number, count: number): Listed {
  const [told, setTold] = useState<{ entries: Entry[] | null; refusal: Refusal | null; isOlder: boolean; count: number }>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isWanted = true;
    // What was rejected is taken out here, so that many of those do not leave the rest short.
    void newestOf(id, rejected ? "rejected" : null, rejected ? limit : limit * 2).then((answer) => {
      if (!isWanted) return;
      if (!answer.ok) return setTold({ entries: null, refusal: answer.refusal, isOlder: false, count });
      const mine = answer.value.filter((entry) => entry.device === id && (entry.kind === "rejected") === rejected);
      const isOlder = answer.value.some((entry) => entry.device !== id);
      const entries = isOlder ? [] : mine.sort((a, b) => b.seq - a.seq).slice(0, limit);
      return setTold({ entries, refusal: null, isOlder, count });
    });
    return () => {
      isWanted = false;
    };
  }, [id, limit, turn]);
  return {
    entries: told?.entries ?? null,
    refusal: told?.refusal ?? null,
    isOlder: told?.isOlder ?? false,
    newer: told === undefined || told.isOlder ? 0 : Math.max(0, count - told.count),
    again: () => setTurn(turn + 1),
  };
}

function Accepted({ entry }: { entry: Entry }) {
  const venue = present.peek();
  if (venue === null) return null;
  return (
    <li class="proof-entry">
      <p>
        <Clock at={entry.received_at} /> {entryWords(entry, venue, t.value)}
      </p>
      <div class="quiet">
        <Raw entry={entry} />
      </div>
    </li>
  );
}

function Rejection({ entry }: { entry: Entry }) {
  const say = t.value;
  const reason = text(entry.body?.["reason"]) ?? "";
  const link = text(entry.body?.["link"]);
  const raw = fromBase64(text(entry.body?.["raw"]) ?? "");
  const total = number(entry.body?.["bytes"]);
  const kept = raw?.length ?? 0;
  const size = total !== null && total > kept ? say("device_bytes_cut", { n: total, kept }) : say("device_bytes", { n: kept });
  const fate = fateWord(reason, say);
  return (
    <li class="proof-entry bytes">
      <p>
        <Clock at={entry.received_at} /> <b>{fate ?? reason}</b>{" "}
        <span class="quiet">
          {size}
          {link !== null && ` · ${say("device_came_by", { link })}`}
        </span>
      </p>
      {fate !== null && (
        <p class="quiet">
          {say("device_reason")}: <span lang="en">{reason}</span>
        </p>
      )}
      {raw === null ? (
        <p class="quiet">{say("device_raw_broken")}</p>
      ) : (
        <>
          <pre class="bytes-text" tabIndex={0} aria-label={say("device_raw_text")}>
            {asText(raw)}
          </pre>
          <details class="raw">
            <summary>{say("device_hex")}</summary>
            <pre tabIndex={0} aria-label={say("device_hex")}>
              {asHex(raw)
                .map((line) => `${line.offset}  ${line.hex.padEnd(47)}  ${line.text}`)
                .join("\n")}
            </pre>
          </details>{" "}
        </>
      )}
      <div class="quiet">
        <Raw entry={entry} />
      </div>
    </li>
  );
}
