// A picture of one's own: a file, or the camera where the browser gives it.

const MOST = 512; // pixels a side that the browser itself makes smaller
const EVERY_MS = 200;

function pictureInput(app, shape) {
  const [channels, height, width] = shape;
  let raw = null;
  let stream = null;
  const preview = make("canvas", { class: "pixels large", role: "img", "aria-label": `What the ${see(app.networks)}` });
  const video = make("video", { muted: true, playsinline: true, hidden: true });
  const said = make("p", { class: "said", role: "status" });
  const file = make("input", { type: "file", accept: "image/*", id: "file", class: "unseen" });
  const camera = make("button", { type: "button", onclick: () => (stream ? stop() : start()) }, "Use the camera");
  const node = make("div", { class: "picture" },
    make("figure", {}, preview, make("figcaption", {}, `What the ${see(app.networks)}: ${width} × ${height} pixels, the middle of the picture`)),
    make("div", { class: "buttons" }, file, make("label", { for: "file", class: "button" }, "Choose a picture"), camera),
    video, said);

  // The middle of a picture in the form of the input, resized as training images are: uint8 C*H*W.
  function pixelsOf(source, wide, high) {
    const scale = Math.min(wide / width, high / height);
    const [cropWide, cropHigh] = [scale * width, scale * height];
    const less = Math.min(1, MOST / Math.max(cropWide, cropHigh));
    const [w, h] = [cropWide, cropHigh].map((side) => Math.max(1, Math.round(less * side)));
    const canvas = make("canvas", { width: w, height: h });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.fillStyle = "#ffffff"; // what is transparent is paper
    context.fillRect(0, 0, w, h);
    context.drawImage(source, (wide - cropWide) / 2, (high - cropHigh) / 2, cropWide, cropHigh, 0, 0, w, h);
    const colours = context.getImageData(0, 0, w, h).data;
    const out = new Uint8Array(channels * height * width);
    for (let c = 0; c < channels; c++) {
      const plane = Uint8Array.from({ length: w * h }, (_, i) => {
        const [r, g, b] = [colours[4 * i], colours[4 * i + 1], colours[4 * i + 2]];
        // One channel is brightness, as Pillow weighs the colours.
        return channels === 1 ? (19595 * r + 38470 * g + 7471 * b + 32768) >> 16 : [r, g, b][c];
      });
      out.set(drawn.resized(plane, [h, w], [height, width], "bicubic"), c * height * width);
    }
    return out;
  }
  file.onchange = async () => {
    if (!file.files[0]) return;
    try {
      const picture = await createImageBitmap(file.files[0]);
      said.textContent = "";
      stop();
      app.ask(pixelsOf(picture, picture.width, picture.height), null);
      picture.close();
    } catch {
      said.textContent = "This file is no picture that the browser can read. Choose a JPEG or a PNG.";
    }
    file.value = "";
  };
  async function start() {
    if (!navigator.mediaDevices?.getUserMedia) return refuse();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return refuse();
    }
    said.textContent = "";
    camera.textContent = "Stop the camera";
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    look();
  }
  function refuse() {
    said.textContent = "The browser gives this page no camera here. Choose a picture instead: a phone offers its camera there, too.";
  }
  function look() {
    if (!stream) return;
    if (video.videoWidth) app.ask(pixelsOf(video, video.videoWidth, video.videoHeight), null);
    setTimeout(look, EVERY_MS);
  }
  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    video.hidden = true;
    camera.textContent = "Use the camera";
  }
  function paint() {
    if (raw) drawPixels(preview, shape, raw, channelsOf(colour("ink")));
  }
  return {
    node,
    paint,
    asked(given, example) {
      raw = given;
      if (example !== null) stop();
      paint();
    },
  };
}
