#!/usr/bin/python3
"""A terminal's picture as SVG: text with ANSI styles (tmux capture-pane -e -p) from
standard input, or a file, to standard output.

    ansi2svg.py [FILE] [--title TEXT] >PICTURE.svg

Every run of one style is one <text>, stretched to its cells, so that columns
stay aligned whatever monospaced font a reader has. No script, no web font.
"""
import argparse
import re
import sys
import unicodedata
from xml.sax.saxutils import escape

CELL_W, CELL_H, SIZE = 8.4, 18, 14
PAD, BAR = 14, 30
BACK, FRAME, INK, DIM = "#14181f", "#20262f", "#d7dce4", "#7d8796"
PALETTE = ["#3b4252", "#f0616d", "#6cc274", "#e9b44c", "#6aa8f7", "#c792ea", "#56c2c9", "#d7dce4",
           "#5b6577", "#ff7b85", "#86d98d", "#ffc864", "#8cc0ff", "#d9a8f5", "#74dbe1", "#ffffff"]
# The white-on-colour of titles and alarms wants deeper grounds than letters do.
GROUNDS = ["#20262f", "#c5303f", "#2f7d3b", "#9a6b12", "#24508f", "#6d3f99", "#1c6e75", "#d7dce4"]
SGR = re.compile(r"\033\[([0-9;]*)m")
FONT = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace"


class Style:
    def __init__(self):
        self.ink = self.ground = None
        self.bold = self.dim = self.reverse = False

    def apply(self, codes):
        """One SGR sequence."""
        for code in [int(c or 0) for c in codes.split(";")]:
            if code == 0:
                self.__init__()
            elif code in (1, 2, 7):
                setattr(self, {1: "bold", 2: "dim", 7: "reverse"}[code], True)
            elif code == 22:
                self.bold = self.dim = False
            elif code == 27:
                self.reverse = False
            elif 30 <= code <= 37:
                self.ink = code - 30
            elif 90 <= code <= 97:
                self.ink = code - 82
            elif 40 <= code <= 47:
                self.ground = code - 40
            elif code in (39, 49):
                setattr(self, "ink" if code == 39 else "ground", None)

    def colours(self):
        ink = PALETTE[self.ink] if self.ink is not None else DIM if self.dim else INK
        ground = GROUNDS[self.ground] if self.ground is not None else None
        return (BACK, ink, self.bold) if self.reverse else (ink, ground, self.bold)


def cells(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def runs(line, style):
    """(column, columns, text, colours) of each stretch of one style; style is carried on."""
    column = 0
    parts = SGR.split(line)
    for i, part in enumerate(parts):
        if i % 2:
            style.apply(part)
        elif part:
            width = sum(cells(c) for c in part)
            yield column, width, part, style.colours()
            column += width


def draw_run(out, row, column, width, text, colours):
    ink, ground, bold = colours
    x, y = PAD + column * CELL_W, BAR + PAD + row * CELL_H
    if ground:
        out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width * CELL_W:.1f}" height="{CELL_H}"'
                   f' fill="{ground}"/>')
    # Blocks and rules as shapes, because fonts leave gaps between them; words one by
    # one where spaces are many, because some readers make one of them.
    for match in re.finditer("[█░]+|─+|(?:(?!  )[^█░─])+", text):
        part = match.group()
        start = x + sum(cells(c) for c in text[:match.start()]) * CELL_W
        if part[0] in "█░":
            out += bars(part, start, y, ink)
        elif part[0] == "─":
            out.append(f'<rect x="{start:.1f}" y="{y + CELL_H / 2:.1f}"'
                       f' width="{len(part) * CELL_W:.1f}" height="1" fill="{ink}" opacity=".5"/>')
        elif part.strip():
            start += (len(part) - len(part.lstrip())) * CELL_W
            words = part.strip()
            wide = sum(cells(c) for c in words) * CELL_W
            weight = ' font-weight="700"' if bold else ""
            out.append(f'<text x="{start:.1f}" y="{y + CELL_H - 5:.1f}" fill="{ink}"{weight}'
                       f' textLength="{wide:.1f}" lengthAdjust="spacingAndGlyphs">'
                       f'{escape(words)}</text>')


def bars(part, x, y, ink):
    shapes = []
    for match in re.finditer("█+|░+", part):
        look = f'fill="{ink}"' if match.group()[0] == "█" else f'fill="{DIM}" opacity=".35"'
        shapes.append(f'<rect x="{x + match.start() * CELL_W:.1f}" y="{y + 4}"'
                      f' width="{len(match.group()) * CELL_W:.1f}" height="{CELL_H - 8}" {look}/>')
    return shapes


def picture(lines, title):
    style, body = Style(), []
    columns = max(sum(cells(c) for c in SGR.sub("", line)) for line in lines)
    for row, line in enumerate(lines):
        for run in runs(line, style):
            draw_run(body, row, *run)
    width, height = 2 * PAD + columns * CELL_W, BAR + 2 * PAD + len(lines) * CELL_H
    dots = "".join(f'<circle cx="{PAD + 6 + 18 * i}" cy="{BAR / 2:.0f}" r="5.5" fill="{c}"/>'
                   for i, c in enumerate(("#6cc274", "#e9b44c", "#f0616d")))
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="9" fill="{BACK}"/>',
        f'<path d="M0 {BAR}V9a9 9 0 0 1 9-9H{width - 9:.0f}a9 9 0 0 1 9 9V{BAR}z" fill="{FRAME}"/>',
        dots,
        f'<text x="{width / 2:.0f}" y="20" text-anchor="middle" fill="{DIM}"'
        f' font-family="system-ui,sans-serif" font-size="12.5">{escape(title)}</text>',
        f'<g font-family="{FONT}" font-size="{SIZE}">', *body, "</g>", "</svg>"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", default="-")
    parser.add_argument("--title", default="thirdring watch")
    options = parser.parse_args()
    if options.file == "-":
        text = sys.stdin.read()
    else:
        with open(options.file, encoding="utf-8") as file:
            text = file.read()
    print(picture(text.rstrip("\n").split("\n"), options.title))


main()
