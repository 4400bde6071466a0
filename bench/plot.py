"""Line plots as SVG. Colours are of middle lightness and the background is none, so that they can be read on light and on dark pages."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 460, 64, 220, 44, 56
GREY = "#808080"
COLOURS = ["#3b82d6", "#2f9e5f", "#b0883a", "#9b6bd3", "#d14d92", "#2ba3a8"]
OURS = "#e0532f"

def nice_step(top, steps=5):
    """A step of 1, 2 or 5 times a power of ten, of which some make up the axis."""
    power = 10 ** math.floor(math.log10(top / steps))
    return next(m * power for m in (1, 2, 5, 10) if m * power * steps >= top)

def spread(ys, gap):
    """Moves labels apart, as little as it takes: from the top down, then back up from the bottom."""
    order = sorted(range(len(ys)), key=lambda i: ys[i]); placed = list(ys)
    for a, b in zip(order, order[1:]): placed[b] = max(placed[b], placed[a] + gap)
    if order: placed[order[-1]] = min(placed[order[-1]], HEIGHT - BOTTOM)
    for a, b in zip(reversed(order[:-1]), reversed(order[1:])): placed[a] = min(placed[a], placed[b] - gap)
    return placed

def text(x, y, words, anchor="middle", colour=GREY, size=13, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}" {more}>{escape(words)}</text>'

def lines(title, x_label, y_label, series, logarithmic, floor, ours):
    """A plot of series: name -> {x: y}. That of the floor is drawn with grey dashes, ours with a thick line."""
    xs = sorted({x for points in series.values() for x in points})
    scale = math.log10 if logarithmic else float
    low, high = scale(xs[0]), scale(xs[-1])
    step = nice_step(max(y for points in series.values() for y in points.values()))
    top = step * math.ceil(max(y for points in series.values() for y in points.values()) / step)
    def at_x(x): return LEFT + (scale(x) - low) / ((high - low) or 1) * (WIDTH - LEFT - RIGHT)
    def at_y(y): return HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM)

    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif">', f"<title>{escape(title)}</title>",
           text(LEFT, 22, title, "start", size=15, more='font-weight="600"')]
    for i in range(round(top / step) + 1):
        y = at_y(i * step)
        svg += [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GREY}" stroke-opacity="0.25"/>', text(LEFT - 8, y + 4, f"{i * step:g}", "end")]
    for x in xs:
        svg += [f'<line x1="{at_x(x):.1f}" x2="{at_x(x):.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 5}" stroke="{GREY}"/>']
        # On a plain axis the smallest ones would lie on each other.
        if logarithmic or x == xs[0] or at_x(x) - at_x(xs[0]) > 60: svg += [text(at_x(x), HEIGHT - BOTTOM + 20, f"{x:,}")]
    svg += [text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x_label), text(0, 0, y_label, more=f'transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2:.1f}) rotate(-90)"')]

    ends = {name: max(points) for name, points in series.items()}
    labels = spread([at_y(series[name][end]) for name, end in ends.items()], 17)
    others = [name for name in series if name not in (floor, ours)]
    for i, (name, points) in enumerate(series.items()):
        colour = GREY if name == floor else OURS if name == ours else COLOURS[others.index(name) % len(COLOURS)]
        dashes = "6 4" if name == floor else "none"
        path = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in sorted(points.items()))
        svg += [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{3 if name == ours else 2}" stroke-dasharray="{dashes}"/>']
        svg += [f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3.5" fill="{colour}"/>' for x, y in points.items()]
        svg += [f'<line x1="{at_x(ends[name]) + 6:.1f}" y1="{at_y(points[ends[name]]):.1f}" x2="{WIDTH - RIGHT + 14}" y2="{labels[i]:.1f}" stroke="{colour}" stroke-opacity="0.5"/>',
                text(WIDTH - RIGHT + 18, labels[i] + 4, name, "start", colour, more='font-weight="600"' if name == ours else "")]
    return "\n".join(svg + ["</svg>", ""])
