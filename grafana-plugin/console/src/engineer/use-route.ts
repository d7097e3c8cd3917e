import { useEffect, useState } from "react";
import { type Route, routeOf } from "./route.ts";

/** The route of the address, as it changes; null for the alarms. */
export function useRoute(): Route | null {
  const [hash, setHash] = useState(() => location.hash);
  useEffect(() => {
    const onChange = () => setHash(location.hash);
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return routeOf(hash);
}
