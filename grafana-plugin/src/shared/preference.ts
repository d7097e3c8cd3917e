import { usePluginContext } from "@grafana/data";
import { usePluginUserStorage } from "@grafana/runtime";
import { useCallback, useEffect, useState } from "react";

/** Where choices are kept; Grafana keeps them for its user, on whatever computer. */
interface Keep {
  getItem(name: string): Promise<string | null>;
  setItem(name: string, choice: string): Promise<void>;
}

const prefix = "kenh.";

/** A choice that this browser keeps; null where there is none, or where it keeps nothing at all. */
export function keptHere(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null;
  }
}

/** Keeps a choice in this browser; one that keeps nothing forgets it with the page. */
export function keepHere(name: string, choice: string): void {
  try {
    localStorage.setItem(prefix + name, choice);
  } catch {
    // Private windows and full storages refuse: the choice holds as long as the page.
  }
}

const browser: Keep = {
  getItem: async (name) => keptHere(name),
  setItem: async (name, choice) => keepHere(name, choice),
};

function useKeep(): Keep {
  const inGrafana = usePluginContext() !== null;
  // biome-ignore lint/correctness/useHookAtTopLevel: a panel that is mounted never changes its host
  return inGrafana ? usePluginUserStorage() : browser;
}

/**
 * One thing that a person chooses, kept for the next visit: by Grafana for its user, by the browser
 * elsewhere. Undefined until somebody has chosen; what was kept and is none of `allowed` counts as nothing.
 */
export function usePreference<T extends string>(
  name: string,
  allowed: readonly T[],
): [T | undefined, (choice: T) => void] {
  const keep = useKeep();
  const [choice, setChoice] = useState<T>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is allowed never changes
  useEffect(() => {
    let isOver = false;
    keep.getItem(name).then(
      (kept) => {
        const known = allowed.find((one) => one === kept);
        // What was chosen meanwhile is newer than what was kept.
        if (!isOver && known !== undefined) setChoice((chosen) => chosen ?? known);
      },
      () => undefined,
    );
    return () => {
      isOver = true;
    };
  }, [keep, name]);
  const choose = useCallback(
    (next: T) => {
      setChoice(next);
      keep.setItem(name, next).catch(() => undefined);
    },
    [keep, name],
  );
  return [choice, choose];
}
