declare module "*.css" {
  /** Made by the build (css-loader, exportType css-style-sheet). */
  const sheet: CSSStyleSheet;
  export default sheet;
}
