"""A hundred names that people must never be given to run, each to be shown as it is written."""

from typing import Final

EVIL: Final = "evil.example"
"""A host that nobody may be made to ask."""

_RUNS: Final = (
    "<script>hit()</script>",
    "</script><script>hit()</script>",
    "]]><script>hit()</script>",
    "<svg><script>hit()</script></svg>",
    "<math><mtext><script>hit()</script></mtext></math>",
    "<img src=x onerror=hit()>",
    "<svg onload=hit()>",
    "<body onload=hit()>",
    "<details open ontoggle=hit()>x</details>",
    "<video><source onerror=hit()></video>",
    "<input autofocus onfocus=hit()>",
    "<iframe src=javascript:parent.hit()></iframe>",
    '<iframe srcdoc="<script>parent.hit()</script>"></iframe>',
    "<form action=javascript:hit()><button>x</button></form>",
    "<a href=javascript:hit()>x</a>",
    "[x](javascript:hit())",
    "![x](x) [x](data:text/html,<script>hit()</script>)",
    r"$\href{javascript:hit()}{x}$",
    "&lt;script&gt;hit()&lt;/script&gt;",
    "&#60;script&#62;hit()&#60;/script&#62;",
    "%3Cscript%3Ehit()%3C/script%3E",
    r"\u003cscript\u003ehit()\u003c/script\u003e",
    "{{constructor.constructor('hit()')()}}",
    "${hit()} #{hit()} <%= hit() %>",
    '{"signal": "hit()"}',
    '{"expr": "hit()"}',
    "datum.x, hit(), (",
    "'+hit()+'",
    '";hit();//',
    "`+hit()+`",
)
"""Runs something where it is taken for markup, a template, an expression or a script."""
_ASKS: Final = (
    f"<img src=//{EVIL}/x.png>",
    f"<link rel=stylesheet href=//{EVIL}/x.css>",
    f"<style>@import '//{EVIL}/x.css'</style>",
    f"<meta http-equiv=refresh content=0;url=//{EVIL}/>",
    f"<object data=//{EVIL}/x></object>",
    f"<base href=//{EVIL}/>",
    f"![x](//{EVIL}/x.png)",
    f"https://{EVIL}/ <https://{EVIL}/> www.{EVIL}",
    rf"$$\includegraphics{{//{EVIL}/x.png}}$$",
    f'=HYPERLINK("//{EVIL}/","x")',
)
"""Asks another host where it is taken for markup or a formula."""
_LOOKS: Final = (
    ":red[x] :material/home: :smile: :blue-badge[x]",
    "# x > y - z * *b* _i_ ~~s~~ `c`",
    "| a | b | |---|---| | c | d |",
    "1. x  + y  [ ] z  [^1]",
    "+cmd|' /C calc'!A0 @SUM(1+1) -2+3",
    "../../etc/passwd; rm -rf ~",
    "'; FLUSHALL; --",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe\N{POP DIRECTIONAL FORMATTING}\N{ZERO WIDTH SPACE}",
    "a\0b\x1bc\x7f",
    "x" * 300,
)
"""Looks like something else, or breaks what holds it."""
_SHAPES: Final = ("{}", "x'\"></title></style></textarea>{}")
"""As it is, and out of whatever it was put into."""

NAMES: Final = tuple(
    shape.replace("{}", text) for shape in _SHAPES for text in (*_RUNS, *_ASKS, *_LOOKS)
)


def seen(text: str) -> str:
    """Return a text as people see it: without white space and what can't be seen."""
    return "".join(c for c in text if c.isprintable() and not c.isspace()).replace("\ufffd", "")
