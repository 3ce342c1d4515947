// The list of a photo's regions: swatch, name, share, lock, eye; of the photo to change, what each takes from.
import * as api from "./api.js";
import { button, choice, element, iconButton, refill } from "./dom.js";
import { TEXTS } from "./texts.js";

const AUTO = "", OWN = "\u0000own", ALL = "\u0000all";

export function showRegions(section, role, app) {
  const layer = app.layers[role];
  if (!layer?.labels) { section.replaceChildren(); return; }
  const share = layer.shares();
  const rows = layer.regions.map((region) => row(section, region, share(region.id), role, app));
  const others = layer.regions.filter((region) => region.id !== layer.active);
  const act = (work) => () => { work(); app.changedLayer(layer); };
  const buttons = element("div", { className: "buttons" },
    button(TEXTS.newRegion, act(() => layer.addRegion(TEXTS.newName))),
    button(TEXTS.remove, act(() => layer.remove(layer.active)), { disabled: !others.length }),
    choice([["", TEXTS.merge], ...others.map(({ id, name }) => [String(id), name])], "", (id) => {
      layer.merge(layer.active, Number(id));
      app.changedLayer(layer);
    }, TEXTS.merge),
    button(TEXTS.grow, act(() => layer.grow(layer.active, 2))),
    button(TEXTS.shrink, act(() => layer.grow(layer.active, -2))),
    button(TEXTS.split, act(() => layer.split(layer.active))),
    button(TEXTS.found, () => app.try(async () => {
      await layer.find(true);
      app.changedLayer(layer);
      await app.plan();
    })),
    ...(role === "content" ? [button(TEXTS.findSkin, () => app.try(() => app.findSkin()), { title: TEXTS.skinHint })] : []),
    button(TEXTS.refined, () => app.try(() => app.showEdges(role))),
    button(TEXTS.openMask, () => app.chooseFile((file) => app.try(async () => {
      await layer.find(false, file);
      app.note(layer.notes);
      app.changedLayer(layer);
      await app.plan();
    }))),
    button(TEXTS.saveMasks, () => app.try(async () => {
      await app.send();
      app.say((await api.save(`photos/${layer.photo.id}/masks`)).name);
    })),
    element("label", {}, element("input", { type: "checkbox", checked: layer.hard, onchange: (event) => {
      layer.hard = event.target.checked;
      layer.touch();
      app.changedLayer(layer);
    } }), ` ${TEXTS.hard}`),
    element("label", {}, `${TEXTS.feather} `, element("input", { type: "number", min: 0, value: layer.feather, className: "short",
      onchange: (event) => {
        layer.feather = Math.max(0, Number(event.target.value) || 0);
        layer.touch();
        app.changedLayer(layer);
      } })));
  refill(section, element("h3", { textContent: TEXTS.regionsOf(TEXTS[role].toLowerCase()) }), ...rows, buttons);
}

function row(section, region, share, role, app) {
  const layer = app.layers[role];
  const changed = (facts) => { layer.change(region.id, facts); app.changedLayer(layer); };
  const choose = () => { layer.active = region.id; app.changedLayer(layer); };
  const made = element("div", { className: "row" },
    element("input", { type: "color", value: region.colour, "aria-label": TEXTS.colourOf(region.name), onchange: (event) =>
      changed({ colour: event.target.value }) }),
    element("input", { id: `name-${role}-${region.id}`, type: "text", value: region.name, maxLength: 60, "aria-label": TEXTS.nameOf(region.name), onfocus: () => {
      if (layer.active !== region.id) choose();
    }, onchange: (event) => {
      const name = event.target.value.trim();
      if (/[,=]/.test(name)) { event.target.value = region.name; app.fail(TEXTS.noSuchName); }
      else if (!name || (layer.named(name) && layer.named(name) !== region)) event.target.value = region.name;
      else { app.renamed(role, region.name, name); changed({ name }); }
    } }),
    element("span", { className: "share", textContent: `${(100 * share).toFixed(1)} %` }),
    iconButton(region.locked ? "lock" : "unlock", TEXTS.lock(region.name), () => changed({ locked: !region.locked }),
      { "aria-pressed": String(region.locked) }),
    iconButton(region.hidden ? "hidden" : "eye", TEXTS.hide(region.name), () => changed({ hidden: !region.hidden }),
      { "aria-pressed": String(region.hidden) }));
  if (region.id === layer.active) made.classList.add("active");
  made.addEventListener("click", (event) => { if (event.target === made) choose(); });
  if (role === "content" && (app.layers.style?.labels || !app.methods.needsStyle)) made.append(partner(region, app));
  return made;
}

function partner(region, app) {
  const { needsStyle } = app.methods;
  const planned = app.planned.find((pair) => pair.content === region.name);
  let auto = TEXTS.automatic;
  if (planned && !app.pairs.has(region.name)) auto += `: ${planned.style ?? planned.how}`;
  const partners = needsStyle ? [...app.layers.style.regions.map(({ name }) => [name, name]), [ALL, TEXTS.left]] : [];
  const options = [[AUTO, needsStyle ? auto : TEXTS.painted], ...partners, [OWN, TEXTS.ownColours]];
  const value = app.protect.has(region.name) ? OWN : app.ignore.has(region.name) ? ALL : app.pairs.get(region.name) ?? AUTO;
  const select = choice(options, value, (chosen) => app.pair(region.name, chosen, { AUTO, OWN, ALL }), TEXTS.takesOf(region.name));
  if (planned) select.title = [planned.how, planned.warning].filter(Boolean).join("; ");
  const warning = planned?.warning && !app.pairs.has(region.name) ? [element("p", { className: "help", textContent: planned.warning })] : [];
  return element("div", { className: "takes" }, TEXTS.takes, select, ...warning);
}
