// How the result is shown: split, side by side or alone; marks on what clips or lies outside of sRGB.
import { button } from "./dom.js";
import { TEXTS } from "./texts.js";

export function showViewing(bar, result) {
  const split = result.section.querySelector("#split");
  const press = (made, yes) => made.setAttribute("aria-pressed", String(yes));
  const modes = Object.entries(TEXTS.modes).map(([mode, text]) => button(text, () => choose(mode), { title: TEXTS.modeHints[mode] }));
  const kinds = Object.entries(TEXTS.marks).map(([kind, text]) => {
    const made = button(text, () => {
      result.kinds = { ...result.kinds, [kind]: !result.kinds[kind] };
      press(made, result.kinds[kind]);
      result.refresh();
    }, { title: TEXTS.markHints[kind] });
    press(made, false);
    return made;
  });
  bar.setAttribute("aria-label", TEXTS.viewing);
  bar.replaceChildren(...modes, ...kinds);

  function choose(mode) {
    result.mode = mode;
    split.hidden = mode !== "split";
    Object.keys(TEXTS.modes).forEach((each, place) => press(modes[place], each === mode));
    result.redraw();
  }
  choose(result.mode);
}
