"use strict";
(() => {
  const form = document.querySelector("form.filters");
  const nothing = document.querySelector(".nothing");
  const plugins = [...document.querySelectorAll("section.plugin")];
  const words = new WeakMap();
  // What is asked for is in the page once; a line of another plugin shows a copy.
  const same = row => {
    const place = row.querySelector("[data-same]");
    return place && [place, document.getElementById(place.dataset.same)];
  };
  const wordsOf = row => {
    if (!words.has(row)) {
      const [, told] = same(row) || [];
      words.set(row, (row.textContent + (told ? told.textContent : "")).toLowerCase());
    }
    return words.get(row);
  };

  const filter = () => {
    const wanted = new FormData(form);
    const texts = wanted.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    const marks = wanted.getAll("mark");
    let shown = 0, all = 0;
    for (const plugin of plugins) {
      let inPlugin = 0;
      for (const group of plugin.querySelectorAll("section.group")) {
        let inGroup = 0;
        for (const row of group.querySelectorAll("details.case")) {
          const fits = marks.some(mark => row.dataset.m.includes(mark))
            && (!wanted.get("level") || wanted.get("level") === row.dataset.l)
            && (!wanted.get("plugin") || wanted.get("plugin") === plugin.dataset.p)
            && (!wanted.get("group") || wanted.get("group") === group.dataset.g)
            && texts.every(text => wordsOf(row).includes(text));
          row.hidden = !fits;
          all++;
          inGroup += fits;
        }
        group.hidden = !inGroup;
        inPlugin += inGroup;
      }
      plugin.hidden = !inPlugin;
      shown += inPlugin;
    }
    form.elements.shown.value = `${shown} of ${all} lines`;
    nothing.hidden = shown > 0;
  };

  const show = id => {
    const place = document.getElementById(id);
    const row = place && place.closest("details.case");
    if (!row) return false;
    if (row.closest("[hidden]")) { form.reset(); filter(); }
    row.open = true;
    place.scrollIntoView({ block: "nearest" });
    return true;
  };

  document.addEventListener("toggle", event => {
    const [place, told] = (event.target.matches("details.case") && same(event.target)) || [];
    if (place) {
      place.replaceChildren(...[...told.children].map(child => child.cloneNode(true)));
      delete place.dataset.same;
    }
  }, true);
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  document.addEventListener("click", event => {
    const cell = event.target.closest("b[data-v]");
    if (cell && !cell.closest("details").open) {
      event.preventDefault();
      show(cell.dataset.v);
    }
    const link = event.target.closest("a[href^='#v-']");
    if (link && show(decodeURIComponent(link.hash.slice(1)))) event.preventDefault();
  });
  filter();
})();
