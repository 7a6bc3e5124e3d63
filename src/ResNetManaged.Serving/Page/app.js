// The page of `resnet serve`: sends a picture to the API and shows the response. It uses no libraries and loads nothing from other sites.

const $ = id => document.getElementById(id);
const percent = new Intl.NumberFormat(undefined, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const milliseconds = value => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

let tasks = new Set(["classify"]);
let limits = null;
let upright = false; // whether the server turns pictures upright as their EXIF orientation says
let indexed = 0; // the number of indexed pictures
let current = null; // the picture shown: { original, file, abort, best, wanted, heat: { index, url } }; wanted is the class whose heat map is on

// ---- The server

const networkProblem = { title: "The server cannot be reached", detail: "Check that it is running, then try again.", retry: true };

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw networkProblem;
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw {
    title: problem.title ?? `The server answered ${response.status}`,
    detail: problem.detail ?? response.statusText,
    retry: response.status >= 500 || response.status === 408,
  };
}

const send = (path, file, signal) =>
  ask(path, { method: "POST", body: file, headers: { "Content-Type": file.type || "application/octet-stream" }, signal });

async function describe() {
  try {
    const { models: [model], limits: all } = await (await ask("api/models")).json();
    tasks = new Set(model.tasks);
    limits = all;
    indexed = model.indexed_pictures;
    upright = model.input.upright;
    document.body.classList.toggle("upright", upright); // so that the page shows what the network sees
    const pictures = indexed > 0 ? `, ${indexed.toLocaleString()} pictures indexed` : "";
    $("model").textContent = `${model.name}, ${model.classes.toLocaleString()} classes${pictures}`;
  } catch (problem) {
    $("model").textContent = problem.title;
  }
}

// ---- A picture

async function show(original) {
  current?.abort.abort();
  if (current?.heat) URL.revokeObjectURL(current.heat.url);
  const picture = { original, file: original, abort: new AbortController(), best: null, wanted: null, heat: null };
  current = picture;
  clear();
  preview(original);
  say("Looking at the picture.");
  try {
    await ready;
    if (!limits) await describe(); // the server could not be reached when the page loaded
    picture.file = await readable(original);
    if (limits && picture.file.size > limits.max_request_bytes) throw tooLarge(picture.file.size);
    const answer = await (await send("api/classify?top=5", picture.file, picture.abort.signal)).json();
    if (current !== picture) return;
    document.body.dataset.state = "done";
    drawBars(answer.predictions);
    drawTimings(answer.timings);
    const best = answer.predictions[0];
    say(`Looks like ${nameOf(best)}, ${percent.format(best.probability)}.`);
    $("name").textContent = `${original.name || "Pasted picture"}, ${answer.image.width} × ${answer.image.height}`;
    $("picture").classList.toggle("tiny", answer.image.width < 128);
    if (tasks.has("explain")) prepareHeat(best.index);
    if (tasks.has("similar")) showSimilar(picture);
  } catch (problem) {
    if (problem.name !== "AbortError" && current === picture) fail(problem);
  }
}

const tooLarge = size => ({
  title: "The picture is too large",
  detail: `It is ${(size / 1048576).toFixed(1)} MiB; at most ${(limits.max_request_bytes / 1048576).toFixed(0)} MiB are accepted.`,
});

function clear() {
  document.body.dataset.state = "loading";
  $("invitation").textContent = "Choose another picture";
  $("bars").replaceChildren(...Array.from({ length: 5 }, () => element("li", "waiting")));
  $("bars").setAttribute("aria-busy", "true");
  for (const id of ["error", "timings", "similar", "heat-toggle", "heat"]) $(id).hidden = true;
  $("heat").classList.remove("shown");
  $("heat-toggle").setAttribute("aria-checked", "false");
}

function preview(file) {
  URL.revokeObjectURL($("picture").src);
  $("picture").src = URL.createObjectURL(file);
  $("picture").classList.remove("tiny");
  $("name").textContent = file.name || "Pasted picture";
  $("view").hidden = false;
}

function fail(problem) {
  document.body.dataset.state = "error";
  $("bars").replaceChildren();
  $("bars").removeAttribute("aria-busy");
  $("error-title").textContent = problem.title ?? "Something went wrong";
  $("error-detail").textContent = problem.detail ?? String(problem);
  $("retry").hidden = !problem.retry;
  $("error").hidden = false;
  say("");
}

// ---- Pictures in formats that browsers can read and the server cannot

async function readable(file) {
  const start = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  const starts = (...bytes) => bytes.every((byte, i) => start[i] === byte);
  const direct = starts(0x89, 0x50, 0x4e, 0x47) || starts(0x47, 0x49, 0x46, 0x38) || starts(0x42, 0x4d) || starts(0xff, 0xd8, 0xff);
  if (direct) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: upright ? "from-image" : "none" });
    const canvas = document.createElement("canvas");
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    const blob = await new Promise(done => canvas.toBlob(done, "image/png"));
    return blob ?? file;
  } catch {
    return file; // the server says what is wrong with it
  }
}

// ---- Classes and times

const nameOf = prediction => prediction.label ?? `class ${prediction.index}`;

function drawBars(predictions) {
  $("bars").removeAttribute("aria-busy");
  $("bars").replaceChildren(...predictions.map(prediction => {
    const row = element(tasks.has("explain") ? "button" : "div", "row");
    row.append(element("span", "label", nameOf(prediction)), element("span", "percent", percent.format(prediction.probability)));
    const track = element("span", "track"), bar = element("i");
    bar.style.width = `${100 * prediction.probability}%`;
    track.append(bar);
    row.append(track);
    if (row instanceof HTMLButtonElement) {
      row.type = "button";
      row.title = `Show what supports ${nameOf(prediction)}`;
      row.dataset.index = prediction.index;
      row.setAttribute("aria-pressed", "false");
      row.addEventListener("click", () => toggleHeat(prediction.index));
    }
    const item = element("li");
    item.append(row);
    return item;
  }));
}

function drawTimings(timings) {
  for (const part of ["decode", "queue", "compute", "total"]) $(part).textContent = milliseconds(timings[`${part}_ms`]);
  for (const part of ["decode", "queue", "compute"]) document.querySelector(`#spans .${part}`).style.flexGrow = timings[`${part}_ms`];
  $("timings").hidden = false;
}

// ---- The heat map

function prepareHeat(index) {
  current.best = index;
  $("heat-toggle").hidden = false;
  $("heat-label").textContent = "Heat map";
}

async function toggleHeat(index) {
  const picture = current;
  if (picture.wanted === index) return hideHeat();
  picture.wanted = index;
  $("heat-toggle").setAttribute("aria-checked", "true");
  $("heat-toggle").setAttribute("aria-busy", "true");
  press(index);
  try {
    if (picture.heat?.index !== index) {
      const blob = await (await send(`api/explain?class=${index}`, picture.file, picture.abort.signal)).blob();
      if (current !== picture || picture.wanted !== index) return;
      if (picture.heat) URL.revokeObjectURL(picture.heat.url);
      picture.heat = { index, url: URL.createObjectURL(blob) };
      $("heat").src = picture.heat.url;
    }
    $("heat").hidden = false;
    await $("heat").decode();
    if (current !== picture || picture.wanted !== index) return;
    $("heat").classList.add("shown");
    const row = document.querySelector(`.row[data-index="${index}"] .label`);
    $("heat").alt = `The same picture; warm colors mark where it looks like ${row?.textContent ?? "the class"}`;
    say("The heat map is shown.");
  } catch (problem) {
    if (problem.name === "AbortError" || current !== picture || picture.wanted !== index) return;
    hideHeat();
    say(`${problem.title}. ${problem.detail}`);
    $("heat-label").textContent = "No heat map";
  } finally {
    if (current === picture && picture.wanted === index) $("heat-toggle").removeAttribute("aria-busy");
  }
}

function hideHeat() {
  current.wanted = null;
  $("heat-toggle").removeAttribute("aria-busy");
  $("heat-toggle").setAttribute("aria-checked", "false");
  $("heat").classList.remove("shown");
  press(null);
  say("The heat map is hidden.");
}

function press(index) {
  for (const row of document.querySelectorAll("button.row")) row.setAttribute("aria-pressed", String(Number(row.dataset.index) === index));
}

// ---- Similar pictures

async function showSimilar(picture) {
  try {
    const { neighbors } = await (await send(`api/similar?top=${Math.min(6, indexed)}`, picture.file, picture.abort.signal)).json();
    if (current !== picture) return;
    $("neighbors").replaceChildren(...neighbors.map(neighbor => {
      const item = element("li"), image = element("img");
      image.src = neighbor.url;
      image.alt = "";
      image.loading = "lazy";
      const file = element("span", "file", neighbor.name);
      file.title = neighbor.name;
      item.append(image, file, element("span", "alike", `${percent.format(Math.max(0, neighbor.similarity))} alike`));
      return item;
    }));
    $("similar").hidden = neighbors.length === 0;
  } catch {
    $("similar").hidden = true; // the classes are shown; they matter more
  }
}

// ---- Ways to provide a picture

const pictureOf = transfer => [...transfer.files].find(file => file.type.startsWith("image/")) ?? transfer.files[0];

$("file").addEventListener("change", event => {
  if (event.target.files[0]) show(event.target.files[0]);
  event.target.value = ""; // lets the user choose the same file again
});

addEventListener("paste", event => {
  const file = pictureOf(event.clipboardData);
  if (file) show(file);
  else say("The clipboard has no picture.");
});

addEventListener("dragover", event => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", event => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
addEventListener("drop", event => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const file = pictureOf(event.dataTransfer);
  if (file) show(file);
  else say("That was not a file.");
});

$("retry").addEventListener("click", () => current && show(current.original));
$("heat-toggle").addEventListener("click", () => toggleHeat(current.wanted ?? current.heat?.index ?? current.best));
$("chooser").addEventListener("submit", event => event.preventDefault());
$("picture").addEventListener("error", () => { if (current) $("view").hidden = true; });

function say(text) {
  $("status").textContent = text;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const ready = describe();
