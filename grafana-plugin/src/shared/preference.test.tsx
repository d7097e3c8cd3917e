import { PluginContextProvider, type PluginMeta } from "@grafana/data";
import { type BackendSrv, type BackendSrvRequest, config, setBackendSrv } from "@grafana/runtime";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { of, throwError } from "rxjs";
import { beforeEach, expect, test } from "vitest";
import { usePreference } from "./preference.ts";

const sorts = ["priority", "newest"] as const;
const chooser = () => renderHook(() => usePreference("sort", sorts));
beforeEach(() => localStorage.clear());

test("a choice is kept in the browser, where there is no Grafana", async () => {
  const first = chooser();
  expect(first.result.current[0]).toBeUndefined();
  act(() => first.result.current[1]("newest"));
  expect(first.result.current[0]).toBe("newest");
  first.unmount();
  const second = chooser();
  await waitFor(() => expect(second.result.current[0]).toBe("newest"));
});

test("what was kept and is no choice any more counts as nothing", async () => {
  localStorage.setItem("kenh.sort", "by-colour");
  const { result, rerender } = chooser();
  await act(async () => rerender());
  expect(result.current[0]).toBeUndefined();
});

test("Grafana keeps it for its user", async () => {
  const posted: BackendSrvRequest[] = [];
  setBackendSrv({
    fetch(request: BackendSrvRequest) {
      if (request.method === "GET") return throwError(() => ({ status: 404 }));
      posted.push(request);
      return of({ data: {} });
    },
  } as Partial<BackendSrv> as BackendSrv);
  Object.assign(config.bootData.user, { uid: "u1", isSignedIn: true });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <PluginContextProvider meta={{ id: "kenh-alarms-panel" } as PluginMeta}>
      {children}
    </PluginContextProvider>
  );
  const { result } = renderHook(() => usePreference("sort", sorts), { wrapper });
  act(() => result.current[1]("newest"));
  await waitFor(() => expect(posted).toHaveLength(1));
  expect(posted[0]).toMatchObject({
    url: expect.stringContaining("userstorage.grafana.app"),
    data: {
      metadata: { name: "kenh-alarms-panel:u1" },
      spec: { data: { sort: "newest" } },
    },
  });
  expect(localStorage.length).toBe(0);
});
