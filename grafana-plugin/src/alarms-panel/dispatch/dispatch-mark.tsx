import type { AlarmDispatch, DispatchState } from "@kenh/schemas";
import type { Language } from "../../shared/language.ts";
import { textOf } from "../../shared/text-of.ts";
import { words } from "../words.ts";

// A shape for each state, so that none depends on colour: on its way, taken, back, done, gone.
const shapes: Record<DispatchState, string> = {
  assigned: "M2 8h10M8 4l4 4-4 4",
  accepted: "M3 8a5 5 0 1 0 10 0a5 5 0 1 0-10 0M8 5v3l2 2",
  returned: "M14 8H4M8 4 4 8l4 4",
  handled: "M3 8.5 6.5 12 13 4.5",
  withdrawn: "M4 4l8 8M12 4l-8 8",
};
const overdue = "M8 2 15 14H1zM8 6v4M8 12v.5";

/** Shape and word of how a dispatch stands. */
export function DispatchStanding({
  dispatch,
  language,
}: {
  dispatch: Pick<AlarmDispatch, "state" | "overdue" | "late">;
  language: Language;
}) {
  const say = words[language].dispatch;
  const late = dispatch.late ? ` (${say.late})` : "";
  return (
    <span
      className="kenh-dispatch-state"
      data-state={dispatch.state}
      data-overdue={dispatch.overdue}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={dispatch.overdue ? overdue : shapes[dispatch.state]} />
      </svg>
      {dispatch.overdue ? say.overdue : say.states[dispatch.state] + late}
    </span>
  );
}

/** Who deals with an alarm, in its row. */
export function DispatchChip(props: { dispatch: AlarmDispatch; language: Language }) {
  const { dispatch, language } = props;
  return (
    <span className="kenh-chip kenh-dispatch-chip" data-overdue={dispatch.overdue}>
      <DispatchStanding dispatch={dispatch} language={language} />
      {": "}
      <bdi>{textOf(dispatch.label, language) || dispatch.agency}</bdi>
    </span>
  );
}
