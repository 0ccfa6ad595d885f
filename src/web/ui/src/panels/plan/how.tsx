/**
 * The three steps to a plan, for a first morning.
 */
import { language, t } from "../../state/preferences";
import { Panel } from "../../parts/panel";

const COLUMNS: readonly (readonly [en: string, zh: string])[] = [
  ["code", "编号"],
  ["name", "姓名"],
  ["tier", "级别"],
  ["expected_at", "预计到达"],
  ["place", "地点"],
  ["host", "接待人"],
  ["host_contact", "联系方式"],
  ["needs", "特殊需求"],
];
const ROWS: readonly (readonly [en: readonly string[], zh: readonly string[]])[] = [
  [
    ["G-1001", "Wang Fang", "vip", "09:30", "lobby", "Li Na", "138 0000 0000", "wheelchair"],
    ["G-1001", "王芳", "vip", "09:30", "lobby", "李娜", "138 0000 0000", "轮椅"],
  ],
  [
    ["G-1002", "Jonathan Whitfield", "guest", "10:00", "ballroom", "Zhao Hai", "139 0000 0000", ""],
    ["G-1002", "乔纳森", "guest", "10:00", "ballroom", "赵海", "139 0000 0000", ""],
  ],
];

export function PlanHow() {
  const say = t.value;
  return (
    <Panel id="plan-how" title={say("plan_none")}>
      <div class="plan-how">
        <p>{say("plan_none_hint")}</p>
        <ol class="steps">
          <li>{say("plan_how_1")}</li>
          <li>{say("plan_how_2")}</li>
          <li>{say("plan_how_3")}</li>
        </ol>
        <PlanColumns />
      </div>
    </Panel>
  );
}

/** The columns with two rows, and the same as a file to fill in. */
export function PlanColumns() {
  const say = t.value;
  const side = language.value === "en" ? 0 : 1;
  return (
    <div class="plan-columns">
      <table>
        <caption class="visually-hidden">{say("plan_columns")}</caption>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th key={column[0]} scope="col">
                {column[side]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map((row) => (
            <tr key={row[side][0]}>
              {row[side].map((cell, at) => (
                <td key={at}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">{say("plan_columns_hint")}</p>
      <button type="button" class="button" onClick={() => save(side)}>
        {say("plan_example")}
      </button>
    </div>
  );
}

function save(side: 0 | 1): void {
  const lines = [COLUMNS.map((column) => column[side]), ...ROWS.map((row) => row[side])];
  // The mark at its beginning tells a spreadsheet that this is UTF-8.
  const text = `\ufeff${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = side === 0 ? "guests.csv" : "来宾.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
