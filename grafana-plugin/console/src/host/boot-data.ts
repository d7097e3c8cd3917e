/**
 * What Grafana's server writes into its page, as far as its libraries read it while they load.
 * Must be there before the first of them is imported.
 */
export function giveBootData(): void {
  Object.assign(window, {
    grafanaBootData: {
      settings: { buildInfo: { version: "13.2.2", env: "production" }, featureToggles: {} },
      user: { locale: "vi-VN", permissions: {} },
      navTree: [],
    },
    __grafana_public_path__: "/public/",
  });
}
