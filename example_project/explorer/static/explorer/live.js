// The live page: two streams of Server-Sent Events. The browser itself connects again, and says where it was.
"use strict";

const LONGEST = 3000; // milliseconds that the connection stays cut
const MESSAGES = 40, ANSWERS = 3;
const page = document.querySelector(".live");

function element(tag, kind, text) {
  const made = document.createElement(tag);
  made.className = kind;
  made.textContent = text; // never HTML
  return made;
}

function follow(side, event, show) {
  const box = page.querySelector(`[data-stream="${side}"]`);
  const state = box.querySelector(".state"), place = box.querySelector(".place");
  let last = box.dataset.after, count = 0, source;

  function say(kind, text) {
    state.className = `state ${kind}`;
    state.textContent = text;
  }

  function connect() {
    say("waits", "connecting");
    source = new EventSource(`${box.dataset.address}?after=${encodeURIComponent(last)}`);
    source.onopen = () => say("on", "live");
    source.onerror = () => (source.readyState === EventSource.CLOSED ? say("off", "ended") : say("waits", "reconnecting"));
    source.addEventListener(event, (found) => {
      last = found.lastEventId;
      count += 1;
      place.textContent = `${count} event${count === 1 ? "" : "s"}, the last is ${last}`;
      show(JSON.parse(found.data));
    });
  }

  connect();
  return () => {
    source.close();
    say("off", "cut");
    setTimeout(connect, LONGEST);
  };
}

const answers = page.querySelector(".answers"), list = page.querySelector(".messages");

function showToken({ response, model, text }) {
  let answer = document.getElementById(`response-${response}`);
  if (!answer) {
    answer = element("article", "answer", "");
    answer.id = `response-${response}`;
    answer.append(element("h3", "", `Response ${response}`), element("p", "text", ""));
    answer.firstChild.append(element("span", "chip", model));
    answers.prepend(answer);
    while (answers.children.length > ANSWERS) answers.lastChild.remove();
  }
  const words = answer.lastChild;
  words.append(element("span", "word", text));
}

function showMessage({ session, role, text, at }) {
  const item = element("li", "", "");
  const time = element("time", "", new Date(at).toISOString().slice(0, 19).replace("T", " "));
  time.dateTime = at;
  const head = element("div", "head", "");
  head.append(element("span", `role ${role}`, role), element("span", "session", session), time);
  item.append(head, element("p", "text", text));
  list.prepend(item);
  while (list.children.length > MESSAGES) list.lastChild.remove();
}

const cuts = [follow("tokens", "token", showToken), follow("messages", "message", showMessage)];

page.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, note = page.querySelector(".answered");
  const got = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
  note.textContent = got.status === 429 ? "So many are being answered; wait a moment." : "";
});
const cut = page.querySelector(".cut");
cut.hidden = false;
cut.addEventListener("click", () => {
  cut.disabled = true;
  cuts.forEach((each) => each());
  setTimeout(() => (cut.disabled = false), LONGEST);
});
