/** The build that makes its worker from a file of its own and not from a blob; its types are those of the other. */
declare module "maplibre-gl/dist/maplibre-gl-csp.js" {
  export * from "maplibre-gl";
}
