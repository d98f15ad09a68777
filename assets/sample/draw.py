#!/usr/bin/env python3
"""Draws the pictures of the sample newsroom: flat scenes of one invented coastal city, 1200 x 675 pixels.

    pip install pillow && python3 assets/sample/draw.py [NAME ...]

Writes NAME.png beside this file, all of them without arguments. The same script gives the same picture every time
(every scatter comes from a generator seeded with the picture's name). Pictures are drawn at twice the size, scaled
down to smooth the edges, and stored with a palette of at most 128 colours, which keeps all of them under 700 kB.
"""

import math
import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw

W, H, SCALE, COLOURS = 1200, 675, 2, 128

NAVY, DEEP, TEAL, SEA, FOAM = "#12303d", "#17495a", "#1f6f7f", "#4b9ba3", "#cfe4e0"
SKY, DAWN, SAND, CREAM, PAPER = "#a9cfd6", "#f3c9a0", "#e6cf9f", "#f6eddb", "#fbf7ee"
CORAL, RED, MUSTARD, SAGE, MOSS = "#e07a5a", "#b8433a", "#e3ab3b", "#8fae8b", "#4f7a5b"
BRICK, PLUM, STONE, SLATE, INK = "#a9583f", "#5a3d55", "#b9b3a5", "#5d6f76", "#101d24"

SCENES = {}


def scene(function):
    """Registers a scene under its name, with underscores as hyphens."""
    SCENES[function.__name__.replace("_", "-")] = function
    return function


class Canvas:
    """Pillow's drawing calls in the picture's own coordinates, with a seeded generator."""

    def __init__(self, name, background):
        self.image = Image.new("RGB", (W * SCALE, H * SCALE), background)
        self.pen = ImageDraw.Draw(self.image)
        self.random = random.Random(name)

    def _scaled(self, points):
        return [(x * SCALE, y * SCALE) for x, y in points]

    def box(self, x, y, w, h, fill, round=0):
        shape = self._scaled([(x, y), (x + w, y + h)])
        if round:
            self.pen.rounded_rectangle(shape, round * SCALE, fill=fill)
        else:
            self.pen.rectangle(shape, fill=fill)

    def disc(self, x, y, r, fill, ry=None):
        ry = r if ry is None else ry
        self.pen.ellipse(self._scaled([(x - r, y - ry), (x + r, y + ry)]), fill=fill)

    def shape(self, points, fill):
        self.pen.polygon(self._scaled(points), fill=fill)

    def line(self, points, fill, width=3):
        self.pen.line(self._scaled(points), fill=fill, width=round(width * SCALE), joint="curve")

    def pie(self, x, y, r, start, end, fill):
        self.pen.pieslice(self._scaled([(x - r, y - r), (x + r, y + r)]), start, end, fill=fill)

    def arc(self, x, y, r, start, end, fill, width=3):
        self.pen.arc(self._scaled([(x - r, y - r), (x + r, y + r)]), start, end, fill=fill, width=round(width * SCALE))

    def bands(self, top, bottom, colours):
        """Horizontal bands of equal height, for skies."""
        step = (bottom - top) / len(colours)
        for i, colour in enumerate(colours):
            self.box(0, top + i * step, W, step + 1, colour)

    def sea(self, top, colours, swell=7, length=150, bottom=H):
        """A sea in layers of swell, lightest far away."""
        step = (bottom - top) / len(colours)
        for i, colour in enumerate(colours):
            y, shift, size = top + i * step, self.random.random() * 6, swell * (0.5 + i * 0.5)
            wave = [(x, y + math.sin(x / (length * (0.5 + i * 0.3)) + shift) * size) for x in range(0, W + 20, 20)]
            self.shape(wave + [(W, bottom), (0, bottom)], colour)

    def glints(self, top, bottom, colour, count=40):
        for _ in range(count):
            y = self.random.uniform(top, bottom)
            x, w = self.random.uniform(0, W), self.random.uniform(15, 60) * (0.4 + (y - top) / (bottom - top))
            self.box(x, y, w, 3, colour, 1)

    def hills(self, base, height, colour, seed=1.0):
        line = [(x, base - height * (0.6 + 0.4 * math.sin(x / 170 + seed) + 0.25 * math.sin(x / 61 + seed * 2)))
                for x in range(0, W + 20, 20)]
        self.shape(line + [(W, H), (0, H)], colour)

    def gull(self, x, y, size, colour=NAVY):
        self.arc(x - size, y + size * 0.35, size, 205, 325, colour, 3)
        self.arc(x + size, y + size * 0.35, size, 215, 335, colour, 3)

    def house(self, x, base, w, h, wall, roof, lit=MUSTARD, step=46):
        self.box(x, base - h, w, h, wall)
        self.shape([(x - 6, base - h), (x + w / 2, base - h - w * 0.42), (x + w + 6, base - h)], roof)
        for row in range(int((h - 30) // step)):
            for column in range(max(1, int(w // 42))):
                wx = x + (w - max(1, int(w // 42)) * 42) / 2 + column * 42 + 11
                self.box(wx, base - h + 18 + row * step, 20, 27, lit if self.random.random() < 0.4 else DEEP)

    def row_of_houses(self, base, low, high, x=-10, end=W):
        walls = [CREAM, CORAL, SAND, SAGE, SKY, MUSTARD, STONE]
        last = None
        while x < end:
            w = self.random.choice([74, 92, 110, 128])
            wall = self.random.choice([c for c in walls if c != last])
            last = wall
            self.house(x, base, w, self.random.uniform(low, high), wall, self.random.choice([BRICK, PLUM, SLATE]))
            x += w + 2

    def person(self, x, base, height, coat, skin="#c98f6b", hair=INK):
        """A standing figure: coat, head, hair."""
        head = height * 0.11
        self.shape([(x - height * 0.16, base), (x - height * 0.13, base - height * 0.66), (x, base - height * 0.76),
                    (x + height * 0.13, base - height * 0.66), (x + height * 0.16, base)], coat)
        self.disc(x, base - height * 0.86, head, hair)
        self.disc(x, base - height * 0.84, head * 0.86, skin)

    def crowd(self, top, bottom, rows, size, colours):
        for row in range(rows):
            y = top + (bottom - top) * row / rows
            for x in range(-10, W + 20, round(size * 1.9)):
                jitter = self.random.uniform(-size * 0.3, size * 0.3)
                shift = size * (row % 2)
                self.disc(x + jitter + shift, y + size * 1.7, size * 0.95, self.random.choice(colours))
                self.disc(x + jitter + shift, y + jitter * 0.4, size * 0.62, self.random.choice(["#c98f6b", "#8a5a3c", "#e2b48f"]))

    def rain(self, count, colour, slant=26, length=46):
        for _ in range(count):
            x, y = self.random.uniform(-40, W + 40), self.random.uniform(-20, H)
            self.line([(x, y), (x - slant, y + length)], colour, 1.6)

    def turbine(self, x, base, height, turn, colour=PAPER):
        top = base - height
        self.shape([(x - height * 0.02, base), (x - height * 0.008, top), (x + height * 0.008, top), (x + height * 0.02, base)], colour)
        for k in range(3):
            a = math.radians(turn + k * 120)
            tip = (x + math.cos(a) * height * 0.46, top + math.sin(a) * height * 0.46)
            side = (math.cos(a + 1.2) * height * 0.022, math.sin(a + 1.2) * height * 0.022)
            mid = (x + math.cos(a) * height * 0.1 + side[0], top + math.sin(a) * height * 0.1 + side[1])
            self.shape([(x, top), mid, tip], colour)
        self.disc(x, top, height * 0.02, colour)

    def ship(self, x, water, size, hull, band=PAPER, stripe=None):
        """A small ferry or working boat seen from the side, `size` long."""
        u = size / 100
        self.shape([(x, water - 16 * u), (x + 100 * u, water - 18 * u), (x + 90 * u, water + 5 * u), (x + 8 * u, water + 5 * u)], hull)
        self.box(x + 3 * u, water - 19 * u, 95 * u, 3 * u, stripe or band)
        self.box(x + 14 * u, water - 34 * u, 66 * u, 15 * u, band)
        self.box(x + 24 * u, water - 45 * u, 40 * u, 11 * u, band)
        for i in range(7):
            self.box(x + (18 + i * 8.6) * u, water - 30 * u, 5.4 * u, 5 * u, DEEP, 2)
        for i in range(4):
            self.box(x + (28 + i * 9) * u, water - 42 * u, 5.6 * u, 4.4 * u, DEEP, 2)
        self.box(x + 38 * u, water - 58 * u, 10 * u, 13 * u, hull)
        self.box(x + 38 * u, water - 55 * u, 10 * u, 3 * u, MUSTARD)
        self.line([(x + 70 * u, water - 34 * u), (x + 70 * u, water - 60 * u)], INK, 1.0 * u)

    def save(self, path):
        small = self.image.resize((W, H), Image.Resampling.LANCZOS)
        small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)


@scene
def harbour(name):
    c = Canvas(name, DAWN)
    c.bands(0, 330, ["#8fbcc6", SKY, "#c7d6cc", "#ecd2ac", DAWN])
    c.disc(880, 236, 62, PAPER)
    c.hills(330, 90, "#7f9ea0", 0.4)
    c.row_of_houses(372, 70, 150)
    c.box(0, 366, W, 26, STONE)
    c.box(0, 386, W, 8, SLATE)
    c.sea(394, [SEA, TEAL, "#1a6070", DEEP], 4)
    c.glints(410, 660, FOAM)
    c.ship(130, 520, 300, NAVY, PAPER, CORAL)
    for x, y, s, hull in [(560, 470, 110, RED), (760, 500, 150, MOSS), (990, 470, 120, NAVY)]:
        c.shape([(x, y - s * .16), (x + s, y - s * .16), (x + s * .85, y + 4), (x + s * .12, y + 4)], hull)
        c.line([(x + s * .45, y - s * .16), (x + s * .45, y - s * 1.1)], INK, 4)
        c.shape([(x + s * .48, y - s * 1.05), (x + s * .48, y - s * .26), (x + s * .95, y - s * .26)], PAPER)
    for x, y, s in [(300, 130, 22), (380, 90, 16), (690, 160, 18), (1060, 110, 20)]:
        c.gull(x, y, s)
    return c


@scene
def ferry(name):
    c = Canvas(name, SKY)
    c.bands(0, 380, ["#dfe8dc", "#cfe0db", "#bcd7d7", SKY])
    c.disc(210, 170, 70, MUSTARD)
    c.hills(372, 70, "#86a9a6", 2.2)
    c.sea(378, [SEA, TEAL, "#1a6070", DEEP], 8)
    c.ship(300, 500, 620, NAVY, PAPER, CORAL)
    c.box(360, 470, 500, 6, CORAL)
    for i, r in enumerate([26, 36, 48]):
        c.disc(540 - i * 62, 118 - i * 22, r, "#eef0e8")
    c.sea(520, ["#1a6070", DEEP, NAVY], 10)
    c.glints(540, 660, SEA, 26)
    for x, y, s in [(880, 150, 22), (960, 110, 16), (1050, 190, 18)]:
        c.gull(x, y, s)
    return c


@scene
def idle_ferry(name):
    c = Canvas(name, "#c3c9c7")
    c.bands(0, 360, ["#9fb0b4", "#afbdbe", "#c0c9c6", "#d3d5cb"])
    c.hills(360, 55, "#7b8f92", 1.2)
    c.sea(362, ["#6b9096", "#4e7880", "#365f68"], 3)
    c.ship(90, 470, 560, NAVY, "#e9e6da", RED)
    c.box(0, 500, W, 175, STONE)
    c.box(0, 500, W, 14, SLATE)
    for x in (160, 420, 680):
        c.box(x, 478, 24, 40, INK, 6)
    c.line([(172, 488), (240, 462)], CREAM, 5)
    c.line([(432, 488), (380, 462)], CREAM, 5)
    for i, (x, coat) in enumerate([(760, MUSTARD), (822, NAVY), (884, MUSTARD), (946, RED), (1014, MUSTARD), (1082, NAVY)]):
        c.person(x, 640, 190, coat, ["#c98f6b", "#8a5a3c", "#e2b48f"][i % 3])
    for x, w, text in [(806, 110, CORAL), (980, 96, PAPER)]:
        c.box(x + w / 2 - 4, 420, 8, 120, BRICK)
        c.box(x, 372, w, 66, text, 4)
        c.box(x + 14, 390, w - 28, 8, INK)
        c.box(x + 14, 410, w - 46, 8, INK)
    return c


@scene
def island(name):
    c = Canvas(name, SKY)
    c.bands(0, 400, ["#f2d9b3", "#f1cfa6", "#eec19b", "#e5b297"])
    c.disc(600, 372, 120, "#f9ecd2")
    c.sea(392, [SEA, TEAL, "#1a6070", DEEP], 4)
    c.shape([(250, 400), (330, 330), (420, 300), (520, 262), (600, 214), (680, 232), (740, 290), (860, 326), (960, 400)], MOSS)
    c.shape([(600, 214), (680, 232), (740, 290), (860, 326), (960, 400), (700, 400), (640, 300)], "#3d6650")
    c.box(634, 120, 30, 104, PAPER)
    c.box(634, 148, 30, 22, RED)
    c.box(634, 192, 30, 22, RED)
    c.box(628, 100, 42, 22, INK)
    c.shape([(628, 100), (649, 80), (670, 100)], RED)
    c.shape([(670, 106), (1200, 40), (1200, 150), (670, 116)], "#f5e4bd")
    for x, y, w, h in [(410, 372, 44, 34), (470, 380, 56, 30), (548, 374, 44, 36), (770, 380, 50, 30)]:
        c.house(x, y, w, h, CREAM, BRICK)
    c.box(300, 392, 660, 10, SAND)
    c.glints(420, 650, "#f3d7ae", 60)
    c.ship(850, 560, 170, NAVY, PAPER, CORAL)
    return c


@scene
def council(name):
    c = Canvas(name, "#31515a")
    c.box(0, 0, W, 420, "#3b6069")
    for x in range(60, W, 180):
        c.box(x, 60, 26, 330, CREAM)
        c.box(x - 10, 48, 46, 16, SAND)
        c.box(x - 10, 388, 46, 14, SAND)
        c.box(x + 66, 92, 74, 230, SKY, 36)
        c.box(x + 66, 200, 74, 6, "#3b6069")
        c.box(x + 100, 96, 6, 226, "#3b6069")
    c.box(470, 120, 260, 250, BRICK)
    c.box(482, 132, 236, 226, "#8c452f")
    c.disc(600, 236, 72, MUSTARD)
    c.disc(600, 236, 60, DEEP)
    c.shape([(556, 256), (644, 256), (632, 276), (568, 276)], PAPER)
    c.line([(600, 256), (600, 194)], PAPER, 5)
    c.shape([(606, 198), (606, 248), (640, 248)], PAPER)
    c.person(600, 470, 190, NAVY)
    c.box(430, 418, 340, 80, "#7a4630")
    c.box(420, 406, 360, 18, SAND)
    for row, (y, size) in enumerate([(520, 120), (600, 150)]):
        for i in range(9):
            c.person(70 + i * 133 + row * 40, y + 40, size, [PLUM, SLATE, RED, TEAL, INK][(i + row) % 5], ["#c98f6b", "#8a5a3c", "#e2b48f"][i % 3])
        c.box(0, y + 18, W, 44, ["#7a4630", "#643723"][row])
        c.box(0, y + 12, W, 8, SAND)
    c.box(0, 662, W, 13, "#4c2a1c")
    return c


@scene
def ballot(name):
    c = Canvas(name, CORAL)
    c.disc(980, 120, 260, "#e68c6c")
    c.disc(160, 640, 300, "#d96f50")
    c.shape([(380, 330), (820, 330), (900, 400), (300, 400)], "#2b5d6b")
    c.box(300, 400, 600, 275, DEEP)
    c.box(300, 400, 600, 14, NAVY)
    c.box(450, 352, 300, 22, INK, 8)
    c.shape([(492, 362), (470, 96), (706, 76), (728, 362)], PAPER)
    for i, (mark, w) in enumerate([(None, 118), ("x", 92), (None, 130), (None, 100)]):
        y = 124 + i * 56
        c.box(508, y, 34, 34, INK, 4)
        c.box(512, y + 4, 26, 26, PAPER, 2)
        c.box(560, y + 10, w, 12, STONE, 4)
        if mark:
            c.line([(504, y - 2), (546, y + 38)], RED, 8)
            c.line([(546, y - 4), (502, y + 40)], RED, 8)
    c.disc(600, 540, 76, MUSTARD)
    c.disc(600, 540, 62, DEEP)
    c.line([(568, 540), (592, 566), (636, 514)], PAPER, 12)
    return c


@scene
def debate(name):
    c = Canvas(name, PLUM)
    c.box(0, 0, W, 470, "#4b3348")
    for x, colour in [(250, "#6d4d66"), (600, "#6d4d66"), (950, "#6d4d66")]:
        c.shape([(x - 30, 0), (x + 30, 0), (x + 190, 500), (x - 190, 500)], colour)
    c.box(0, 470, W, 30, BRICK)
    c.box(0, 500, W, 175, INK)
    for x, coat, skin, hair, desk in [(250, TEAL, "#e2b48f", "#7c4a2a", TEAL), (600, RED, "#8a5a3c", INK, CORAL), (950, MOSS, "#c98f6b", STONE, SAGE)]:
        c.person(x, 470, 300, coat, skin, hair)
        c.shape([(x - 90, 336), (x + 90, 336), (x + 70, 474), (x - 70, 474)], desk)
        c.box(x - 98, 322, 196, 18, CREAM)
        c.line([(x + 50, 322), (x + 34, 262)], INK, 5)
        c.disc(x + 33, 258, 9, INK)
    c.crowd(540, 680, 3, 27, [NAVY, SLATE, PLUM, "#25404a", "#3a2a3a"])
    return c


@scene
def stadium(name):
    c = Canvas(name, NAVY)
    c.bands(0, 250, ["#0e2732", "#143746", "#1b4859"])
    c.crowd(180, 400, 9, 15, [RED, CORAL, PAPER, RED, MUSTARD, NAVY])
    c.shape([(0, 90), (W, 90), (W, 150), (0, 190)], SLATE)
    c.box(0, 80, W, 14, STONE)
    for x in (140, 1060):
        c.box(x - 8, 20, 16, 120, STONE)
        c.box(x - 70, 4, 140, 54, INK, 6)
        for i in range(5):
            c.disc(x - 52 + i * 26, 20, 9, PAPER)
            c.disc(x - 52 + i * 26, 42, 9, PAPER)
    c.box(0, 400, W, 30, DEEP)
    for i in range(8):
        c.box(i * 160 + 14, 406, 120, 18, [CORAL, PAPER, MUSTARD, SKY][i % 4], 4)
    for i in range(8):
        x0, x1 = i * 150, (i + 1) * 150
        c.shape([(x0 * .8 + 120, 430), (x1 * .8 + 120, 430), (x1 * 1.6 - 360, H), (x0 * 1.6 - 360, H)], [MOSS, "#5b8a67"][i % 2])
    c.shape([(0, 430), (120, 430), (-360, H), (0, H)], MOSS)
    c.shape([(W, 430), (1080, 430), (1560, H), (W, H)], MOSS)
    c.line([(40, 505), (1160, 505)], PAPER, 4)
    c.disc(600, 505, 150, PAPER, 42)
    c.disc(600, 505, 145, MOSS, 38)
    c.shape([(600, 467), (745, 505), (600, 543)], "#5b8a67")
    c.line([(455, 505), (745, 505)], PAPER, 4)
    for x, y, s, shirt in [(380, 560, 110, RED), (540, 620, 130, RED), (760, 600, 120, SKY), (860, 520, 96, SKY), (260, 500, 90, RED), (980, 640, 135, RED)]:
        c.disc(x + 6, y, s * .24, "#3d6650", s * .06)
        c.person(x, y, s, shirt)
    c.disc(655, 632, 15, PAPER)
    c.disc(655, 632, 6, INK)
    return c


@scene
def goalkeeper(name):
    c = Canvas(name, "#1d5567")
    c.crowd(-10, 330, 12, 17, ["#1a4a5a", "#23606f", "#2b6e7c", "#173f4d"])
    c.box(0, 390, W, 285, MOSS)
    c.box(0, 480, W, 60, "#5b8a67")
    c.box(0, 600, W, 75, "#5b8a67")
    for x in range(170, 1040, 34):
        c.line([(x, 90), (x, 452)], "#9fbcc0", 1.2)
    for y in range(90, 452, 34):
        c.line([(160, y), (1040, y)], "#9fbcc0", 1.2)
    c.box(146, 70, 18, 392, PAPER)
    c.box(1036, 70, 18, 392, PAPER)
    c.box(146, 70, 908, 18, PAPER)
    # The keeper, at full stretch from right to left.
    c.line([(760, 352), (860, 400), (950, 392)], INK, 30)
    c.line([(760, 340), (872, 332), (958, 286)], INK, 30)
    c.shape([(590, 236), (700, 272), (780, 330), (762, 382), (660, 360), (572, 300)], MUSTARD)
    c.line([(600, 256), (500, 206), (428, 168)], MUSTARD, 32)
    c.line([(596, 290), (500, 262), (440, 216)], MUSTARD, 30)
    c.disc(418, 160, 24, PAPER)
    c.disc(430, 210, 24, PAPER)
    c.disc(566, 224, 40, "#7c4a2a")
    c.disc(562, 230, 34, "#c98f6b")
    c.disc(360, 168, 36, PAPER)
    c.shape([(360, 150), (377, 163), (371, 183), (349, 183), (343, 163)], INK)
    for a in (0, 72, 144, 216, 288):
        c.disc(360 + 31 * math.cos(math.radians(a - 90)), 168 + 31 * math.sin(math.radians(a - 90)), 7, INK)
    c.line([(250, 180), (318, 172)], FOAM, 4)
    c.line([(236, 150), (310, 152)], FOAM, 4)
    return c


@scene
def laboratory(name):
    c = Canvas(name, "#dbe8e2")
    c.box(0, 0, W, 470, "#d3e3de")
    c.box(80, 60, 420, 240, SKY)
    c.box(80, 60, 420, 150, "#c4dde0")
    c.hills(300, 0, "#d3e3de")
    c.box(0, 300, W, 180, "#d3e3de")
    c.shape([(80, 300), (80, 240), (200, 210), (340, 250), (500, 220), (500, 300)], SAGE)
    for x in (72, 284, 496):
        c.box(x, 52, 10, 256, PAPER)
    for y in (52, 300):
        c.box(72, y, 434, 10, PAPER)
    for y in (120, 230):
        c.box(620, y, 500, 12, BRICK)
        x = 640
        while x < 1090:
            w, h = c.random.choice([26, 34, 44]), c.random.uniform(36, 74)
            c.box(x, y - h, w, h, c.random.choice([TEAL, CORAL, MUSTARD, SAGE, PLUM, SLATE]), 6)
            c.box(x + w / 2 - 6, y - h - 10, 12, 12, INK)
            x += w + 14
    c.box(0, 470, W, 26, PAPER)
    c.box(0, 496, W, 179, SLATE)
    for x in (40, 440, 840):
        c.box(x, 520, 330, 140, "#6f8389", 6)
        c.box(x + 135, 545, 60, 10, CREAM, 4)
    for x, fill in [(120, TEAL), (230, SAGE)]:
        c.shape([(x + 26, 330), (x + 54, 330), (x + 54, 390), (x + 92, 470), (x - 12, 470), (x + 26, 390)], PAPER)
        c.shape([(x + 16, 412), (x + 64, 412), (x + 88, 466), (x - 8, 466)], fill)
        c.box(x + 20, 322, 40, 10, STONE, 4)
    c.box(350, 300, 150, 170, "#bcdad8", 8)
    for i in range(6):
        x = 368 + i * 22
        c.line([(x, 466), (x + 8, 420), (x - 6, 380), (x + 4, 330)], MOSS, 7)
    c.person(690, 470, 250, CREAM, "#8a5a3c", INK)
    c.shape([(820, 470), (930, 470), (930, 452), (890, 452), (890, 380), (860, 330), (840, 340), (866, 392), (866, 452), (820, 452)], INK)
    c.line([(850, 336), (806, 392)], INK, 22)
    c.line([(862, 318), (872, 304)], MUSTARD, 24)
    c.box(790, 410, 90, 10, INK)
    return c


@scene
def seagrass(name):
    c = Canvas(name, TEAL)
    c.bands(0, 675, ["#7fbcbb", "#64a9ad", "#4b9ba3", "#358691", "#27737f", "#1c606d", "#174f5c"])
    for x in (180, 430, 760, 1010):
        c.shape([(x, 0), (x + 70, 0), (x - 60, 560), (x - 190, 560)], "#5aa3a8")
    c.shape([(0, 590), (300, 570), (640, 600), (900, 576), (W, 596), (W, H), (0, H)], SAND)
    for layer, (colour, low, high, step) in enumerate([("#2c6a57", 200, 320, 17), (MOSS, 150, 270, 15), (SAGE, 90, 190, 19)]):
        for x in range(-20, W + 20, step):
            h, sway = c.random.uniform(low, high), c.random.uniform(18, 44)
            base, w = 610 + layer * 22, 9
            left = [(x + sway * (t / 10) ** 2 - w * (1 - t / 10), base - h * t / 10) for t in range(11)]
            right = [(x + sway * (t / 10) ** 2 + w * (1 - t / 10), base - h * t / 10) for t in range(10, -1, -1)]
            c.shape(left + right, colour)
    for x, y, s, colour in [(300, 220, 46, CORAL), (390, 270, 34, CORAL), (240, 292, 30, CORAL), (880, 180, 52, MUSTARD), (790, 240, 34, MUSTARD)]:
        c.disc(x, y, s, colour, s * .48)
        c.shape([(x + s * .8, y), (x + s * 1.5, y - s * .5), (x + s * 1.5, y + s * .5)], colour)
        c.disc(x - s * .55, y - s * .1, s * .1, INK)
    for _ in range(26):
        x, y = c.random.uniform(80, W - 80), c.random.uniform(30, 420)
        c.disc(x, y, c.random.uniform(3, 9), FOAM)
    return c


@scene
def theatre(name):
    c = Canvas(name, NAVY)
    c.bands(0, 560, ["#16263c", "#1d3149", "#283e56", "#384f64"])
    for _ in range(40):
        c.disc(c.random.uniform(0, W), c.random.uniform(0, 260), c.random.uniform(1, 2.6), CREAM)
    c.box(0, 560, W, 115, SLATE)
    c.box(0, 560, W, 12, STONE)
    c.row_of_houses(560, 150, 240, -20, 150)
    c.row_of_houses(560, 150, 240, 1000, W)
    c.box(200, 180, 800, 382, CREAM)
    c.shape([(170, 184), (600, 50), (1030, 184)], SAND)
    c.shape([(260, 172), (600, 74), (940, 172)], CORAL)
    c.disc(562, 140, 30, PAPER)
    c.disc(640, 140, 30, INK)
    c.arc(562, 144, 14, 20, 160, INK, 4)
    c.arc(640, 158, 14, 200, 340, PAPER, 4)
    for x, y, colour in [(552, 132, INK), (572, 132, INK), (630, 132, PAPER), (650, 132, PAPER)]:
        c.disc(x, y, 4, colour)
    for x in range(230, 1000, 142):
        c.box(x, 190, 34, 370, PAPER)
        c.box(x - 8, 184, 50, 16, STONE)
    c.box(180, 318, 840, 66, RED)
    for x in range(196, 1010, 30):
        c.disc(x, 328, 6, MUSTARD)
        c.disc(x, 374, 6, MUSTARD)
    for x in range(300, 900, 60):
        c.box(x, 344, 40, 14, PAPER, 4)
    for x in (290, 432, 574, 716, 858):
        c.box(x, 410, 66, 152, MUSTARD, 8)
        c.box(x + 30, 416, 6, 146, BRICK)
        c.box(x, 228, 66, 70, DEEP, 30)
    for i, x in enumerate([230, 330, 395, 560, 640, 800, 930, 990]):
        c.person(x, 640, 150, [TEAL, RED, PLUM, INK, MUSTARD, MOSS, CORAL, DEEP][i], ["#c98f6b", "#8a5a3c", "#e2b48f"][i % 3])
    return c


@scene
def stage(name):
    c = Canvas(name, INK)
    c.box(130, 60, 940, 470, "#20323d")
    c.shape([(520, 60), (680, 60), (900, 530), (300, 530)], "#3c5560")
    c.shape([(560, 60), (640, 60), (760, 530), (440, 530)], "#63808a")
    c.box(0, 530, W, 145, "#7a4630")
    for x in range(0, W, 96):
        c.line([(600 + (x - 600) * .8, 530), (600 + (x - 600) * 1.4, H)], "#643723", 3)
    c.disc(600, 560, 170, "#b0764f", 34)
    for side in (0, 1):
        for i in range(7):
            x = i * 34
            points = [(x, 0), (x + 40, 0), (x + 40 - i * 8, 330), (x + 26, 600), (x - 12, 600), (x - 6 - i * 6, 330)]
            c.shape([(W - px if side else px, py) for px, py in points], [RED, "#9c352d"][i % 2])
    for x in range(-20, W, 120):
        c.pie(x + 60, 20, 80, 0, 180, "#9c352d")
        c.pie(x + 60, 10, 66, 0, 180, RED)
    c.person(560, 566, 300, CREAM, "#e2b48f", "#7c4a2a")
    c.person(690, 566, 270, TEAL, "#8a5a3c", INK)
    c.line([(596, 356), (652, 322)], CREAM, 16)
    c.disc(656, 318, 10, "#e2b48f")
    c.box(470, 430, 20, 140, "#643723")
    c.disc(480, 410, 30, MUSTARD)
    c.crowd(640, 700, 1, 26, [NAVY, PLUM, "#0c161b"])
    return c


@scene
def storm(name):
    c = Canvas(name, SLATE)
    c.bands(0, 430, ["#39494f", "#465960", "#546a70", "#667c80", "#7c9091"])
    for x, y, r in [(100, 70, 120), (260, 40, 140), (450, 80, 130), (650, 40, 160), (870, 70, 140), (1060, 50, 150), (1190, 100, 110)]:
        c.disc(x, y, r, "#2d3b41", r * .55)
    c.shape([(690, 110), (640, 236), (690, 230), (650, 350), (760, 196), (704, 204), (744, 110)], MUSTARD)
    c.sea(400, ["#55767c", "#3f646c", "#2c525b", "#1f424c"], 16, 90)
    c.box(960, 250, 46, 220, PAPER)
    c.box(960, 300, 46, 36, RED)
    c.box(960, 384, 46, 36, RED)
    c.box(950, 222, 66, 30, INK)
    c.shape([(950, 222), (983, 192), (1016, 222)], RED)
    c.shape([(820, 500), (900, 440), (1090, 440), (1200, 480), (1200, 520), (820, 540)], INK)
    for x, y, r in [(820, 470, 60), (760, 430, 44), (860, 400, 36), (700, 480, 40), (890, 350, 20), (780, 370, 18), (930, 380, 14)]:
        c.disc(x, y, r, FOAM)
    c.sea(510, ["#2c525b", "#1f424c", "#17343d"], 24, 70)
    c.rain(240, "#9fb0b4")
    return c


@scene
def flood(name):
    c = Canvas(name, "#b7c3c3")
    c.bands(0, 300, ["#8e9ea2", "#a0aeb0", "#b5c0bf"])
    c.row_of_houses(430, 180, 270)
    c.box(0, 420, W, 255, "#8a8f7c")
    c.sea(424, ["#8d9a8c", "#74877d", "#5d736d", "#4a605d"], 3)
    for x in (140, 470, 1010):
        c.box(x, 250, 8, 200, INK)
        c.box(x - 22, 238, 52, 14, INK, 5)
        c.disc(x + 4, 258, 12, MUSTARD)
    c.shape([(300, 430), (340, 396), (470, 396), (510, 430), (520, 462), (290, 462)], RED)
    c.shape([(346, 402), (400, 402), (400, 430), (320, 430)], SKY)
    c.shape([(408, 402), (466, 402), (490, 430), (408, 430)], SKY)
    c.box(280, 452, 250, 30, "#74877d")
    c.shape([(640, 520), (930, 520), (900, 570), (670, 570)], CORAL)
    c.box(640, 514, 290, 10, PAPER)
    for x, coat in [(710, MUSTARD), (790, NAVY), (862, MUSTARD)]:
        c.person(x, 524, 120, coat)
    c.line([(862, 460), (990, 590)], BRICK, 7)
    c.sea(566, ["#5d736d", "#4a605d"], 3)
    c.glints(450, 660, "#b4c1b6", 46)
    return c


@scene
def seawall(name):
    c = Canvas(name, SKY)
    c.bands(0, 360, ["#cfe0db", "#c3dad8", "#b5d3d5", SKY])
    c.row_of_houses(350, 90, 170, 560)
    c.shape([(520, 350), (W, 350), (W, H), (760, H)], STONE)
    c.sea(350, [SEA, TEAL, "#1a6070", DEEP], 9, 110)
    c.shape([(470, 350), (560, 330), (W, 330), (W, H), (820, H), (720, 520), (600, 420)], "#cfc8b6")
    c.shape([(470, 350), (600, 420), (720, 520), (820, H), (700, H), (600, 540), (500, 440), (430, 360)], SLATE)
    for i in range(7):
        t = i / 6
        c.line([(470 + t * 330, 352 + t * 310), (440 + t * 280, 372 + t * 300)], NAVY, 3)
    c.shape([(560, 330), (W, 330), (W, 350), (580, 350)], PAPER)
    for x in range(640, W, 90):
        c.line([(x, 330), (x, 292)], NAVY, 5)
    c.line([(590, 296), (W, 296)], NAVY, 5)
    for x, y, r in [(520, 470, 34), (570, 520, 40), (470, 420, 26), (640, 590, 38), (500, 440, 20)]:
        c.disc(x, y, r, FOAM)
    c.box(905, 300, 16, 230, MUSTARD)
    c.box(760, 300, 300, 14, MUSTARD)
    c.line([(790, 314), (790, 420)], INK, 3)
    c.box(750, 420, 80, 46, CORAL)
    c.box(880, 520, 66, 60, MUSTARD)
    c.box(1020, 306, 40, 34, INK)
    for x, coat in [(1000, MUSTARD), (1080, CORAL)]:
        c.person(x, 640, 150, coat)
        c.pie(x, 640 - 131, 19, 180, 360, PAPER)
    return c


@scene
def turbines(name):
    c = Canvas(name, SKY)
    c.bands(0, 430, ["#9cc6cf", SKY, "#b9d8d8", "#cbe0da", "#e3e4d2"])
    c.disc(410, 120, 58, MUSTARD)
    for x, y, r in [(760, 110, 40), (810, 96, 54), (864, 112, 38), (40, 190, 34), (84, 180, 46)]:
        c.disc(x, y, r, "#dbe9e4", r * .5)
    c.sea(420, ["#6eb0b3", SEA, TEAL, "#1a6070", DEEP], 6)
    for x, base, h, turn in [(110, 430, 150, 20), (250, 432, 160, 75), (400, 430, 150, 50), (820, 434, 160, 10), (960, 430, 150, 95), (1100, 433, 158, 40)]:
        c.turbine(x, base, h, turn, "#e6eeea")
    for x, base, h, turn in [(220, 500, 300, 35), (620, 520, 380, 80), (1000, 500, 310, 15)]:
        c.box(x - 16, base - 8, 32, 16, MUSTARD)
        c.turbine(x, base, h, turn)
    c.glints(450, 660, FOAM, 50)
    c.ship(730, 590, 170, RED, PAPER)
    return c


@scene
def trawler(name):
    c = Canvas(name, DAWN)
    c.bands(0, 400, ["#5a6f88", "#8a8b95", "#c49a8c", "#e9b48a", "#f3c9a0"])
    c.disc(860, 392, 90, PAPER)
    c.sea(396, ["#7b8f92", TEAL, DEEP, NAVY], 12, 100)
    c.shape([(240, 430), (330, 470), (820, 460), (900, 400), (860, 540), (330, 550)], RED)
    c.shape([(250, 436), (330, 474), (820, 464), (896, 408), (890, 430), (824, 482), (330, 492), (262, 452)], PAPER)
    c.box(600, 330, 150, 136, PAPER)
    c.box(590, 318, 170, 16, NAVY)
    for x in (616, 662, 708):
        c.box(x, 350, 32, 38, DEEP, 4)
    c.line([(440, 470), (440, 210)], INK, 10)
    c.line([(440, 230), (300, 360)], INK, 6)
    c.line([(440, 230), (600, 330)], INK, 4)
    c.line([(660, 320), (660, 230)], INK, 6)
    for i in range(9):
        c.line([(300 + i * 4, 360), (250 + i * 26, 462)], MOSS, 2)
    c.shape([(286, 362), (316, 362), (340, 440), (266, 440)], MOSS)
    c.person(520, 476, 120, MUSTARD)
    c.sea(520, [DEEP, NAVY], 14, 80)
    for x, y, s in [(230, 240, 20), (330, 170, 24), (560, 150, 18), (180, 330, 16), (720, 190, 22)]:
        c.gull(x, y, s, PAPER)
    return c


@scene
def market(name):
    c = Canvas(name, CREAM)
    c.bands(0, 300, ["#bcdad8", "#cbe0da", "#dde6d8"])
    c.row_of_houses(330, 120, 220)
    c.box(0, 325, W, 350, STONE)
    for row, (y, scale) in enumerate([(330, 0.85), (470, 1.15)]):
        for i in range(5):
            w = 260 * scale
            x, top = i * w * 1.08 - 60 - row * 80, y - 90 * scale
            c.box(x + 8, top, 8, 180 * scale, BRICK)
            c.box(x + w - 16, top, 8, 180 * scale, BRICK)
            c.person(x + w * .35, top + 150 * scale, 120 * scale, [TEAL, PLUM, MOSS][(i + row) % 3], ["#c98f6b", "#8a5a3c", "#e2b48f"][i % 3])
            c.box(x, top + 100 * scale, w, 60 * scale, "#7a4630")
            for k in range(int(w // 26)):
                c.disc(x + 16 + k * 26, top + 98 * scale, 12 * scale, [CORAL, MUSTARD, SAGE, RED, MOSS][(i * 2 + row + k // 3) % 5])
            for k in range(6):
                a, b = x - 10 + k * (w + 20) / 6, x - 10 + (k + 1) * (w + 20) / 6
                colour = [PAPER, [RED, TEAL, MUSTARD, MOSS, CORAL][(i + row * 2) % 5]][k % 2]
                c.shape([(a + 10, top - 40 * scale), (b + 4, top - 40 * scale), (b, top + 14 * scale), (a, top + 14 * scale)], colour)
                c.pie((a + b) / 2, top + 13 * scale, (b - a) / 2, 0, 180, colour)
    for i, x in enumerate([120, 330, 400, 720, 960, 1090]):
        c.person(x, 690, 160, [NAVY, CORAL, SLATE, RED, DEEP, PLUM][i], ["#e2b48f", "#8a5a3c", "#c98f6b"][i % 3])
    return c


@scene
def shipyard(name):
    c = Canvas(name, DAWN)
    c.bands(0, 450, ["#f4dcb8", "#f3d2ab", "#efc49c", "#e8b490"])
    c.disc(190, 200, 70, PAPER)
    c.row_of_houses(460, 40, 80)
    c.box(0, 450, W, 225, SLATE)
    c.box(0, 450, W, 12, STONE)
    for x, colour in [(200, CORAL), (860, TEAL)]:
        c.line([(x, 460), (x + 50, 120), (x + 100, 460)], colour, 14)
        for i in range(5):
            y = 180 + i * 58
            c.line([(x + 42 - i * 9, y), (x + 58 + i * 9, y)], colour, 7)
        c.box(x - 120, 108, 420, 20, colour)
        c.box(x + 20, 128, 60, 44, INK)
        c.line([(x + 270, 128), (x + 270, 280)], INK, 3)
        c.box(x + 244, 280, 52, 34, MUSTARD)
    c.shape([(330, 360), (880, 340), (840, 540), (400, 540)], NAVY)
    c.shape([(330, 360), (880, 340), (876, 364), (336, 382)], RED)
    c.shape([(374, 470), (856, 462), (840, 540), (400, 540)], BRICK)
    for x in range(420, 840, 60):
        c.line([(x, 376), (x, 536)], "#23495a", 2)
    for x in range(400, 850, 88):
        c.box(x, 540, 24, 60, "#7a4630")
    for x, y in [(470, 440), (690, 420)]:
        c.disc(x, y, 16, MUSTARD)
        for _ in range(9):
            a = c.random.uniform(0.2, 2.9)
            c.line([(x, y), (x + math.cos(a) * c.random.uniform(20, 60), y + math.sin(a) * c.random.uniform(20, 60))], "#f7d46c", 2.5)
    for x, coat in [(150, MUSTARD), (940, CORAL), (1010, MUSTARD)]:
        c.person(x, 650, 150, coat)
        c.pie(x, 650 - 131, 19, 180, 360, PAPER)
    return c


@scene
def tram(name):
    c = Canvas(name, "#d9e3d8")
    c.bands(0, 330, ["#b5d3d5", "#c5dbd7", "#d8e3d6"])
    c.row_of_houses(470, 200, 330)
    c.box(0, 465, W, 210, STONE)
    c.box(0, 465, W, 12, SLATE)
    c.line([(0, 96), (W, 120)], INK, 2.5)
    c.box(120, 250, 900, 290, CORAL, 26)
    c.box(120, 400, 900, 140, PAPER, 22)
    c.box(120, 400, 900, 40, CORAL)
    c.box(150, 232, 840, 24, SLATE, 10)
    for x in (160, 300, 560, 700, 900):
        c.box(x, 280, 110 if x != 900 else 96, 116, DEEP, 10)
        c.person(x + 50, 396, 110, [MUSTARD, SAGE, PLUM, SKY, RED][x % 5], ["#c98f6b", "#8a5a3c", "#e2b48f"][x % 3])
    for x in (440, 832):
        c.box(x, 276, 54, 250, SKY, 6)
        c.box(x + 58 - 56, 276, 4, 250, DEEP)
    c.line([(560, 232), (520, 170), (600, 112)], INK, 6)
    c.box(100, 536, 940, 18, NAVY, 8)
    for x in (240, 330, 800, 890):
        c.disc(x, 558, 24, INK)
        c.disc(x, 558, 10, STONE)
    c.box(0, 584, W, 6, NAVY)
    c.box(0, 640, W, 6, NAVY)
    return c


@scene
def opinion(name):
    c = Canvas(name, MUSTARD)
    c.disc(200, 130, 260, "#e8b951")
    c.disc(1080, 600, 320, "#d99f2c")
    c.shape([(300, 90), (800, 60), (850, 620), (350, 650)], PAPER)
    for i, w in enumerate([330, 400, 390, 410, 300, 400, 380, 410, 260, 390, 400]):
        y, x = 150 + i * 40, 350 + i * 3
        c.line([(x, y), (x + w, y - w * .06)], [INK, STONE][i > 0], [12, 6][i > 0])
    c.shape([(820, 420), (1010, 90), (1066, 122), (876, 452), (812, 500)], DEEP)
    c.shape([(1010, 90), (1030, 56), (1086, 88), (1066, 122)], CORAL)
    c.shape([(820, 420), (876, 452), (812, 500)], CREAM)
    c.shape([(824, 470), (840, 484), (812, 500)], INK)
    c.shape([(120, 675), (260, 560), (420, 600), (380, 675)], TEAL)
    return c


@scene
def library(name):
    c = Canvas(name, CREAM)
    c.box(0, 0, W, 560, "#efe2c6")
    for y in (150, 290, 430):
        c.box(40, y, 720, 14, BRICK)
        x = 50
        while x < 730:
            w, h = c.random.choice([18, 24, 30]), c.random.uniform(76, 112)
            c.box(x, y - h, w, h, c.random.choice([TEAL, CORAL, MUSTARD, SAGE, PLUM, SLATE, NAVY, RED]))
            c.box(x + 4, y - h + 14, w - 8, 5, CREAM)
            x += w + 3
    c.box(820, 60, 320, 360, SKY)
    c.shape([(820, 420), (820, 330), (940, 290), (1060, 340), (1140, 310), (1140, 420)], TEAL)
    for x in (812, 976, 1136):
        c.box(x, 52, 10, 376, PAPER)
    c.box(812, 52, 334, 10, PAPER)
    c.box(812, 418, 334, 10, PAPER)
    c.box(0, 560, W, 115, "#b98a5e")
    for i, x in enumerate([180, 330, 480, 640]):
        c.person(x, 600, 150 + (i % 2) * 14, [CORAL, TEAL, MUSTARD, PLUM][i], ["#e2b48f", "#8a5a3c", "#c98f6b"][i % 3])
    c.box(100, 540, 640, 22, "#7a4630")
    for x in (150, 300, 450, 610):
        c.shape([(x, 538), (x + 34, 528), (x + 68, 538), (x + 34, 546)], PAPER)
    c.person(960, 640, 240, NAVY, "#8a5a3c", STONE)
    return c


def main():
    here = Path(__file__).resolve().parent
    names = sys.argv[1:] or list(SCENES)
    for name in names:
        if name not in SCENES:
            sys.exit(f"draw.py: there is no picture called '{name}'; there are: {', '.join(SCENES)}")
        path = here / f"{name}.png"
        SCENES[name](name).save(path)
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
