"""The report as one HTML page: pictures and charts in it, light and dark, no scripts, nothing from outside."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import fields
from functools import singledispatch
from html import escape

import numpy as np
from PIL import Image

from .blocks import Block, Chart, Comparison, Comparisons, EightBit, Facts, Points, Section, Tiles, Words
from .charts import HEAT, as_svg
from .measuring import ERRORS_TO
from .palette import DARK, LIGHT, Palette

_STYLE = """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 var(--font);font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:44px 28px 64px}
.kind{color:var(--accent);font-weight:600;font-size:13px;letter-spacing:.02em;margin:0}
h1{font-size:34px;line-height:1.15;margin:2px 0 14px;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:21px;margin:0 0 8px;letter-spacing:-.01em}
section{margin-top:48px;padding-top:24px;border-top:1px solid var(--rule)}
section:first-of-type{margin-top:0;padding-top:0;border:0}
p{margin:0 0 16px;max-width:86ch}
section:first-of-type>p{font-size:18px;line-height:1.5}
ul{margin:18px 0 0;padding:0;list-style:none;max-width:86ch}
li{padding-left:18px;margin:6px 0;position:relative}
li::before{content:"";position:absolute;left:0;top:.65em;width:6px;height:6px;border-radius:3px;background:var(--warm)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(145px,1fr));gap:12px;margin:22px 0 8px}
.tile{background:var(--card);border-radius:8px;padding:13px 16px}
.tile b{display:block;font-size:27px;line-height:1.25;font-weight:600;letter-spacing:-.01em;white-space:nowrap}
.tile b span{font-size:14px;font-weight:400;color:var(--muted);letter-spacing:0;margin-left:5px}
.tile i{font-style:normal;font-size:13px;color:var(--muted)}
.tile em{font-style:normal;font-size:13px;color:var(--accent);font-weight:600}
figure{margin:18px 0 0;break-inside:avoid}
figure svg{display:block;width:100%;height:auto}
figcaption{color:var(--muted);font-size:13px;line-height:1.5;margin-top:6px;max-width:100ch}
.three{display:grid;grid-template-columns:repeat(3,1fr);gap:10px}
.three>*{margin:0}
.three img{display:block;width:100%;height:auto;border-radius:3px;outline:1px solid var(--rule)}
.heads{color:var(--muted);font-size:13px;margin-bottom:6px;align-items:end}
.scale{display:flex;align-items:center;gap:8px}
.three .scale img{outline:0;width:auto;flex:1;min-width:30px;height:8px;border-radius:2px}
.told{display:flex;justify-content:space-between;gap:16px;flex-wrap:wrap;font-size:13px;margin:6px 0 18px}
.told span{color:var(--muted);white-space:pre}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:26px 40px;margin-top:18px}
.facts h3{font-size:14px;margin:0 0 6px}
dl{margin:0;font-size:13.5px}
dl div{display:flex;justify-content:space-between;gap:18px;padding:4px 0;border-top:1px solid var(--rule)}
dt{color:var(--muted);white-space:nowrap}
dd{margin:0;text-align:right;overflow-wrap:anywhere}
@media (max-width:640px){main{padding:24px 16px}.told span{white-space:pre-wrap}}
@media print{@page{margin:14mm}main{padding:0;max-width:none}section{margin-top:28px}
.tile,.three,dl,.scale img{break-inside:avoid;print-color-adjust:exact;-webkit-print-color-adjust:exact}
h2{break-after:avoid}}
"""
_FONT = '--font:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif'


def as_page(sections: Sequence[Section], content_hash: str) -> str:
    """The whole page. `content_hash` of the field file tells whether a report is of a field."""
    name = escape(sections[0].title)
    body = "\n".join(_section(number, section) for number, section in enumerate(sections))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<meta name="spacetimepilot-field" content="{escape(content_hash)}">\n'
        f"<title>{name}: bake report</title>\n<style>{_variables()}{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _variables() -> str:
    """Both palettes; paper is light."""

    def colours(palette: Palette) -> str:
        return ";".join(f"--{colour.name}:{getattr(palette, colour.name)}" for colour in fields(palette))

    return (
        f":root{{color-scheme:light dark;{_FONT};{colours(LIGHT)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{colours(DARK)}}}}}"
    )


def _section(number: int, section: Section) -> str:
    title = escape(section.title)
    heading = f"<h2>{title}</h2>" if number else f'<p class="kind">Bake report</p>\n<h1>{title}</h1>'
    return f"<section>\n{heading}\n" + "\n".join(_block(block) for block in section.blocks) + "\n</section>"


@singledispatch
def _block(block: Block) -> str:
    raise TypeError(f"the page does not know {type(block).__name__}")


@_block.register
def _(block: Words) -> str:
    return f"<p>{escape(block.text)}</p>"


@_block.register
def _(block: Points) -> str:
    return "<ul>\n" + "\n".join(f"<li>{escape(sentence)}</li>" for sentence in block.sentences) + "\n</ul>"


@_block.register
def _(block: Tiles) -> str:
    made = (
        f'<div class="tile"><i>{escape(tile.label)}</i><b>{escape(tile.value)}<span>{escape(tile.unit)}</span></b>'
        f"<em>{escape(tile.word)}</em></div>"
        for tile in block.tiles
    )
    return '<div class="tiles">\n' + "\n".join(made) + "\n</div>"


@_block.register
def _(block: Chart) -> str:
    svg = as_svg(block.draw, block.name, block.height)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(block.told)}" ', 1)
    caption = f"\n<figcaption>{escape(block.caption)}</figcaption>" if block.caption else ""
    return f"<figure>\n{svg}{caption}\n</figure>"


@_block.register
def _(block: Comparisons) -> str:
    ramp = (HEAT(np.linspace(0, 1, 128))[None, :, :3] * 255).astype(np.uint8)
    scale = f'error, 0 <img alt="" src="{_data(ramp, "PNG")}"> {ERRORS_TO:g}'
    heads = f'<div class="three heads"><div>field</div><div>truth</div><div class="scale">{scale}</div></div>'
    return f"<figure>\n{heads}\n" + "\n".join(_comparison(one) for one in block.comparisons) + "\n</figure>"


def _comparison(one: Comparison) -> str:
    heat = (HEAT(one.errors)[..., :3] * 255).astype(np.uint8)
    pictures = (
        (one.rendered, "the field", "JPEG"),
        (one.truth, "the truth", "JPEG"),
        (heat, "their difference", "JPEG"),
    )
    row = "".join(
        f'<img alt="{escape(one.title)}: {what}" width="{pixels.shape[1]}" height="{pixels.shape[0]}" '
        f'src="{_data(pixels, kind)}">'
        for pixels, what, kind in pictures
    )
    told = f'<div class="told"><b>{escape(one.title)}</b><span>{escape(one.figures)}</span></div>'
    return f'<div class="three">{row}</div>\n{told}'


@_block.register
def _(block: Facts) -> str:
    def group(title: str, rows: tuple[tuple[str, str], ...]) -> str:
        told = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
        return f"<div><h3>{escape(title)}</h3><dl>{told}</dl></div>"

    return '<div class="facts">\n' + "\n".join(group(*one) for one in block.groups) + "\n</div>"


def _data(pixels: EightBit, kind: str) -> str:
    """A picture as an address that holds the picture itself."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format=kind, quality=90, optimize=True)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(stream.getvalue()).decode()}"
