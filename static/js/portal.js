// What scripts add to the pages. Every page works without this file: forms are sent, menus open, lists can be
// chosen from. Nothing here writes styles or evaluates text, so it runs under a strict content security policy.
// What people read comes from the data attributes of the page, where it is translated.

const TYPING_PAUSE = 150; // milliseconds
const LIVE_PAUSE = 600;

/**
 * A text input with a list of suggestions below it: the ARIA pattern "combobox with list autocomplete".
 * Subclasses say which input it is, find suggestions and take the chosen one.
 */
class Combobox extends HTMLElement {
  /** @param {HTMLInputElement} input */
  setUp(input) {
    this.input = input;
    this.active = -1;
    this.list = document.createElement("ul");
    this.list.id = `${input.id}-suggestions`;
    this.list.className = "suggestions";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.dataset.listLabel);
    this.announcement = document.createElement("div");
    this.announcement.className = "visually-hidden";
    this.announcement.setAttribute("role", "status");
    this.append(this.list, this.announcement);

    input.setAttribute("role", "combobox");
    input.setAttribute("autocomplete", "off");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", this.list.id);
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.close());
    // Pressing on the list must not take the focus away from the input, or the list would close first.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
  }

  /** Show suggestions: `[{text, kind, value}]`, with the part that was typed in bold. */
  show(suggestions, typed) {
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...suggestions.map((suggestion, index) => this.option(suggestion, typed, index)));
    this.list.hidden = suggestions.length === 0;
    this.input.setAttribute("aria-expanded", String(suggestions.length > 0));
    this.announcement.textContent = suggestions.length
      ? `${suggestions.length} ${this.dataset.some}`
      : this.dataset.none;
  }

  close() {
    this.list.hidden = true;
    this.active = -1;
    this.announcement.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  option({ text, kind, value }, typed, index) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${index}`;
    option.dataset.value = value;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const label = document.createElement("span");
    const start = text.toLowerCase().indexOf(typed.toLowerCase());
    if (typed && start >= 0) {
      const match = document.createElement("mark");
      match.textContent = text.slice(start, start + typed.length);
      label.append(text.slice(0, start), match, text.slice(start + typed.length));
    } else {
      label.textContent = text;
    }
    option.append(label);
    if (kind) {
      const kindLabel = document.createElement("span");
      kindLabel.className = "suggestions__kind";
      kindLabel.textContent = kind;
      option.append(kindLabel);
    }
    return option;
  }

  onKey(event) {
    const options = [...this.list.children];
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && this.active >= 0) {
      event.preventDefault();
      this.take(options[this.active]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.find();
      else this.move(event.key === "ArrowDown" ? 1 : -1, options);
    }
  }

  move(by, options) {
    const from = this.active < 0 && by < 0 ? 0 : this.active;
    this.active = (from + by + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.active)));
    this.input.setAttribute("aria-activedescendant", options[this.active].id);
    options[this.active].scrollIntoView({ block: "nearest" });
  }
}

/** `<search-suggest src="address">` around a search input: what the server suggests; choosing goes there. */
class SearchSuggest extends Combobox {
  connectedCallback() {
    this.setUp(this.querySelector("input"));
    let pause;
    this.input.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(() => this.find(), TYPING_PAUSE);
    });
  }

  async find() {
    this.request?.abort();
    const typed = this.input.value.trim();
    if (typed.length < 2) return this.close();
    this.request = new AbortController();
    const address = new URL(this.getAttribute("src"), location.href);
    address.searchParams.set("q", typed);
    try {
      const response = await fetch(address, { signal: this.request.signal });
      if (!response.ok) return this.close();
      const found = await response.json(); // [{title, kind, url}]
      if (document.activeElement !== this.input) return;
      this.show(found.map(({ title, kind, url }) => ({ text: title, kind, value: url })), typed);
    } catch (error) {
      if (error.name !== "AbortError") this.close(); // without suggestions the search still works
    }
  }

  take(option) {
    location.assign(option.dataset.value);
  }
}

/** `<search-select>` around a long select: an input that finds entries, the select stays what is sent. */
class SearchSelect extends Combobox {
  connectedCallback() {
    this.select = this.querySelector("select");
    const input = document.createElement("input");
    for (const { name, value } of this.select.attributes) {
      if (name !== "name") input.setAttribute(name, value);
    }
    input.type = "text";
    input.className = this.select.className.replaceAll("__select", "__input");
    input.name = `${this.select.name}_typed`;
    input.value = this.select.value ? this.select.selectedOptions[0].label : this.dataset.typed;
    this.select.removeAttribute("id"); // the label and the error summary mean the input now
    this.select.parentElement.hidden = true;
    this.prepend(input);
    this.setUp(input);
    input.addEventListener("input", () => {
      this.choose(this.entries().find(({ text }) => text.toLowerCase() === input.value.trim().toLowerCase()));
      this.find();
    });
  }

  entries() {
    return [...this.select.options].filter(({ value }) => value).map(({ label, value }) => ({ text: label, value }));
  }

  find() {
    const typed = this.input.value.trim();
    const isStart = ({ text }) => text.toLowerCase().startsWith(typed.toLowerCase());
    const matching = this.entries().filter(({ text }) => text.toLowerCase().includes(typed.toLowerCase()));
    this.show([...matching.filter(isStart), ...matching.filter((entry) => !isStart(entry))], typed);
  }

  take(option) {
    this.input.value = option.firstChild.textContent;
    this.choose({ value: option.dataset.value });
    this.close();
  }

  choose(entry) {
    this.select.value = entry?.value ?? "";
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** Fields that depend on another answer (`data-show-if-*`): hidden as long as that answer does not call for them. */
function showWhatIsAsked(form) {
  for (const group of form.querySelectorAll("[data-show-if-field]")) {
    const values = JSON.parse(group.dataset.showIfValues);
    group.hidden = !answersTo(form, group.dataset.showIfField).some((answer) => values.includes(answer));
  }
}

/** The answers to a field. A field that is hidden itself has none. */
function answersTo(form, name) {
  return [...form.elements]
    .filter((control) => control.name === name && !control.closest("[data-show-if-field][hidden]"))
    .filter((control) => !["radio", "checkbox"].includes(control.type) || control.checked)
    .map((control) => control.value);
}

/**
 * A page whose answers change what it asks or tells in ways that only the server knows (`data-live`): after each change
 * it is asked what to show. Nothing is kept there; without this, „Seite aktualisieren“ does the same.
 */
class LivePage {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.turn = 0;
    for (const group of form.querySelectorAll("[data-called-for=false]")) group.hidden = true;
    form.addEventListener("change", () => this.ask());
    let pause;
    form.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(() => this.ask(), LIVE_PAUSE);
    });
    form.addEventListener("submit", () => clearTimeout(pause));
  }

  async ask() {
    const turn = ++this.turn;
    const typed = new URLSearchParams([...new FormData(this.form)].filter(([, value]) => typeof value === "string"));
    typed.set("live", "1");
    try {
      const response = await fetch(location.href, { method: "POST", body: typed });
      if (!response.ok || response.redirected) return;
      const answer = await response.json();
      if (turn === this.turn) this.show(answer); // an older answer may come late
    } catch {
      // Offline, or the page is being left: it stays as it is, and going on still works.
    }
  }

  show({ called_for: calledFor, told, summary }) {
    for (const [name, isCalledFor] of Object.entries(calledFor)) {
      const group = this.form.querySelector(`[data-field="${CSS.escape(name)}"]`);
      if (group) group.hidden = !isCalledFor;
    }
    for (const [name, text] of Object.entries(told)) {
      const place = this.form.querySelector(`[data-told="${CSS.escape(name)}"]`);
      if (place && place.textContent !== text) place.textContent = text;
    }
    const place = this.form.querySelector("[data-summary]");
    if (place && this.summary !== summary) place.innerHTML = this.summary = summary; // our own template's markup
  }
}

/** `<map-point>` below the words for a place: a button that adds where the device is. No map is loaded. */
class MapPoint extends HTMLElement {
  connectedCallback() {
    if (!navigator.geolocation) return;
    this.shown = this.querySelector(".map-point__position");
    this.position = this.querySelector("[data-position]");
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "kern-btn kern-btn--secondary";
    this.label = document.createElement("span");
    this.label.className = "kern-label";
    this.button.append(this.label);
    this.button.addEventListener("click", () => (this.part("latitude").value ? this.clear() : this.take()));
    this.append(this.button);
    this.refresh();
  }

  part(name) {
    return this.querySelector(`[data-part=${name}]`);
  }

  take() {
    this.tell(this.dataset.asking);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        this.part("latitude").value = coords.latitude.toFixed(6);
        this.part("longitude").value = coords.longitude.toFixed(6);
        this.part("accuracy").value = Math.round(coords.accuracy);
        this.refresh();
      },
      () => this.tell(this.dataset.refused),
      { enableHighAccuracy: true, timeout: 15_000 },
    );
  }

  clear() {
    for (const input of this.querySelectorAll("[data-part]")) input.value = "";
    this.refresh();
  }

  refresh() {
    const [north, east, about] = ["latitude", "longitude", "accuracy"].map((name) => this.part(name).value);
    const degrees = (value) => `${Number(value).toFixed(5).replace(".", ",")}°`;
    this.label.textContent = north ? this.dataset.remove : this.dataset.take;
    if (!north) return this.tell("");
    const { taken, north: northern, east: eastern, about: roughly, metres } = this.dataset;
    const accuracy = about ? `, ${roughly} ${about} ${metres}` : "";
    this.tell(`${taken} ${degrees(north)} ${northern}, ${degrees(east)} ${eastern}${accuracy}`);
  }

  tell(text) {
    this.position.textContent = text;
    this.shown.hidden = !text;
  }
}

/** Menus are `<details>`: they open without this, and close here on Escape or a click elsewhere. */
function closeMenus({ except = null, refocus = false } = {}) {
  for (const menu of document.querySelectorAll("details:is(.menu, .staff-person)[open]")) {
    if (menu.contains(except)) continue;
    menu.open = false;
    if (refocus) menu.querySelector("summary").focus();
  }
}

customElements.define("search-suggest", SearchSuggest);
customElements.define("search-select", SearchSelect);
customElements.define("map-point", MapPoint);

for (const form of document.querySelectorAll("form[data-live]")) new LivePage(form);
for (const element of document.querySelectorAll("[data-without-script]")) element.remove();

for (const form of document.querySelectorAll("form:has([data-show-if-field])")) {
  form.addEventListener("change", () => showWhatIsAsked(form));
  showWhatIsAsked(form);
}

document.addEventListener("click", (event) => closeMenus({ except: event.target }));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus({ refocus: true });
});

// Whoever sent a form with mistakes starts at the list of them.
document.querySelector(".error-summary")?.focus();

// On a phone the rooms of staff are a line that scrolls: it begins where one is.
const room = document.querySelector(".staff-nav [aria-current]");
const showRoom = () => room.scrollIntoView({ block: "nearest", inline: "center" });
if (room) {
  showRoom();
  document.fonts.ready.then(showRoom); // letters of another width have moved it
}
