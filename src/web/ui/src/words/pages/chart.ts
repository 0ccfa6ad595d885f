/**
 * What every chart says of itself. See `../table.ts`.
 */
import type { Words } from "../table";

export const chart = {
  chart_loading: ["Drawing…", "正在绘制…"],
  chart_failed: ["The drawing could not be loaded. The table below has the same values.", "图表无法载入。下方表格为相同数据。"],
  chart_no_data: ["no data", "无数据"],
  chart_from_to: ["{low} to {high}", "{low} 至 {high}"],
  chart_band_look: ["outside its limits", "超限"],
  chart_band_act: ["alert", "告警"],
  chart_band_unknown: ["no data", "无数据"],
  chart_table: ["As a table", "查看表格"],
  chart_table_time: ["Time", "时间"],
  chart_table_mean: ["Mean", "平均"],
  chart_table_low: ["Lowest", "最低"],
  chart_table_high: ["Highest", "最高"],
} as const satisfies Words;
