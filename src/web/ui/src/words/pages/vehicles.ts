/**
 * What the page of vehicles says. See `../table.ts`.
 */
import type { Words } from "../table";

export const vehicles = {
  // Which are shown
  fleet_filter: ["Which vehicles", "筛选车辆"],
  fleet_all: ["All", "全部"],
  fleet_moving: ["Moving", "行驶中"],
  fleet_standing: ["Standing", "停驶"],
  fleet_unknown: ["Unknown", "状态不明"],
  fleet_none_moving: ["No vehicle is moving.", "没有行驶中的车辆。"],
  fleet_none_standing: ["No vehicle is standing.", "没有停驶的车辆。"],
  fleet_none_unknown: ["Every vehicle is heard.", "所有车辆均有数据。"],
  fleet_no_such: ["There is no vehicle “{id}” today.", "今日没有车辆“{id}”。"],
  fleet_list: ["Vehicles in words", "车辆列表"],

  // One vehicle
  fleet_moving_for: ["Moving {age}", "行驶 {age}"],
  fleet_idle_for: ["Idle {age}", "停驶 {age}"],
  fleet_last_heard: ["last heard {time}", "最后数据 {time}"],
  fleet_never_heard: ["never heard", "从未收到数据"],
  fleet_in_zone: ["in {zone}", "位于 {zone}"],
  next_pickup: ["Next pick-up: {who}", "下一接站：{who}"],
  next_trip: ["Brings: {who}", "送客中：{who}"],
  next_pickup_nobody: ["Next pick-up", "下一接站"],
  next_trip_nobody: ["On a trip", "行程中"],
  next_and_more: ["{name} and {n} more", "{name}及另外 {n} 位"],
  next_eta: ["about {time}", "约 {time} 到"],
  next_in_time: ["in good time", "时间充裕"],
  next_eta_unknown: ["arrival unknown", "到达时间不明"],
  next_far: ["{far} away", "距离 {far}"],
  next_at_risk: ["May be late", "可能晚到"],
  next_none: ["No further trip today", "今日无后续行程"],

  // Its day
  day_loading: ["Loading its day…", "正在载入当日行程…"],
  day_failed: ["Its track could not be read: {reason}", "无法读取轨迹：{reason}"],
  day_empty: ["It has reported no position today.", "今日尚未上报位置。"],
  day_bar: ["Its day from {from} to {to}: {what}", "{from} 至 {to} 的行程：{what}"],
  day_moving: ["moving {age}", "行驶 {age}"],
  day_standing: ["idle {age}", "停驶 {age}"],
  day_silent: ["no data {age}", "无数据 {age}"],
  leg_moving: ["Drove {far} in {age}", "行驶 {far}，用时 {age}"],
  leg_standing: ["Idle {age}", "停驶 {age}"],
  leg_standing_in: ["Idle {age} in {zone}", "在 {zone} 停驶 {age}"],
  leg_silent: ["No data for {age}", "无数据 {age}"],
  day_all: ["Show all {n}", "显示全部 {n} 项"],
  day_events: ["Its day, the newest first", "当日行程，最新在前"],
  follow: ["Follow on the map", "地图跟随"],

  // The map
  map_label: ["Map of the vehicles, north up", "车辆地图，上北下南"],
  map_hint: ["Arrow keys move it, plus and minus zoom. The list says the same in words.", "方向键移动，加减键缩放。列表以文字说明相同内容。"],
  map_skip: ["Skip the map", "跳过地图"],
  map_in: ["Closer", "放大"],
  map_out: ["Wider", "缩小"],
  map_fit: ["Show all vehicles", "显示全部车辆"],
  map_loading: ["Loading the map…", "正在载入地图…"],
  map_no_tiles: ["The map file could not be read: {reason}", "无法读取地图文件：{reason}"],
  map_no_webgl: ["This browser cannot draw the map (no WebGL), so here is a sketch.", "此浏览器不支持 WebGL，无法显示地图，以示意图代替。"],
  map_failed: ["The map could not be loaded, so here is a sketch.", "地图未能载入，以示意图代替。"],
} as const satisfies Words;
