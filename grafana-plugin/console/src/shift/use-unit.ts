import type { Scope, Text } from "@kenh/schemas";
import { useState } from "react";
import type { Api } from "../api.ts";
import { useAsked } from "../engineer/ask.ts";

interface Places {
  readonly provinces: readonly { readonly province: string; readonly label: Text }[];
  readonly units: readonly { readonly unit: string; readonly label: Text }[];
}

/** Whose shift it is: what the token sees, or a unit of that. */
export function useUnit(api: Api) {
  const me = useAsked<{ scope: Scope }>(api, "/api/v1/me");
  const registry = useAsked<Places>(api, "/api/v1/registry");
  const [chosen, setChosen] = useState<string>();
  const scope = me.answer?.scope;
  const { provinces = [], units = [] } = registry.answer ?? {};
  const labels = new Map<string, Text>([
    ...provinces.map(({ province, label }): [string, Text] => [province, label]),
    ...units.map(({ unit, label }): [string, Text] => [unit, label]),
  ]);
  const within = [...labels.keys()].filter(
    (unit) => scope === "*" || (scope !== undefined && unit.startsWith(`${scope}/`)),
  );
  return {
    unit: chosen ?? scope ?? null,
    /** The token's own scope first; one alone where nothing lies in it. */
    choices: scope === undefined ? [] : [scope, ...within.filter((unit) => unit !== scope)],
    labels,
    choose: setChosen,
  };
}
