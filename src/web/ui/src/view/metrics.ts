/**
 * Measured values with their names and units. A metric nobody has named here is shown under its own name.
 */
import { isPlainKey, type Speak } from "../words/speak";

const UNITS: Readonly<Record<string, string>> = {
  temperature: "°C",
  humidity: "%",
  co2: "ppm",
  pm25: "µg/m³",
  pm10: "µg/m³",
  tvoc: "ppb",
  battery: "%",
  noise: "dB",
  pressure: "hPa",
  illuminance: "lx",
};
/** The smallest change that is worth a chart's whole height: below it a line would show the sensor's own noise. */
export const LEAST: Readonly<Record<string, number>> = {
  temperature: 3,
  humidity: 10,
  co2: 200,
  occupancy: 10,
  battery: 20,
  noise: 10,
  pm25: 20,
  pm10: 20,
  pressure: 5,
  tvoc: 100,
  illuminance: 100,
};
const DIGITS: Readonly<Record<string, number>> = { temperature: 1 };

export function metricName(metric: string, say: Speak): string {
  const key = `metric_${metric}`;
  return isPlainKey(key) ? say(key) : metric.replaceAll("_", " ");
}

export function metricUnit(metric: string): string {
  return UNITS[metric] ?? "";
}

export function metricNumber(metric: string, value: number): string {
  return value.toFixed(DIGITS[metric] ?? 0);
}

/** `27.5 °C` */
export function metricValue(metric: string, value: number): string {
  const unit = metricUnit(metric);
  const space = unit === "%" || unit === "" ? "" : "\u00a0";
  return `${metricNumber(metric, value)}${space}${unit}`;
}
