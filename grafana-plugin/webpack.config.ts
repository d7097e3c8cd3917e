import CopyWebpackPlugin from "copy-webpack-plugin";
import type { Configuration } from "webpack";
import { merge, mergeWithRules } from "webpack-merge";
import scaffold, { type Env } from "./.config/webpack/webpack.config.ts";

/** A style sheet as an object: no style element, so that a strict Content-Security-Policy holds. */
const styleSheets = {
  module: {
    rules: [
      {
        test: /\.css$/,
        use: [
          { loader: "css-loader", options: { exportType: "css-style-sheet", sourceMap: false } },
        ],
      },
    ],
  },
};

/** The scaffold's build, with style sheets as objects and the logos of the nested plugins. */
export default async function config(env: Env): Promise<Configuration> {
  const withStyles = mergeWithRules({ module: { rules: { test: "match", use: "replace" } } });
  return merge(withStyles(await scaffold(env), styleSheets), {
    stats: "errors-warnings",
    // The panel shares its libraries with Grafana: one of them in the bundle shows here.
    performance: {
      hints: "error",
      maxAssetSize: 130_000,
      assetFilter: (name: string) => name.endsWith(".js"),
    },
    plugins: [new CopyWebpackPlugin({ patterns: [{ from: "*/img/**", to: "." }] })],
  });
}
