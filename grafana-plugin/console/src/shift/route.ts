/** Where somebody is in the pages of a shift, as the address behind `#/` has it. */
export type ShiftRoute =
  | { readonly page: "dispatches" }
  | { readonly page: "handovers" }
  | { readonly page: "handover"; readonly id: string };

/** The route of an address such as `#/giao-ca/0123…`; null for another page. */
export function shiftRouteOf(hash: string): ShiftRoute | null {
  const [path = ""] = hash.split("?", 1);
  const [head, page, id = ""] = path.split("/");
  if (head !== "#") return null;
  if (page === "giao-xu-ly") return { page: "dispatches" };
  if (page !== "giao-ca") return null;
  return /^\w+$/.test(id) ? { page: "handover", id } : { page: "handovers" };
}

/** The address of a page. */
export function shiftHref(route: ShiftRoute): string {
  if (route.page === "dispatches") return "#/giao-xu-ly";
  return route.page === "handovers" ? "#/giao-ca" : `#/giao-ca/${route.id}`;
}
