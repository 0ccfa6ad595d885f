/**
 * What the page of the day's report says. See `../table.ts`.
 */
import type { Words } from "../table";

export const report = {
  report_day: ["Day", "日期"],
  report_day_before: ["Day before", "前一天"],
  report_day_after: ["Day after", "后一天"],
  report_today: ["Today", "今天"],
  report_print: ["Print", "打印"],
  report_csv: ["Spreadsheet (CSV)", "表格（CSV）"],
  report_json: ["Figures (JSON)", "数据（JSON）"],
  report_refresh: ["Take it anew", "重新生成"],
  report_making: ["The figures are being taken from the journal…", "正在从日志汇总数据…"],
  report_frame: ["Report of {day}", "{day} 日报"],
  report_failed: ["The report could not be made: {reason}", "未能生成日报：{reason}"],
  report_no_answer: ["The gateway does not answer.", "网关没有响应。"],
} as const satisfies Words;
