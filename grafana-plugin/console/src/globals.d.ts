declare module "virtual:quantity-words" {
  /** Label of each quantity by name. */
  const words: Readonly<Record<string, import("@kenh/schemas").Text>>;
  export default words;
}
declare module "systemjs/dist/system.js";
declare module "systemjs/dist/extras/amd.js";
declare module "*.css";
