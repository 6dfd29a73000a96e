"use strict";
// Finds what is in search-index.js. Everything is shown as text: nothing of the index becomes markup.
(() => {
  const place = document.getElementById("search");
  if (!place || typeof SEARCH === "undefined") return;
  const root = place.dataset.root.slice(0, -"index.html".length);
  const TITLES = { parameter: "Parameters", resource: "Resources", output: "Outputs",
    "SSM parameter": "SSM parameters", action: "Actions of launch roles" };
  const MOST = 30, MOST_PRODUCTS = 4;

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const numbers = (runs) => runs.split(",").filter(Boolean).flatMap((run) => {
    const [first, last = first] = run.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
  const lower = (...texts) => texts.join(" ").toLowerCase();
  const products = SEARCH.products.map(([key, file, name, text]) => (
    { key, name: name || key, text: SEARCH.texts[text], link: `${root}products/${file}.html` }));
  const portfolios = SEARCH.portfolios.map(([key, file, name, text]) => (
    { key, name: name || key, text: SEARCH.texts[text], link: `${root}portfolios/${file}.html` }));
  for (const each of [...products, ...portfolios]) each.words = lower(each.key, each.name, each.text);
  const sets = SEARCH.sets.map(numbers);
  const entries = Object.entries(SEARCH.entries).flatMap(([kind, some]) => some.map(([name, text, set, fragment]) => (
    { kind, name, text: SEARCH.texts[text], having: sets[set], fragment: fragment || `${kind}-${name}`,
      words: lower(name, SEARCH.texts[text]) })));
  const cards = new Map([...document.querySelectorAll(".product[data-key]")].map((it) => [it.dataset.key, it]));

  const input = make("input", { type: "search", id: "search-text", autocomplete: "off", spellcheck: false,
    placeholder: "Search the catalog" });
  input.setAttribute("aria-controls", "found");
  input.setAttribute("aria-keyshortcuts", "/");
  const status = make("p", { className: "unseen" });
  status.setAttribute("role", "status");
  const found = make("div", { id: "found", hidden: true });
  found.setAttribute("role", "region");
  found.setAttribute("aria-label", "Search results");
  place.append(make("label", { className: "unseen", htmlFor: "search-text", textContent: "Search the catalog" }),
    input, status, found);
  place.hidden = false;

  // A better place in the list for a smaller number.
  const rank = (name, words) => {
    const text = name.toLowerCase();
    return text === words[0] ? 0 : text.startsWith(words[0]) ? 1 : text.includes(words[0]) ? 2 : 3;
  };
  const best = (some, words) => some.map((it) => [rank(it.name, words), it])
    .sort((one, other) => one[0] - other[0]).map(([, it]) => it);
  const marked = (text, words) => {
    const from = text.toLowerCase(), spans = [];
    if (from.length !== text.length) return [text];
    for (let at = 0; at < text.length;) {
      const hits = words.map((word) => [from.indexOf(word, at), word]).filter(([where]) => where >= 0);
      if (!hits.length) { spans.push(text.slice(at)); break; }
      const [where, word] = hits.sort((one, other) => one[0] - other[0] || other[1].length - one[1].length)[0];
      spans.push(text.slice(at, where), make("mark", { textContent: text.slice(where, where + word.length) }));
      at = where + word.length;
    }
    return spans;
  };

  const link = (target, text, words) => make("a", { href: target }, ...marked(text, words));
  const inProducts = (some, fragment) => {
    const list = () => make("ul", {}, ...some.map((it) => make("li", {},
      make("a", { href: `${it.link}#${encodeURIComponent(fragment)}`, textContent: it.name }))));
    if (some.length <= MOST_PRODUCTS) return list();
    const more = make("details", {}, make("summary", { textContent: `in ${some.length} products` }));
    more.addEventListener("toggle", () => more.append(list()), { once: true });
    return more;
  };
  const section = (title, some, show) => some.length ? [
    make("h2", { textContent: `${title} (${some.length})` }),
    make("ul", {}, ...some.slice(0, MOST).map(show)),
    ...(some.length > MOST ? [make("p", { textContent: `${some.length - MOST} more: type more of the name.` })] : []),
  ] : [];

  const search = () => {
    const words = lower(input.value).split(/\s+/).filter(Boolean);
    found.hidden = !words.length;
    if (!words.length) { found.replaceChildren(); status.textContent = ""; return; }
    const allowed = (product) => { const card = cards.get(product.key); return !card || card.checkVisibility(); };
    const filtered = products.some((it) => !allowed(it));
    const every = (each) => words.every((word) => each.words.includes(word));
    const hits = best(products.filter((it) => allowed(it) && every(it)), words);
    const shelves = best(portfolios.filter(every), words);
    const groups = {};
    for (const entry of entries) {
      const rest = words.filter((word) => !entry.words.includes(word));
      if (rest.length === words.length) continue;
      const having = entry.having.map((n) => products[n])
        .filter((it) => allowed(it) && rest.every((word) => it.words.includes(word)));
      if (having.length) (groups[entry.kind] ??= []).push({ ...entry, having });
    }
    const simple = (it) => make("li", {}, link(it.link, it.name, words),
      make("p", {}, make("code", {}, ...marked(it.key, words))));
    const parts = [...section("Products", hits, simple), ...section("Portfolios", shelves, simple)];
    const counts = [[hits.length, "product"], [shelves.length, "portfolio"]];
    for (const [kind, title] of Object.entries(TITLES)) {
      const some = best(groups[kind] || [], words);
      counts.push([some.length, kind]);
      parts.push(...section(title, some, (it) => make("li", {}, make("code", {}, ...marked(it.name, words)),
        ...(it.text ? [make("p", {}, ...marked(it.text, words))] : []), inProducts(it.having, it.fragment))));
    }
    const said = counts.filter(([n]) => n).map(([n, word]) => `${n} ${word}${n === 1 ? "" : "s"}`).join(", ");
    status.textContent = (said ? `Found: ${said}` : "Nothing found") + (filtered ? ", within the filters" : "");
    const notes = [...(said ? [] : ["Nothing found."]), ...(filtered ? ["Only products that the filters leave."] : []),
      ...(SEARCH.left_out.length ? [`The catalog is large. Not searched: ${SEARCH.left_out.join("s, ")}s.`] : [])];
    found.replaceChildren(...notes.map((textContent) => make("p", { textContent })), ...parts);
    found.scrollTop = 0;
  };

  input.addEventListener("input", search);
  // Not of the text itself: it changes when a result is pressed, which must stay until it is let go.
  document.addEventListener("change", (event) => { if (!found.hidden && event.target !== input) search(); });
  document.addEventListener("reset", () => setTimeout(search));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
    } else if (event.key === "Escape" && !found.hidden) {
      input.value = "";
      search();
      input.focus();
    } else if (place.contains(event.target) && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const stops = [input, ...found.querySelectorAll("a, summary")].filter((it) => it === input || it.checkVisibility());
      const next = stops.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
      if (stops[next]) { event.preventDefault(); stops[next].focus(); }
    } else if (event.key === "Enter" && event.target === input) {
      found.querySelector("a")?.click();
    }
  });
  found.addEventListener("click", (event) => { if (event.target.closest("a")) found.hidden = true; });
  document.addEventListener("click", (event) => { if (!place.contains(event.target)) found.hidden = true; });
  input.addEventListener("focus", () => { if (input.value) search(); });
})();
