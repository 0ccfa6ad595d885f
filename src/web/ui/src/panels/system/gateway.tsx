/**
 * The program and the machine: which version, since when, on what, and where its data is.
 */
import type { ComponentChildren } from "preact";
import { Mark } from "../../parts/mark";
import { Panel } from "../../parts/panel";
import { Clock } from "../../parts/time";
import { language, t } from "../../state/preferences";
import { present, zone } from "../../state/store";
import { size } from "../../view/sizes";
import { duration, exact, moment } from "../../view/time";
import type { System } from "../../wire/system";

export function GatewayPanel({ system }: { system: System }) {
  const say = t.value;
  const { host, journal } = system;
  return (
    <Panel id="gateway" title={say("system_gateway")}>
      <dl class="sheet-list">
        <Line name={say("system_version")}>Portico {system.version}</Line>
        <Line name={say("system_site")}>{present.value?.site.id}</Line>
        <Line name={say("system_running")}>
          {say("system_running_for", { age: duration(system.uptime_s, say) })}{" "}
          <span class="quiet">{say("system_since", { time: stamp(system.started_at) })}</span>
        </Line>
        <Line name={say("system_host")}>
          {host.os} {host.arch}
        </Line>
        <Line name={say("system_memory")}>{system.memory_bytes === null ? say("metric_absent") : size(system.memory_bytes)}</Line>
        <Line name={say("system_schema")}>{journal.schema}</Line>
        <Line name={say("system_zone")}>{zone.value}</Line>
        <Line name={say("system_interface")}>
          {/* What a program would ask, described by the gateway itself. */}
          <a href="/api/openapi.json">/api/openapi.json</a>
        </Line>
      </dl>
    </Panel>
  );
}

export function StoragePanel({ system: { journal, disk, retention } }: { system: System }) {
  const say = t.value;
  const used = Math.min(journal.bytes / Math.max(retention.budget_bytes, 1), 1);
  const storage = present.value?.storage;
  const isFailing = storage?.state === "failing";
  const tone = isFailing ? "act" : disk?.low === true ? "look" : "good";
  return (
    <Panel id="storage" title={say("system_storage")}>
      <div class="sheet-top">
        <Mark tone={tone}>{say(isFailing ? "system_not_keeping" : disk?.low === true ? "system_disk_low" : "system_keeping")}</Mark>
        {storage?.reason != null && <p>{storage.reason}</p>}
      </div>
      <dl class="sheet-list">
        <Line name={say("system_journal")}>
          {say("system_entries", { n: count(journal.entries) })}
          <span class="quiet under">
            {journal.oldest_at === null ? "" : say("system_oldest", { time: stamp(journal.oldest_at) })}
          </span>
        </Line>
        <Line name={say("system_used")}>
          {say("system_of", { part: size(journal.bytes), whole: size(retention.budget_bytes) })}
          <progress max={1} value={used} aria-label={say("system_used")} />
        </Line>
        <Line name={say("system_disk")}>
          {disk === null ? say("metric_absent") : say("system_free_of", { free: size(disk.free_bytes), whole: size(disk.total_bytes) })}
        </Line>
        <Line name={say("system_retention")}>
          {say("system_retention_days", { n: retention.retention_days })}
          <span class="quiet under">{say("system_personal_days", { n: retention.personal_data_days })}</span>
        </Line>
        <Line name={say("system_given_up")}>
          {count(retention.given_up)}
          {retention.given_up_for_room > 0 && (
            <span class="under">
              <Mark tone="look">{say("system_given_up_for_room", { n: count(retention.given_up_for_room) })}</Mark>
            </span>
          )}
        </Line>
      </dl>
    </Panel>
  );
}

export function BackupPanel({ system: { backup } }: { system: System }) {
  const say = t.value;
  const tone = backup.ok === null ? "unknown" : backup.ok ? "good" : "act";
  const line = !backup.enabled ? "backup_off" : backup.ok === null ? "backup_none" : backup.ok ? "backup_ok" : "backup_failed";
  return (
    <Panel id="backup" title={say("system_backup")}>
      <div class="sheet-top">
        <Mark tone={tone}>{say(line)}</Mark>
        {backup.error !== null && <p>{say("upstream_cause", { reason: backup.error })}</p>}
        {!backup.enabled && <p class="quiet">{say("backup_off_hint")}</p>}
      </div>
      <dl class="sheet-list">
        {backup.last_at !== null && (
          <Line name={say("backup_last")}>
            {stamp(backup.last_at)}
            {backup.file !== null && <span class="quiet under file-name">{backup.file}</span>}
          </Line>
        )}
        {backup.next_at !== null && (
          <Line name={say("backup_next")}>
            <Clock at={backup.next_at} />
          </Line>
        )}
      </dl>
    </Panel>
  );
}

function Line({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Date and time: what is told here may be of another day. */
function stamp(at: string): string {
  const ms = moment(at);
  return ms === null ? at : exact(ms, language.value, zone.value);
}

function count(n: number): string {
  return n.toLocaleString(language.value === "en" ? "en-GB" : "zh-CN");
}
