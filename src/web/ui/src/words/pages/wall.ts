/**
 * What the wall says. See `../table.ts`.
 */
import type { Words } from "../table";

export const wall = {
  wall_more: ["and {n} more", "还有 {n} 项"],
  wall_more_guests: ["and {n} more", "还有 {n} 位"],
  wall_in_hand: ["{n} more in hand", "另有 {n} 项处理中"],
  wall_waiting: ["Waiting", "等候接待"],
  wall_late: ["{age} late", "迟到 {age}"],
  wall_rooms_fine: ["{n} within limits", "{n} 个正常"],
  wall_vehicles_moving: ["{n} moving", "{n} 辆行驶中"],
  wall_vehicles_stationary: ["{n} standing", "{n} 辆停驶"],
} as const satisfies Words;
