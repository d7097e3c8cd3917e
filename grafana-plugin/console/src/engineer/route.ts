/** Where the engineer is, as the address behind `#/` has it. */
export type Route =
  | { readonly page: "devices" }
  | { readonly page: "device"; readonly identity: string }
  | { readonly page: "discovered" }
  | { readonly page: "add"; readonly identity: string; readonly profile: string }
  | { readonly page: "profiles" }
  /** `name` is empty for a new one. */
  | { readonly page: "profile"; readonly name: string }
  | { readonly page: "sharing" };

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
    case "devices":
    case "discovered":
    case "profiles":
    case "sharing":
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
