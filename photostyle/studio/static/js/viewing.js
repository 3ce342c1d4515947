// How the result is shown: split, side by side, alone or with all that are kept; what stands for "before"; marks on what clips or
// lies outside of sRGB, and where a network looks.
import { button, choice, element, refill } from "./dom.js";
import { TEXTS } from "./texts.js";

export function showViewing(bar, app) {
  const { result, kept } = app;
  const split = result.section.querySelector("#split");
  const pressed = (yes) => ({ "aria-pressed": String(yes) });
  if (result.mode === "all" && !kept.list.length) result.mode = "beside";
  const modes = Object.entries(TEXTS.modes).filter(([mode]) => mode !== "all" || kept.list.length).map(([mode, text]) =>
    button(text, () => { result.mode = mode; showViewing(bar, app); result.redraw(); },
      { title: TEXTS.modeHints[mode], ...pressed(result.mode === mode) }));
  const offered = Object.entries(TEXTS.marks).filter(([kind]) => kind !== "attention" || app.solved?.attention);
  if (!app.solved?.attention) result.kinds.attention = false;
  const kinds = offered.map(([kind, text]) => button(text, () => {
    result.kinds = { ...result.kinds, [kind]: !result.kinds[kind] };
    showViewing(bar, app);
    result.refresh();
  }, { title: TEXTS.markHints[kind], ...pressed(result.kinds[kind]) }));
  const names = kept.list.map(({ name }, place) => [String(place), name]);
  const before = choice([["", TEXTS.thePhoto], ...names], String(kept.reference ? kept.list.indexOf(kept.reference) : ""),
    (place) => kept.compare(place === "" ? null : kept.list[Number(place)]), TEXTS.before);
  split.hidden = result.mode !== "split";
  bar.setAttribute("aria-label", TEXTS.viewing);
  refill(bar, ...modes, ...(names.length && ["split", "beside"].includes(result.mode) ? [element("label", {}, `${TEXTS.before} `, before)] : []), ...kinds);
}
