import type { Role } from "@kenh/schemas";
import type { Language } from "../../../src/shared/language.ts";
import type { Api } from "../api.ts";
import { Frame, type Looks } from "../frame.tsx";
import { AddPage } from "./add-page.tsx";
import { DevicePage } from "./device-page.tsx";
import { DevicesPage } from "./devices-page.tsx";
import { DiscoveredPage } from "./discovered-page.tsx";
import "./engineer.css";
import "./forms.css";
import { maintains } from "./ask.ts";
import { ProfilePage } from "./profile-page.tsx";
import { ProfilesPage } from "./profiles-page.tsx";
import { hrefOf, type Route } from "./route.ts";
import { SharingPage } from "./sharing-page.tsx";
import { SpoilersPage } from "./spoilers-page.tsx";
import { words } from "./words.ts";

/** What every page of the engineer is given. */
export interface PageProps {
  readonly api: Api;
  readonly language: Language;
  /** Whether the token may change anything; a reader sees the same pages without the buttons. */
  readonly mayChange: boolean;
}

interface Props extends Looks {
  readonly api: Api;
  readonly role: Role;
  readonly route: Route;
}

const tabs = ["devices", "discovered", "add", "profiles", "sharing"] as const;
type Tab = (typeof tabs)[number];
const tabOf: Record<Route["page"], Tab> = {
  devices: "devices",
  device: "devices",
  discovered: "discovered",
  add: "add",
  profiles: "profiles",
  profile: "profiles",
  sharing: "sharing",
  spoilers: "sharing",
};
const tabHref = (tab: Tab): string => {
  if (tab === "add") return hrefOf({ page: tab, identity: "", profile: "" });
  return hrefOf(tab === "sharing" ? { page: tab, month: "" } : { page: tab });
};

/** The engineer's pages: one at a time, below their names. */
export function Engineer({ api, role, route, ...looks }: Props) {
  const { language } = looks;
  const say = words[language];
  const props: PageProps = { api, language, mayChange: maintains(role) };
  return (
    <div className="engineer">
      <Frame
        {...looks}
        label={say.pages}
        tabs={tabs.map((tab) => ({
          name: say.tabs[tab],
          href: tabHref(tab),
          isPresent: tabOf[route.page] === tab,
        }))}
        role={say.roles[role]}
        address={hrefOf(route)}
      >
        {!props.mayChange && <p className="hint">{say.readerHint}</p>}
        <PageOf route={route} {...props} />
      </Frame>
    </div>
  );
}

function PageOf({ route, ...props }: { route: Route } & PageProps) {
  switch (route.page) {
    case "devices":
      return <DevicesPage {...props} />;
    case "device":
      return <DevicePage {...props} identity={route.identity} />;
    case "discovered":
      return <DiscoveredPage {...props} />;
    case "add":
      return <AddPage {...props} identity={route.identity} profile={route.profile} />;
    case "profiles":
      return <ProfilesPage {...props} />;
    case "profile":
      return <ProfilePage {...props} name={route.name} />;
    case "sharing":
      return <SharingPage {...props} month={route.month} />;
    case "spoilers":
      return <SpoilersPage {...props} {...route} />;
  }
}
