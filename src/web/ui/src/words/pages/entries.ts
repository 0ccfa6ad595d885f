/**
 * What the journal's entries say, wherever one is shown. See `../table.ts`.
 */
import type { Words } from "../table";

export const entries = {
  entry_number: ["Entry {seq}", "第 {seq} 条"],
  // What entries say
  entry_scan: ["{who} at {kiosk}: {verdict}", "{who}在{kiosk}扫码：{verdict}"],
  entry_verdict_admit: ["let in", "准予进入"],
  entry_verdict_admit_again: ["let in again", "再次进入"],
  entry_verdict_already_in: ["is inside already", "已在场内"],
  entry_verdict_left: ["went out", "离场"],
  entry_verdict_not_found: ["not in the plan", "不在计划内"],
  entry_verdict_wrong_day: ["expected on another day", "非当日来宾"],
  entry_verdict_wrong_point: ["expected at another entrance", "入口不符"],
  entry_verdict_cancelled: ["the visit was called off", "行程已取消"],
  entry_verdict_needs_attention: ["let in, host to be called", "准予进入，需联系接待人"],
  entry_position: ["{vehicle} at {place}", "{vehicle}位于 {place}"],
  entry_position_speed: ["{vehicle} at {place}, {speed}", "{vehicle}位于 {place}，{speed}"],
  entry_reading: ["{room}: {values}", "{room}：{values}"],
  entry_device: ["{device}: {state}", "{device}：{state}"],
  entry_why: ["{what} ({why})", "{what}（{why}）"],
  entry_plan: ["A plan was brought in", "导入接待计划"],
  entry_rules: ["These rules hold from here on", "规则自此生效"],
  entry_command: ["The gateway ordered: {action}", "网关指令：{action}"],
  entry_receive: ["{by} received {who}", "{by}接待了{who}"],
  entry_alert: ["Alert {alert}: {state}", "告警 {alert}：{state}"],
  entry_rejected: ["Not understood from {device}: {why}", "{device}数据无法识别：{why}"],
  entry_gap: ["Entries {from} to {to} were given up", "第 {from} 至 {to} 条已清除"],

  // What was done to an alert
  life_pending: ["The limit was passed; watching begins", "超出限值，开始观察"],
  life_firing: ["It needs somebody", "触发告警"],
  life_back: ["It still holds and is back", "搁置结束，恢复告警"],
  life_still: ["Something of it changed", "情况有更新"],
  life_acknowledge: ["{by} took it on", "{by}接手"],
  life_unacknowledge: ["{by} took the acknowledgement back", "{by}撤销确认"],
  life_shelve: ["{by} shelved it", "{by}搁置"],
  life_unshelve: ["{by} took it off the shelf", "{by}取消搁置"],
  life_note: ["{by} wrote something down", "{by}作了记录"],
  life_resolve: ["{by} ended it", "{by}处理完毕"],
  life_resolved: ["Over: {how}", "结束：{how}"],
  name_value: ["{name}: {value}", "{name}：{value}"],
} as const satisfies Words;
