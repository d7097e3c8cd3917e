/** Where the app's proxy routes lie; Grafana adds the token and asks for the right. */
export const appProxy = "api/plugin-proxy/kenh-ioc-app";
