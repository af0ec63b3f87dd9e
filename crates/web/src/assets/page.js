// What pages do beyond links and forms. Every page works without it; nothing is loaded from elsewhere.
"use strict";

// A form is sent once: a second press of an impatient finger is not a second application.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});

// Back from another page: the form can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

// The rules of a PIN as one types. What is typed stays in its field.
const RULES = {
  "length-4": (text) => text.length === 4,
  "length-6-16": (text) => text.length >= 6 && text.length <= 16,
  digits: (text) => text !== "" && /^[0-9]*$/.test(text),
  letter: (text) => /[A-Za-z]/.test(text),
  digit: (text) => /[0-9]/.test(text),
  "no-other": (text) => text !== "" && /^[A-Za-z0-9]*$/.test(text),
};

for (const list of document.querySelectorAll("[data-rules-of]")) {
  const field = document.getElementById(list.dataset.rulesOf);
  const look = () => {
    for (const rule of list.querySelectorAll("[data-rule]")) {
      const name = rule.dataset.rule;
      const held = name === "same"
        ? field.value !== "" && field.value === document.getElementById(rule.dataset.as).value
        : RULES[name](field.value);
      rule.classList.toggle("held", held);
      rule.querySelector(".state").textContent = held ? rule.dataset.held : rule.dataset.missing;
    }
  };
  field.addEventListener("input", look);
  for (const rule of list.querySelectorAll("[data-as]")) {
    document.getElementById(rule.dataset.as).addEventListener("input", look);
  }
  look();
}

// Shows what is typed into a password field, while wanted.
for (const box of document.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(box.dataset.shows);
  box.addEventListener("change", () => { field.type = box.checked ? "text" : "password"; });
}

// Work in progress: its part of the page is fetched anew until it says where to go.
for (const place of document.querySelectorAll("[data-live]")) {
  const look = async () => {
    try {
      const answer = await fetch(place.dataset.live, { credentials: "same-origin", headers: { "X-Fragment": "1" } });
      const text = await answer.text();
      if (answer.ok && text !== place.dataset.was) {
        place.dataset.was = text;
        place.innerHTML = text;
      }
      const done = place.querySelector("[data-done]");
      if (done) {
        location.assign(done.dataset.done);
        return;
      }
    } catch {
      // The next look may reach it again.
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 500);
}

// Files dropped on their field. Of several, a signature goes to the field of that name, and the first other one to the last field that
// must be filled.
for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector("input[type=file]");
  const put = (field, file) => {
    const held = new DataTransfer();
    held.items.add(file);
    field.files = held.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const files = [...event.dataTransfer.files];
    if (files.length === 1) put(input, files[0]);
    if (files.length < 2) return;
    const isSignature = (file) => /\.(p7s|p7m|sig|cms)$/i.test(file.name);
    const signature = zone.closest("form").querySelector("input[type=file][name=signature]");
    const others = [...zone.closest("form").querySelectorAll("input[type=file][required]")].filter((field) => field !== signature);
    const found = files.find(isSignature);
    const other = files.find((file) => file !== found);
    if (signature && found) put(signature, found);
    if (other && others.length > 0) put(others.at(-1), other);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// What is typed outlives a reload, the way back and a log-in that ended: it is kept in this tab until the form was taken. Neither
// passwords nor files, and only for who typed it. The way out forgets everything.
const KEPT = "input:not([type=hidden], [type=password], [type=file], [type=submit]), select, textarea";
const TICKED = "[type=checkbox], [type=radio]";
const head = document.querySelector("header .user");
const who = head
  ? [...head.childNodes].filter((node) => node.nodeName !== "FORM").map((node) => node.textContent).join("").trim()
  : "";
const kept = (form) => [...form.querySelectorAll(KEPT)];
const typed = (field) => (field.matches(TICKED) ? field.checked : field.value);
const given = (field) => {
  if (field.matches(TICKED)) return field.defaultChecked;
  if (!field.matches("select")) return field.defaultValue;
  return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value;
};
const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);
// Several forms of a page may lead to one address.
const place = (form) => {
  const action = form.getAttribute("action");
  const alike = [...document.querySelectorAll("form[method=post]")].filter((other) => other.getAttribute("action") === action);
  return `form ${action} ${alike.indexOf(form)}`;
};
const memory = (() => {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
})();

if (memory) {
  const forms = [...document.querySelectorAll("form[method=post]")]
    .filter((form) => kept(form).length > 0 && !form.querySelector("[type=password]"));
  const sent = JSON.parse(memory.getItem("sent") ?? "[]");
  memory.removeItem("sent");
  // Neither an error nor a log-in in between says that what was sent was taken.
  const isTaken = !("failed" in document.body.dataset) && !document.querySelector("form[action='/log-in']");
  if (isTaken) for (const gone of sent) memory.removeItem(gone);

  for (const form of forms) {
    const fields = kept(form);
    const names = fields.map((field) => field.name);
    const before = fields.map(given);
    const entry = JSON.parse(memory.getItem(place(form)) ?? "null");
    const fits = entry && entry.who === who && same(entry.names, names);
    if (fits && same(entry.before, before)) {
      fields.forEach((field, at) => {
        if (field.matches(TICKED)) field.checked = entry.now[at];
        else field.value = entry.now[at];
      });
    } else if (entry) {
      // The page has something newer, or somebody else sits here.
      memory.removeItem(place(form));
    }
    const keep = () => memory.setItem(place(form), JSON.stringify({ who, names, before, now: fields.map(typed) }));
    form.addEventListener("input", keep);
    form.addEventListener("change", keep);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") === "/log-out") memory.clear();
    else if (forms.includes(form)) memory.setItem("sent", JSON.stringify([...sent, place(form)]));
  });
}
