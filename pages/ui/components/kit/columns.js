// What stands in and below the columns of a plot: bars, diamonds, the names of classes.

// Class names under columns: upright where they fit, slanted where they do not, thinned out where
// there are very many. Returns how high the band must be.
function classBand(classes, column) {
  const longest = Math.max(...classes.map((name) => name.length));
  const slant = longest * 7.5 > column;
  return { slant, every: Math.max(1, Math.ceil(13 / column)), height: slant ? Math.min(64, 14 + 4.6 * longest) : 20 };
}
function placeName(text, band, x, y, index) {
  set(text, {
    x,
    y: band.slant ? y + 4 : y,
    "text-anchor": band.slant ? "end" : "middle",
    transform: band.slant ? `rotate(-40 ${x} ${y + 4})` : null,
    visibility: index % band.every ? "hidden" : null,
  });
}

// A bar from `zero` to `y` with slightly rounded free end.
function barPath(x, width, zero, y) {
  const r = Math.min(3, width / 3, Math.abs(y - zero));
  const s = y < zero ? 1 : -1;
  return `M${x},${zero}V${y + s * r}Q${x},${y} ${x + r},${y}H${x + width - r}Q${x + width},${y} ${x + width},${y + s * r}V${zero}Z`;
}

const diamondPath = (x, y, r) => `M${x},${y - r}L${x + r},${y}L${x},${y + r}L${x - r},${y}Z`;
