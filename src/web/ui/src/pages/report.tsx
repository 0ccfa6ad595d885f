/**
 * The day's report: the very page that is printed, with the ways to take it along.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { PageHead } from "../parts/page";
import { language, t } from "../state/preferences";
import { choose, param } from "../state/route";
import { now, zone } from "../state/store";
import { dayOf, daysLater, isDay } from "../view/dates";
import { report as words } from "../words/pages/report";
import { learn } from "../words/speak";
import "../styles/pages/report.css";

learn(words);

const asked = param("day");

type Shown = { at: "making" } | { at: "shown"; height: number } | { at: "failed"; reason: string };

export default function ReportPage() {
  const say = t.value;
  const today = dayOf(now.value, zone.value);
  const day = isDay(asked.value) ? asked.value : today;
  const [turn, setTurn] = useState(0);
  const [shown, setShown] = useState<Shown>({ at: "making" });
  const frame = useRef<HTMLIFrameElement>(null);
  const address = (format: string): string =>
    `/api/v1/report?${new URLSearchParams({ day, format, lang: language.value })}`;
  const page = `${address("html")}${turn === 0 ? "" : `#${turn}`}`;
  useEffect(() => setShown({ at: "making" }), [page]);
  // A narrower window makes a longer page; the frame follows, so that there is one way to scroll and not two.
  useEffect(() => {
    const follow = (): void => setShown((before) => (before.at === "shown" && frame.current !== null ? seen(frame.current) : before));
    window.addEventListener("resize", follow);
    return () => window.removeEventListener("resize", follow);
  }, []);
  const to = (next: string): void => choose({ day: next === today ? null : next });
  return (
    <>
      <PageHead title={say("page_report")}>
        <div class="report-day" role="group" aria-label={say("report_day")}>
          <button type="button" class="button" aria-label={say("report_day_before")} onClick={() => to(daysLater(day, -1))}>
            ‹
          </button>
          <input
            type="date"
            class="report-date"
            aria-label={say("report_day")}
            value={day}
            max={today}
            onChange={(event) => isDay(event.currentTarget.value) && to(event.currentTarget.value)}
          />
          <button
            type="button"
            class="button"
            aria-label={say("report_day_after")}
            disabled={day >= today}
            onClick={() => to(daysLater(day, 1))}
          >
            ›
          </button>
          {day !== today && (
            <button type="button" class="button" onClick={() => to(today)}>
              {say("report_today")}
            </button>
          )}
        </div>
        <div class="report-ways">
          <button type="button" class="button" onClick={() => setTurn(turn + 1)}>
            {say("report_refresh")}
          </button>
          <a class="button" href={address("csv")} download>
            {say("report_csv")}
          </a>
          <a class="button" href={address("json")} download={`report-${day}.json`}>
            {say("report_json")}
          </a>
          <button
            type="button"
            class="button button-main"
            disabled={shown.at !== "shown"}
            onClick={() => frame.current?.contentWindow?.print()}
          >
            {say("report_print")}
          </button>
        </div>
      </PageHead>
      {shown.at === "making" && (
        <p class="page-waiting quiet" role="status">
          {say("report_making")}
        </p>
      )}
      {shown.at === "failed" && (
        <p class="refusal" role="alert">
          {say("report_failed", { reason: shown.reason })}
        </p>
      )}
      <iframe
        key={page}
        ref={frame}
        class={`report-paper ${shown.at === "shown" ? "" : "report-paper-waiting"}`}
        title={say("report_frame", { day })}
        src={page}
        height={shown.at === "shown" ? shown.height : undefined}
        onLoad={(event) => setShown(seen(event.currentTarget))}
      />
    </>
  );
}

/** What came into the frame: the report, or the gateway's reason why there is none. */
function seen(frame: HTMLIFrameElement): Shown {
  const inside = frame.contentDocument;
  if (inside?.contentType === "text/html" && inside.body.children.length > 0) {
    return { at: "shown", height: inside.documentElement.scrollHeight };
  }
  return { at: "failed", reason: reason(inside?.body.textContent ?? "") };
}

function reason(said: string): string {
  try {
    const { detail } = JSON.parse(said) as { detail?: unknown };
    if (typeof detail === "string") return detail;
  } catch {
    // No problem of the gateway's: then it was not reached.
  }
  return t.value("report_no_answer");
}
