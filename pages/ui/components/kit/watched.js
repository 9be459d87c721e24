// What a component shows of work: from the stream while there is one, else what Python drew; redrawn
// once a frame, however often it changes. `draw(value, epoch)`: epoch is null at the newest one.
// `clear()`: the work has nothing yet to be drawn; what is drawn belongs to another one.

function watched(draw, clear = () => {}) {
  let asked = null; // {value, stream: address, name, player: the page's name}
  let drop = () => {};
  let dropPlayer = () => {};
  let frame = 0;
  let key = "";

  const paint = () => {
    if (!frame) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        const stream = asked.stream ? streamOf(asked.stream) : null;
        const value = stream?.value(asked.name) ?? asked.value;
        const player = asked.player ? playerOf(asked.player) : null;
        if (value !== undefined && value !== null) draw(value, player?.behind() ? player.epoch() : null, stream);
        else clear();
      });
    }
  };
  return {
    receive(next) {
      asked = next;
      const wanted = `${next.stream} ${next.name} ${next.player}`;
      if (wanted !== key) {
        drop();
        dropPlayer();
        key = wanted;
        drop = next.stream ? streamOf(next.stream).watch(next.name, paint) : () => {};
        dropPlayer = next.player ? playerOf(next.player).watch(paint) : () => {};
      }
      paint();
    },
    end() {
      cancelAnimationFrame(frame);
      drop();
      dropPlayer();
    },
  };
}
