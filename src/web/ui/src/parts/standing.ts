/**
 * Where an alert stands, in a line: who has it, until when it is put aside, how it ended.
 */
import { language, t } from "../state/preferences";
import { now, zone } from "../state/store";
import { resolutionWord } from "../view/alert-words";
import { began } from "../view/alerts";
import { clock, duration, moment } from "../view/time";
import type { Alert } from "../wire/types";
import { coarse } from "./told";

export function standing(alert: Alert): string {
  const say = t.value;
  const time = (stamp: string | null): string => clock(moment(stamp) ?? now.peek(), language.value, zone.value);
  switch (alert.state) {
    case "acknowledged":
      return say("acknowledged_by", {
        by: alert.acknowledged_by ?? say("acknowledged_somebody"),
        time: time(alert.acknowledged_at),
      });
    case "pending":
      return say("alert_pending", { time: time(alert.pending_at) });
    case "shelved":
      return shelved(alert);
    case "firing":
      return say("open_since", { time: time(began(alert)) });
    case "resolved":
      return say("alert_over", { time: time(alert.resolved_at), how: resolutionWord(alert.resolution, say) });
  }
}

function shelved(alert: Alert): string {
  const { shelf } = alert;
  const until = moment(shelf?.until);
  if (shelf === undefined || until === null) return t.value("alerts_shelved");
  return t.value("alert_shelved", {
    by: shelf.by,
    time: clock(until, language.value, zone.value),
    left: duration((until - coarse(alert)) / 1000, t.value),
    reason: shelf.reason,
  });
}
