import type { Role } from "@kenh/schemas";
import type { Language } from "../../../src/shared/language.ts";
import type { Api } from "../api.ts";
import "../engineer/engineer.css";
import "../engineer/forms.css";
import "../../../src/alarms-panel/dispatch/dispatch.css";
import { Frame, type Looks } from "../frame.tsx";
import { DispatchesPage } from "./dispatches-page.tsx";
import { HandoverPage } from "./handover-page.tsx";
import { HandoversPage } from "./handovers-page.tsx";
import { type ShiftRoute, shiftHref } from "./route.ts";
import "./shift.css";
import { words } from "./words.ts";

/** What every page of a shift is given. */
export interface PageProps {
  readonly api: Api;
  readonly language: Language;
  /** Whether the token may change anything; a reader sees the same pages without the buttons. */
  readonly mayOperate: boolean;
}

interface Props extends Looks {
  readonly api: Api;
  readonly role: Role;
  readonly route: ShiftRoute;
}

const tabs = ["dispatches", "handovers"] as const;

/** The pages of a shift: what agencies were given, and what the next shift is left. */
export function Shift({ api, role, route, ...looks }: Props) {
  const { language } = looks;
  const say = words[language];
  const present = route.page === "dispatches" ? "dispatches" : "handovers";
  const props: PageProps = { api, language, mayOperate: role !== "reader" };
  return (
    <div className="engineer shift">
      <Frame
        {...looks}
        label={say.pages}
        tabs={tabs.map((page) => ({
          name: say.tabs[page],
          href: shiftHref({ page }),
          isPresent: present === page,
        }))}
        address={shiftHref(route)}
      >
        {!props.mayOperate && <p className="hint">{say.readerHint}</p>}
        {route.page === "dispatches" && <DispatchesPage {...props} />}
        {route.page === "handovers" && <HandoversPage {...props} />}
        {route.page === "handover" && <HandoverPage {...props} id={route.id} />}
      </Frame>
    </div>
  );
}
