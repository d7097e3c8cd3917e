/** Where the engineer is, as the address behind `#/` has it. */
export type Route =
  | { readonly page: "devices" }
  | { readonly page: "device"; readonly identity: string }
  | { readonly page: "discovered" }
  | { readonly page: "add"; readonly identity: string; readonly profile: string }
  | { readonly page: "profiles" }
  /** `name` is empty for a new one. */
  | { readonly page: "profile"; readonly name: string }
  /** `month` is empty for the present one. */
  | { readonly page: "sharing"; readonly month: string }
  | {
      readonly page: "spoilers";
      readonly dataset: string;
      readonly axis: Axis;
      readonly month: string;
    };

/** What a month of a dataset is judged by. */
export const axes = ["correct", "complete", "clean", "live"] as const;
export type Axis = (typeof axes)[number];

/** The route of an address such as `#/device/82/29869/cho/ups-01`; null for the alarms. */
export function routeOf(hash: string): Route | null {
  const [path = "", query] = hash.split("?", 2);
  const [head, page, ...rest] = path.split("/");
  if (head !== "#" || page === undefined) return null;
  const tail = rest.map(decoded).join("/");
  const given = new URLSearchParams(query);
  switch (page) {
    case "device":
      return tail ? { page, identity: tail } : { page: "devices" };
    case "profile":
      return { page, name: tail };
    case "add":
      return {
        page,
        identity: given.get("identity") ?? "",
        profile: given.get("profile") ?? "",
      };
    case "sharing":
      return { page, month: given.get("month") ?? "" };
    case "spoilers": {
      const [dataset = "", axis, month = ""] = rest.map(decoded);
      const known = axes.find((one) => one === axis);
      return known ? { page, dataset, axis: known, month } : { page: "sharing", month: "" };
    }
    case "devices":
    case "discovered":
    case "profiles":
      return { page };
    default:
      return null;
  }
}

/** The address of a page. */
export function hrefOf(route: Route): string {
  switch (route.page) {
    case "device":
      return `#/device/${route.identity.split("/").map(encodeURIComponent).join("/")}`;
    case "profile":
      return `#/profile/${encodeURIComponent(route.name)}`;
    case "add": {
      const { identity, profile } = route;
      const given = Object.entries({ identity, profile }).filter(([, text]) => text);
      return `#/add${given.length > 0 ? `?${new URLSearchParams(given)}` : ""}`;
    }
    case "sharing":
      return `#/sharing${route.month ? `?month=${route.month}` : ""}`;
    case "spoilers": {
      const { dataset, axis, month } = route;
      return `#/spoilers/${[dataset, axis, month].map(encodeURIComponent).join("/")}`;
    }
    default:
      return `#/${route.page}`;
  }
}

/** An address that somebody has typed may hold anything. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
