/**
 * Every page's words beside what all say: for types, and for whoever checks all of them. A page takes its own alone.
 */
import { alerts } from "./pages/alerts";
import { arrivals } from "./pages/arrivals";
import { chart } from "./pages/chart";
import { devices } from "./pages/devices";
import { entries } from "./pages/entries";
import { fates } from "./pages/fates";
import { plan } from "./pages/plan";
import { report } from "./pages/report";
import { rooms } from "./pages/rooms";
import { system } from "./pages/system";
import { vehicles } from "./pages/vehicles";
import { wall } from "./pages/wall";
import { table } from "./table";

export const parts = [table, alerts, arrivals, chart, devices, entries, fates, plan, report, rooms, system, vehicles, wall] as const;

export type Table = typeof table &
  typeof alerts &
  typeof arrivals &
  typeof chart &
  typeof devices &
  typeof entries &
  typeof fates &
  typeof plan &
  typeof report &
  typeof rooms &
  typeof system &
  typeof vehicles &
  typeof wall;
