/**
 * What the page about the gateway itself says. See `../table.ts`.
 */
import type { Words } from "../table";

export const system = {
  // What became of everything
  books: ["Account", "数据核对"],
  books_adds_up: ["Everything adds up", "全部相符"],
  books_does_not: ["It does not add up", "账目不符"],
  books_since: ["Since {time}", "自 {time} 起"],
  books_hint: ["Whatever was heard is kept, recognised, or counted with its reason.", "收到的每一条数据都已保存、识别为重复，或记录了去向。"],
  books_show: ["Show every sum", "查看明细"],
  books_missing: ["{n} not accounted for: {where}", "{n} 条去向不明：{where}"],
  books_surplus: ["{n} accounted for that never were: {where}", "{n} 条多计：{where}"],
  books_gateway: ["The gateway itself", "网关自身"],
  books_journal: ["Journal", "日志"],
  books_urgent: ["Upstream: alerts, scans and the like", "上级平台：告警、签到等"],
  books_bulk: ["Upstream: readings and positions", "上级平台：读数与位置"],
  books_heard: ["{n} heard", "收到 {n} 条"],
  books_kept: ["{n} kept", "保存 {n}"],
  books_duplicates: ["{n} kept before", "重复 {n}"],
  books_rejected: ["{n} rejected", "拒收 {n}"],
  books_nothing: ["{n} with nothing to keep", "无需保存 {n}"],
  books_thinned: ["{n} thinned", "抽稀 {n}"],
  books_dropped: ["{n} given up", "丢弃 {n}"],
  books_turned_away: ["{n} turned away", "拒绝接入 {n}"],
  books_not_kept: ["{n} not kept and not acknowledged", "未保存且未确认 {n}"],
  books_in_flight: ["{n} on their way", "处理中 {n}"],
  books_committed: ["{n} committed", "写入 {n} 条"],
  books_from_links: ["{n} from links", "来自链路 {n}"],
  books_alert_changes: ["{n} {n|alert change|alert changes}", "告警变更 {n}"],
  books_found: ["{n} found after a failed commit", "写入失败后找回 {n}"],
  books_entries: ["{n} entries", "共 {n} 条"],
  books_done_before: ["{n} done before the start", "启动前已完成 {n}"],
  books_acknowledged: ["{n} acknowledged", "已确认 {n}"],
  books_parked: ["{n} parked", "已搁置 {n}"],
  books_waiting: ["{n} waiting", "待传 {n}"],
  books_outward: ["Copies on the way to a listener; the entries are kept", "发往接收者的副本（原始数据已保存）"],
  with_why: ["{what} ({why})", "{what}（{why}）"],
  item_count: ["{item} {n}", "{item} {n}"],
  item_of: ["{whole}, {item}", "{whole}，{item}"],
} as const satisfies Words;
